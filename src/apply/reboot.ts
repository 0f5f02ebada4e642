/**
 * Reboots a host and waits until it lets us in again, so that what it keeps after a reboot is seen and not believed.
 *
 * In: a world, a host, links that it is an end of; somebody has said yes. Out: what the wait showed, and other interfaces that are not as they were.
 * That it was booted again is told by the host itself (`reboot.boot` of its playbook): an sshd that answers may be the old one, not stopped yet.
 */
import { ProvisionError } from '../errors/error.js';
import type { Check } from '../model/outcome.js';
import type { Warning } from '../model/plan.js';
import type { Surveyed } from '../survey/survey.js';
import { meetNeighbours } from './neighbours.js';
import { othersChanged, surveyPair, type Two } from './pair.js';
import { heldOn } from './unlock.js';
import { PAUSE_MS, pause, pingFromHere } from './wait.js';
import type { World } from './world.js';

/** A host that checks its disks takes minutes. */
const USUAL_WAIT_MS = 600_000;
/** sshd may answer some time before the last script of the boot has run. */
const TUNNEL_WAIT_MS = 60_000;
/** Whether large packets cross is not asked here. */
const LEAST_MTU = 576;
/** These do not go away by waiting. */
const FINAL = new Set(['HOST_KEY_CHANGED', 'HOST_KEY_UNKNOWN', 'INTERRUPTED', 'SSH_KEY', 'BUG']);

type Found = ReadonlyMap<string, Two<Surveyed>>;

export interface Rebooted {
  readonly check: Check;
  readonly warnings: readonly Warning[];
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** @throws {ProvisionError} SSH_LOST, or REBOOT_REFUSED where the host does not tell one boot from another. */
async function bootOf(world: World, { facts, playbook }: Surveyed): Promise<string> {
  const { host } = facts;
  const words = playbook.reboot?.boot ?? [];
  const shell = await world.hosts.shell(host);
  const { status, records } = await shell.run([{ verb: 'probe', id: 'boot', words }]);
  if (status === 'cut') throw new ProvisionError('SSH_LOST', `The connection to ${host} was lost.`, { host });
  const record = records.get('boot');
  const said = Buffer.from(record?.stdout ?? [])
    .toString('utf8')
    .trim();
  if (record?.exit === 0 && said !== '') return said;
  throw new ProvisionError('REBOOT_REFUSED', `${host} was not rebooted: it does not tell one boot from another.`, {
    host,
    command: words.join(' '),
    state: 'Nothing was changed.',
  });
}

/** @throws {ProvisionError} LOCKED, or REBOOT_REFUSED where the playbook has no word for it. */
async function allowed(world: World, found: Found, mine: Surveyed): Promise<readonly string[]> {
  const { playbook, facts } = mine;
  const held = (await Promise.all([...found].map(([name, ends]) => heldOn(world, name, ends)))).flat();
  const [first] = held;
  if (first !== undefined) {
    throw new ProvisionError('LOCKED', `A run on ${first.link} is not over on ${first.host}: it is held by ${first.holder}.`, {
      host: first.host,
      state: 'Nothing was changed.',
    });
  }
  if (playbook.reboot !== undefined) return playbook.reboot.run;
  throw new ProvisionError('REBOOT_REFUSED', `${facts.host} was not rebooted: the playbook ${playbook.name} does not say how.`, {
    host: facts.host,
    state: 'Nothing was changed.',
    next: 'Add reboot: to the playbook; see docs/playbooks.md.',
  });
}

/** The command is answered, or cut off by what it does. */
async function goDown(world: World, host: string, words: readonly string[]): Promise<void> {
  const shell = await world.hosts.shell(host);
  const { status, records } = await shell.run([{ verb: 'run', id: 'reboot', words }]);
  const record = records.get('reboot');
  if (status === 'cut' || record === undefined || record.exit === 0) return;
  throw new ProvisionError('REBOOT_REFUSED', `${host} refused to reboot.`, {
    host,
    command: words.join(' '),
    exitCode: record.exit,
    stderr: Buffer.from(record.stderr).toString('utf8'),
    state: 'Nothing was changed.',
  });
}

/** Logs in anew each second. @returns Milliseconds until the new boot let us in. */
async function comeBack(world: World, mine: Surveyed, before: string): Promise<number> {
  const { host } = mine.facts;
  const { signal, waitMs = USUAL_WAIT_MS } = world.options;
  const since = Date.now();
  let last = `its sshd still answers, and ${host} has not gone down`;
  for (;;) {
    await world.hosts.renew(host);
    try {
      if ((await bootOf(world, mine)) !== before) return Date.now() - since;
    } catch (error) {
      if (!(error instanceof ProvisionError) || FINAL.has(error.code)) throw error;
      last = error.message;
    }
    if (signal?.aborted === true)
      throw new ProvisionError('INTERRUPTED', `Stopped while ${host} was booting.`, { host, state: `${host} was told to reboot.` });
    if (Date.now() - since + PAUSE_MS > waitMs) break;
    await pause(signal);
  }
  throw new ProvisionError('REBOOT_LOST', `${host} was told to reboot and is not back after ${seconds(waitMs)}.`, {
    host,
    why: last,
    state: `${host} was told to reboot; nothing else was done.`,
  });
}

/** What boots last is waited for; whether it came is judged by who looks next. */
async function tunnelsUp(world: World, host: string, found: Found): Promise<void> {
  const until = Date.now() + TUNNEL_WAIT_MS;
  for (const [name, ends] of found) {
    const mine = ends.find((e) => e.facts.host === host);
    const answers = async (): Promise<boolean> => mine !== undefined && ((await pingFromHere(world, mine, LEAST_MTU))?.received ?? 0) > 0;
    while (Date.now() < until && world.options.signal?.aborted !== true && !(await answers())) await pause(world.options.signal);
    await meetNeighbours(world, name, ends);
  }
}

/** @throws {ProvisionError} REBOOT_REFUSED, REBOOT_LOST, LOCKED, INTERRUPTED; of the login where the host lets us in no more. */
export async function rebootHost(world: World, host: string): Promise<Rebooted> {
  const { links, emit } = world.options;
  const look = async (): Promise<Found> =>
    new Map(await Promise.all(links.map(async (name) => [name, await surveyPair(world, name, { reach: false })] as const)));
  const found = await look();
  const [mine] = [...found.values()].flat().filter((e) => e.facts.host === host);
  if (mine === undefined) throw new ProvisionError('BUG', `${host} is no end of ${links.join(', ')}.`);
  const words = await allowed(world, found, mine);
  const before = await bootOf(world, mine);
  const tell = (state: 'start' | 'end', text: string): void => emit({ type: 'stage', link: links[0] ?? '', stage: 'wait', state, host, text });
  tell('start', `told to reboot (${words.join(' ')})`);
  await goDown(world, host, words);
  const ms = await comeBack(world, mine, before);
  tell('end', `back after ${seconds(ms)}`);
  await tunnelsUp(world, host, found);
  const after = await look();
  const warnings = [...found].flatMap(([name, ends]) => othersChanged(world, ends, after.get(name) ?? ends));
  return { check: { id: 'reboot', host, ok: true, text: `${host}: rebooted, and let us in again after ${seconds(ms)}` }, warnings };
}
