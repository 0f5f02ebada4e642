/**
 * Files of the repository that are made from code, by their path.
 *
 * In: nothing. Out: path and text of each. `scripts/generate.mjs` writes them and a test compares them with what is committed.
 */
import { CATALOGUE } from '../errors/catalogue.js';
import { inventoryJsonSchema } from '../inventory/schema.js';
import { playbookJsonSchema } from '../playbook/schema.js';
import { routingJsonSchema } from '../playbook/schema-routing.js';
import { jsonText } from '../report/json.js';

/** Text of every generated file. */
export function generated(): Readonly<Record<string, string>> {
  return {
    'schema/inventory.schema.json': `${jsonText(inventoryJsonSchema(), 2)}\n`,
    'schema/playbook.schema.json': `${jsonText(playbookJsonSchema(), 2)}\n`,
    'schema/routing.schema.json': `${jsonText(routingJsonSchema(), 2)}\n`,
    'docs/errors.md': errorsDocument(),
  };
}

/** A cell of a table: a bar would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function errorsDocument(): string {
  const rows = Object.entries(CATALOGUE).map(([code, e]) => `| \`${code}\` | ${e.exit} | ${cell(e.when)} | ${cell(e.next)} |`);
  return `# Error codes

<!-- Made from src/errors/catalogue.ts by scripts/generate.mjs; changes by hand are lost. -->

An error has a code, one sentence with names, where it was found, why, the state that is left, and what to do next. Codes are permanent: they are never
given another meaning. Where a link was worked on, what was read afterwards decides the exit status: 1 nothing was changed, 3 rolled back, 4 partly changed or not
known; else the table does.

| code | exit | when | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
