/** Inventories of other tools as an inventory of ours. */
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { clean } from '../../errors/clean.js';
import { ProvisionErrors } from '../../errors/error.js';
import { importAnsible } from '../../import/ansible.js';
import { leftOutText } from '../../import/left-out.js';
import type { Imported } from '../../import/model.js';
import { importNetBox } from '../../import/netbox.js';
import { renderImported } from '../../import/render.js';
import { readSource } from '../../import/source.js';
import { importSshConfig } from '../../import/ssh-config.js';
import { parseInventory } from '../../inventory/load.js';
import { renderErrors } from '../../report/errors.js';
import { count } from '../../report/plan.js';
import { writeNew } from '../new-file.js';
import type { Session } from '../session.js';
import type { CommandSpec, OptionSpec, Typed } from '../spec.js';
import type { Done } from '../types.js';

const OUTPUT: OptionSpec = { flags: '-o, --output <file>', text: 'write there instead of to standard output; overwrites nothing' };

/** Says what became of the source, on standard error: standard output is the inventory. */
function tell(session: Session, made: Imported): void {
  const { hosts, links, leftOut, renamed } = made;
  const open = links.filter((l) => l.subnet === undefined).length;
  const more = open === 0 ? '' : ` (${count(open, 'link')} to be completed)`;
  session.tell(`${count(hosts.length, 'host')}, ${count(links.length, 'link')}${more} from ${made.files.map((f) => clean(f)).join(', ')}`);
  for (const { from, to } of renamed) session.tell(`renamed: ${from} -> ${to}`);
  for (const entry of leftOut) session.tell(`left out: ${clean(leftOutText(entry))}`);
}

/** Whether `check` would read it. What the source itself contradicts is told, and mended by a person. */
function checked(session: Session, made: Imported, yaml: string): boolean {
  if (made.hosts.length === 0) return true;
  try {
    parseInventory([{ file: 'the result', text: yaml }]);
    return true;
  } catch (error) {
    if (!(error instanceof ProvisionErrors)) throw error;
    session.tell(
      `What was made needs a hand before provision check takes it:\n${renderErrors(
        error.errors.map((e) => e.report()),
        false,
      )}`,
    );
    return false;
  }
}

function finish(session: Session, typed: Typed, made: Imported): Done {
  const yaml = renderImported(made);
  tell(session, made);
  const good = checked(session, made, yaml);
  const { output } = typed.options;
  const file = typeof output === 'string' ? resolve(session.io.cwd, output) : null;
  if (file === null) session.say(yaml.trimEnd());
  else {
    writeNew(file, yaml, { next: 'Give another name with --output FILE.' });
    session.say(`Wrote ${clean(file)}`);
  }
  const document = {
    file,
    yaml,
    hosts: made.hosts.map((h) => h.name),
    links: made.links.map((l) => ({ name: l.name, complete: l.subnet !== undefined })),
    left_out: made.leftOut,
    renamed: made.renamed,
  };
  return { exit: good ? 0 : 2, document };
}

export const importFromAnsible: CommandSpec = {
  name: 'import ansible',
  args: [{ usage: '<file>', text: 'an Ansible inventory, YAML or INI' }],
  summary: 'hosts of an Ansible inventory',
  options: [OUTPUT],
  examples: ['provision import ansible hosts.ini --output inventory/hosts.yaml'],
  quiet: true,
  run: (session, typed) => finish(session, typed, importAnsible(readSource(typed.words[0] ?? '', session.io.cwd))),
};

function localUser(env: Session['io']['env']): string {
  try {
    return userInfo().username;
  } catch {
    return env.USER ?? 'root'; // a uid without an entry in passwd (containers)
  }
}

export const importFromSshConfig: CommandSpec = {
  name: 'import ssh-config',
  args: [{ usage: '[file]', text: 'an ssh_config file; default: ~/.ssh/config' }],
  summary: 'hosts that an ssh_config names',
  options: [OUTPUT],
  examples: ['provision import ssh-config', 'provision import ssh-config ./ssh_config --output inventory/hosts.yaml'],
  quiet: true,
  run: (session, typed) => {
    const { env, cwd } = session.io;
    const home = env.HOME ?? homedir();
    const usual = join(home, '.ssh', 'config');
    const given = typed.words[0];
    const file = given === undefined ? usual : resolve(cwd, given);
    // Its size and its bytes are looked at before a parser sees it.
    readSource(given ?? usual, cwd);
    return finish(session, typed, importSshConfig({ file, home, localUser: localUser(env), own: file === usual }));
  },
};

export const importFromNetBox: CommandSpec = {
  name: 'import netbox',
  args: [{ usage: '<file...>', text: 'exports of tunnels, terminations and IP addresses, CSV or JSON' }],
  summary: 'GRE tunnels that NetBox has exported',
  options: [OUTPUT],
  examples: ['provision import netbox tunnels.csv terminations.csv', 'provision import netbox netbox.json --output inventory/tunnels.yaml'],
  quiet: true,
  run: (session, typed) => finish(session, typed, importNetBox(typed.words.map((f) => readSource(f, session.io.cwd)))),
};
