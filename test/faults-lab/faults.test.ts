/**
 * What is left when something breaks half-way, on real kernels with real OpenSSH: both ends as before or as wanted, nothing forgotten, and the next
 * run puts all right. It takes the better part of an hour: npm run test:faults:lab.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab, type Ran } from '../lab/lab.js';
import { sleep } from '../lab/run.js';
import { type FaultCase, faultCases } from './cases.js';
import { FaultRig, type Held, type Looks, type Said } from './rig.js';
import { HOSTS } from './way.js';

/** Shortest guard, in seconds. On a slow machine it is as long as an undisturbed run took, or most faults would come after it has fired. */
const LEAST_GUARD = 5;
interface Pace {
  readonly times: readonly Said[];
  readonly wholeMs: number;
}

const NOTHING = { h1: '', h2: '' };

describeLab('a fault half-way through a run on two real Linux hosts', () => {
  const cases = faultCases();
  let rig: FaultRig;
  /** How both hosts look without the tunnel, and as each view wants it. */
  const looks: Record<'absent' | 'plain' | 'moved', Looks> = { absent: NOTHING, plain: NOTHING, moved: NOTHING };

  /** What the latest undisturbed run of each kind has said, and when. */
  const paces: Record<string, Pace> = {};

  const clean = async (verb: 'link' | 'unlink', view: FaultCase['view']): Promise<Looks> => {
    const { ran, ...pace } = await rig.clean(verb, view);
    paces[`${verb} ${view}`] ??= pace;
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr + ran.stdout]).toEqual([0, '']);
    return rig.looks();
  };

  beforeAll(async () => {
    const from = Date.now();
    rig = await FaultRig.start();
    console.log(`figure: the lab took ${seconds(from)} s`);
    looks.plain = await clean('link', 'plain');
    looks.moved = await clean('link', 'moved');
    looks.absent = await clean('unlink', 'moved');
    console.log(`figure: lab and three undisturbed runs took ${seconds(from)} s`);
  }, 900_000);
  afterAll(() => rig?.lab.stop(), 60_000);

  const seconds = (from: number): string => ((Date.now() - from) / 1000).toFixed(1);

  /** Brings the hosts to where the case begins, mostly they are there, and tells how they look and which view the run has. */
  async function begin(row: FaultCase): Promise<{ one: FaultCase; before: Looks }> {
    const now = await rig.looks();
    // An unlink takes whichever outer pair the case before it has left.
    if (row.verb === 'unlink' && same(now, looks.moved)) return { one: { ...row, view: row.view === 'inner' ? 'movedInner' : 'moved' }, before: now };
    const wanted = row.from === 'absent' ? looks.absent : looks.plain;
    if (!same(now, wanted)) expect(await clean(row.from === 'absent' ? 'unlink' : 'link', 'plain')).toEqual(wanted);
    if (row.drift === undefined) return { one: row, before: wanted };
    await rig.must(...row.drift);
    return { one: row, before: await rig.looks() };
  }

  /** Seconds of the guard: short, and long enough to reach the line; a controller that goes on must mostly come to its end. */
  function shortest(one: FaultCase): number {
    const pace = paces[`${one.verb} ${one.from === 'absent' ? 'plain' : 'moved'}`];
    const reached = one.fault.controller === 'killed' ? pace?.times.find(({ text }) => one.at.test(text))?.ms : undefined;
    return Math.max(LEAST_GUARD, Math.ceil(((reached ?? pace?.wholeMs ?? 0) * 1.3) / 1000) + 2);
  }

  async function hold(one: FaultCase, before: Looks): Promise<{ held: Held; guard: number }> {
    for (const times of [1, 2, 4]) {
      const guard = shortest(one) * times;
      const held = await rig.hold(one.verb, one.view, guard, one.at);
      if (!('exit' in held)) return { held, guard };
      expect([held.exit, held.stderr]).toEqual([expect.any(Number), expect.stringMatching(/GUARD_FIRED/)]);
      expect(await rig.settled()).toEqual(before);
    }
    throw new Error(`${one.name}: this machine is too slow for a guard of ${shortest(one) * 4} s`);
  }

  /** The fault, the controller's end, the guards' time, the mending. */
  async function strike(one: FaultCase, before: Looks): Promise<Ran> {
    const { held, guard } = await hold(one, before);
    console.log(`figure: ${one.name}: guard of ${guard} s`);
    const { fault } = one;
    const over = Date.now() + guard * 1000;
    await fault.strike?.(rig);
    process.kill(held.pid, fault.controller === 'killed' ? 'SIGKILL' : 'SIGCONT');
    if (fault.brief !== true && fault.mend !== undefined) await Promise.all([held.done, sleep(Math.max(0, over - Date.now()))]);
    await fault.mend?.(rig);
    return held.done;
  }

  function judge(one: FaultCase, ran: Ran, states: { readonly before: Looks; readonly wanted: Looks; readonly now: Looks }): void {
    const { before, wanted, now } = states;
    const names = HOSTS.map((h) => (now[h] === before[h] ? 'before' : now[h] === wanted[h] ? 'wanted' : now[h]));
    const moved = HOSTS.flatMap((h) => (names.includes(now[h]) ? [`${h} is neither:`, ...changed(before[h], now[h])] : []));
    const said = [`exit ${ran.exit}`, ran.stderr + ran.stdout, ...moved].join('\n');
    const pair = one.end === 'split' ? names.map(() => expect.stringMatching(/^(before|wanted)$/)) : Array(2).fill(one.end);
    if (one.end === 'either') expect(names, said).toEqual(names.includes('wanted') ? ['wanted', 'wanted'] : ['before', 'before']);
    else expect(names, said).toEqual(pair);
    if (one.fault.controller === 'killed') return;
    expect(ran.stderr, said).not.toMatch(/\bBUG\b/);
    expect(one.exit === undefined ? [0, 1, 3, 4] : [one.exit], said).toContain(ran.exit);
    // What the run claims must be what is there.
    if (ran.exit === 0) expect(names, said).toEqual(['wanted', 'wanted']);
    if (ran.exit === 1 || ran.exit === 3) expect(names, said).toEqual(['before', 'before']);
  }

  it.each(cases.map((one) => [one.name, one] as const))('%s', { timeout: 900_000 }, async (_name, row) => {
    const from = Date.now();
    const { one, before } = await begin(row);
    const view = one.view === 'moved' || one.view === 'movedInner' ? 'moved' : 'plain';
    const wanted = one.verb === 'unlink' ? looks.absent : looks[view];
    const ran = await strike(one, before);
    judge(one, ran, { before, wanted, now: await rig.settled() });
    // A shell that was killed left temporary files to the next run; anybody else has cleaned up.
    if (one.fault.power === true) expect(await clean(one.verb, view)).toEqual(wanted);
    else expect(await rig.left()).toEqual(NOTHING);
    console.log(`figure: ${one.name}: exit ${ran.exit}, ${seconds(from)} s`);
  });

  it('undisturbed runs after all of that leave nothing at all', { timeout: 900_000 }, async () => {
    expect(await clean('link', 'plain')).toEqual(looks.plain);
    expect(await clean('unlink', 'plain')).toEqual(looks.absent);
    expect(await rig.left(true)).toEqual(NOTHING);
  });
});

/** Lines that are there on one side only. */
function changed(before: string, now: string): string[] {
  const [was, is] = [before.split('\n'), now.split('\n')];
  return [...was.filter((l) => !is.includes(l)).map((l) => `- ${l}`), ...is.filter((l) => !was.includes(l)).map((l) => `+ ${l}`)];
}

function same(a: Looks, b: Looks): boolean {
  return HOSTS.every((h) => a[h] === b[h]);
}
