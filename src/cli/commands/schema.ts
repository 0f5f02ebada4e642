import { inventoryJsonSchema } from '../../inventory/schema.js';
import { playbookJsonSchema } from '../../playbook/schema.js';
import { jsonText } from '../../report/json.js';
import type { CommandSpec } from '../spec.js';

export const schema: CommandSpec = {
  name: 'schema',
  args: [{ usage: '[of]', text: 'what of (default: inventory)', choices: ['inventory', 'playbook'] }],
  summary: 'the JSON Schema of inventory or playbook, for editors',
  quiet: true,
  run: (session, { words }) => {
    const of = words[0] ?? 'inventory';
    const text = of === 'playbook' ? playbookJsonSchema() : inventoryJsonSchema();
    // With --json the schema stands inside the usual document, so stdout must not hold it twice.
    if (!session.options.json) session.say(jsonText(text, 2));
    return { exit: 0, document: { of, jsonSchema: text } };
  },
};
