/**
 * A link that another run holds: who it is, and an early end to its guard.
 *
 * In: a world and a link. Out: the ends that are held; after `release`, what became of each. The guard is not thrown away: it does at once what it would do
 * when its time is over, so that what its run has changed is taken back (or finished, where both ends had agreed).
 */
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { GuardWay, Warning } from '../model/plan.js';
import { guardWay } from '../plan/pair.js';
import { fillWords } from '../playbook/template.js';
import type { Surveyed } from '../survey/survey.js';
import { timerValues } from './guard.js';
import { both, endInputs, type Two } from './pair.js';
import type { World } from './world.js';

export interface Held {
  readonly link: string;
  readonly host: string;
  readonly run: string;
  /** armed and agreed wait for their time, undoing is at work. */
  readonly state: 'armed' | 'agreed' | 'undoing';
  /** Who, since when, until when. */
  readonly holder: string;
  readonly guard: GuardWay;
  /** Whether the guard was ended by us; absent before that. */
  readonly released?: boolean;
}

const TOKEN = /^(armed|agreed|undoing)\.([0-9a-f]{8,64})\n([^\n]*)/;

/** @param found - Both ends as they were surveyed: the playbook knows where a guard stands. */
export async function heldOn(world: World, name: string, found: Two<Surveyed>): Promise<Held[]> {
  const ends = await both(endInputs(world, name, found), async (input): Promise<Held[]> => {
    const { end } = input;
    if (input.elsewhere === true) return [];
    const guard = guardWay(input);
    const shell = await world.hosts.shell(end.host);
    const { records } = await shell.run([{ verb: 'held', id: 'held', state: guard.state }]);
    const said = Buffer.from(records.get('held')?.stdout ?? []).toString('utf8');
    const [, state, run = '', holder = ''] = TOKEN.exec(said) ?? [];
    if (state === undefined) return [];
    return [{ link: name, host: end.host, run, state: state as Held['state'], holder: clean(holder, { max: 300 }), guard }];
  });
  return ends.flat();
}

/** A run that has not ended, or has died: what is seen now may not last. */
export function heldWarnings(held: readonly Held[]): Warning[] {
  return held.map(({ link, host, holder, state }) => ({
    code: 'unfinished-run',
    host,
    text: `A run on ${link} is not over on ${host}: it is held by ${holder}.`,
    evidence: [`the guard is ${state}`],
    next: `Wait until its time is over, or end it with: provision unlock ${link}`,
  }));
}

/** @throws {ProvisionError} GUARD_REFUSED where the script of the guard came to no end. */
export async function release(world: World, held: Held): Promise<Held> {
  const { host, run, guard } = held;
  const shell = await world.hosts.shell(host);
  const cancel = fillWords(guard.cancel, timerValues(guard.state, run, 0));
  const result = await shell.run([{ verb: 'release', id: 'release', state: guard.state, run, cancel }]);
  if (result.status === 'done') return { ...held, released: true };
  const exit = result.records.get('release')?.exit;
  // It fired by itself, or its run has ended, while somebody was thinking about the question.
  if (exit === 3) return { ...held, released: false };
  const why = result.status === 'cut' ? result.why : `the script of its guard came to no end (status ${exit ?? 'unknown'})`;
  throw new ProvisionError('GUARD_REFUSED', `The guard on ${host} could not be ended.`, {
    host,
    why,
    state: 'It fires by itself when its time is over.',
  });
}
