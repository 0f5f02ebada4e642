import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import { inventoryJsonSchema } from '../../inventory/schema.js';
import { starterInventory } from '../../inventory/starter.js';
import { makeFolders } from '../../report/folders.js';
import { jsonText } from '../../report/json.js';
import type { CommandSpec } from '../spec.js';

/** The first line of the starter names it for editors. One that is there is left as it is: it may be another version's, and stands in git. */
function writeSchema(file: string): void {
  if (!existsSync(file)) writeFileSync(file, `${jsonText(inventoryJsonSchema(), 2)}\n`, { flag: 'wx' });
}

/** Writes the starter into a folder that holds no inventory yet. `wx`: what came there meanwhile is not overwritten either. */
function writeStarter(folder: string): readonly [inventory: string, schema: string] {
  const file = join(folder, 'inventory.yaml');
  try {
    makeFolders(folder);
    const there = readdirSync(folder).find((n) => /\.ya?ml$/.test(n));
    if (there !== undefined) {
      throw new ProvisionError('USAGE', `Not written: ${folder} holds an inventory already (${there}), and init overwrites nothing.`, {
        state: 'Nothing was written; what is there is as it was.',
        next: 'Read it with: provision check. Or give another folder: provision init DIR',
      });
    }
    writeFileSync(file, starterInventory(), { flag: 'wx' });
    writeSchema(join(folder, 'inventory.schema.json'));
  } catch (cause) {
    if (cause instanceof ProvisionError) throw cause;
    throw new ProvisionError('USAGE', `${file} cannot be written.`, {
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'Give another folder: provision init DIR',
      cause,
    });
  }
  return [file, join(folder, 'inventory.schema.json')];
}

export const init: CommandSpec = {
  name: 'init',
  args: [{ usage: '[dir]', text: 'folder to write into (default: inventory)' }],
  summary: 'write a commented starter inventory; overwrites nothing',
  quiet: true,
  run: (session, { words }) => {
    const dir = words[0] ?? 'inventory';
    const [file, schema] = writeStarter(resolve(session.io.cwd, dir));
    const option = dir === 'inventory' ? '' : ` --inventory ${clean(dir)}`;
    session.say(`Wrote ${clean(file)}, and ${clean(schema)} for editors\nNext: put your hosts in, then run: provision check${option}`);
    return { exit: 0, document: { files: [file, schema] } };
  },
};
