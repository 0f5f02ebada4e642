/** Takes a tunnel that somebody made by hand into the inventory. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import { type Form, INTERFACE, NAME } from '../../inventory/forms.js';
import { loadInventoryWith } from '../../inventory/load.js';
import type { Adopted } from '../../pipeline-adopt.js';
import { stepCount } from '../../plan/pair.js';
import { renderAdopted } from '../../report/adopt.js';
import { renderErrors } from '../../report/errors.js';
import { count, renderPlan } from '../../report/plan.js';
import { saySimulated } from '../links.js';
import { writeNew } from '../new-file.js';
import { hostNamed, type Session } from '../session.js';
import type { CommandSpec, Typed } from '../spec.js';

const NOTHING = 'Nothing was written and nothing was changed.';

/** The text behind an option or argument, checked before anything is dialled. */
function formed(what: string, text: unknown, form: Form): string | undefined {
  if (typeof text !== 'string') return undefined;
  const problem = form.find(text);
  if (problem !== undefined) throw new ProvisionError('USAGE', `${what}: ${problem.message}`, { state: NOTHING, next: problem.next });
  return text;
}

/** Where the link is written: a file of its own in the folder of the inventory. Undefined where the inventory is one file. */
function fileFor(inventory: string, link: string): string | undefined {
  return statSync(inventory).isDirectory() ? join(inventory, `${link}.yaml`) : undefined;
}

function sayPlan(session: Session, made: Adopted): void {
  const { plan, errors, name, ends, peer } = made;
  if (ends.length < 2) {
    session.say(
      `${clean(peer)} is no host of the inventory yet, so its end was not read. Put in how it is reached, then run: provision plan ${clean(name)}`,
    );
  } else if (plan === undefined) {
    session.say(`A plan of it is refused for now:\n${renderErrors(errors, false)}`);
  } else if (stepCount(plan) === 0) session.say('The plan of it is empty: both ends are as the link says, now and after a reboot.');
  else session.say(`A plan of it has ${count(stepCount(plan), 'step')}:\n${renderPlan(plan, session.paint)}`);
}

function requestOf(session: Session, { words, options }: Typed, inventory: string) {
  const name = formed('--name', options.name, NAME);
  const peer = formed('--peer', options.peer, NAME);
  const peerInterface = formed('--peer-interface', options.peerInterface, INTERFACE);
  return {
    host: words[0] ?? '',
    interface: formed('The interface', words[1], INTERFACE) ?? '',
    ...(name === undefined ? {} : { name }),
    ...(peer === undefined ? {} : { peer }),
    ...(peerInterface === undefined ? {} : { peerInterface }),
    parse: (more: Parameters<typeof loadInventoryWith>[1]) => session.withPresent(loadInventoryWith(inventory, more)),
  };
}

function keep(session: Session, made: Adopted, inventory: string, dry: boolean): string | undefined {
  const file = fileFor(inventory, made.name);
  if (dry || file === undefined) {
    session.say(made.yaml.trimEnd());
    if (!dry) session.tell(`note: ${clean(inventory)} is one file, and it is yours: put the lines above into it.`);
    return undefined;
  }
  writeNew(file, made.yaml, { state: NOTHING, next: 'Give another name with --name LINK, or look first with --dry-run.' });
  session.say(`Wrote ${clean(file)}`);
  return file;
}

export const adopt: CommandSpec = {
  name: 'adopt',
  args: [
    { usage: '<host>', text: 'a host of the inventory' },
    { usage: '<interface>', text: 'the interface of a tunnel that stands there' },
  ],
  summary: 'read a tunnel that was made by hand and write it as a link; the hosts are left as they are',
  options: [
    { flags: '--peer <name>', text: 'the host at the other end; default: the one with its outer address' },
    { flags: '--peer-interface <name>', text: 'the interface there, where that host is not in the inventory' },
    { flags: '--name <link>', text: 'name of the link; default: HOST-PEER' },
    { flags: '-n, --dry-run', text: 'print the link and write nothing' },
  ],
  examples: ['provision adopt mostly gre1', 'provision adopt mostly gre1 --peer wlan --name mostly-wlan'],
  failed: { link: null },
  run: async (session, typed) => {
    const path = session.inventoryPath;
    const inventory = session.loadInventory();
    hostNamed(inventory, typed.words[0] ?? '');
    const request = requestOf(session, typed, path);
    const pipeline = await session.io.pipeline();
    const made = await pipeline.adopt({ ...(await session.runOptions(inventory, [])), adopt: request });
    await session.progress.pause();
    session.say(`${renderAdopted(made, session.paint)}\n`);
    const file = keep(session, made, path, typed.options.dryRun === true);
    session.say('');
    sayPlan(session, made);
    saySimulated(session);
    const { name, peer, ends, unlike, notes, yaml, plan, errors } = made;
    const steps = plan === undefined ? null : stepCount(plan);
    return {
      exit: steps === 0 || ends.length < 2 ? 0 : 2,
      document: { link: { name, peer, ends, differences: unlike, notes, yaml, file: file ?? null, steps, plan_errors: errors } },
    };
  },
};
