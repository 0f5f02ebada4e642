/** Steps that nothing takes back: which are marked, with what reason, and the refusal that follows. */
import { describe, expect, it } from 'vitest';
import type { TunnelState } from '../../../src/model/facts.js';
import type { EndPlan } from '../../../src/model/plan.js';
import { refusesOneWay } from '../../../src/plan/one-way.js';
import { type EndInput, planLink } from '../../../src/plan/pair.js';
import type { PlaybookStep } from '../../../src/playbook/schema.js';
import { withLive } from '../../../src/survey/values.js';
import { endInputs, inputOf, names } from './fixture.js';

type Pair = [EndInput, EndInput];
const pairOf = (name: string): Promise<Pair> => endInputs(inputOf(name));
const marks = (end: EndPlan | undefined): Record<string, string> =>
  Object.fromEntries(end?.steps.flatMap((s) => (s.oneWay === undefined ? [] : [[s.id, s.oneWay]])) ?? []);

function withLiveOf(input: EndInput, change: Partial<TunnelState>): EndInput {
  const live = { ...input.facts.live, ...change };
  const was = [
    'mtu',
    'ttl',
    ...['local', 'peer', 'prefix', 'netmask'].map((n) => `inner.${n}`),
    'outer.local',
    'outer.remote',
    ...Object.keys(live.settings),
  ];
  const values = input.values.with(Object.fromEntries(was.map((name) => [`before.${name}`, undefined])));
  return { ...input, facts: { ...input.facts, live }, values: withLive(values, live) };
}
function withSteps(input: EndInput, change: (step: PlaybookStep) => PlaybookStep): EndInput {
  return { ...input, playbook: { ...input.playbook, steps: input.playbook.steps.map(change) } };
}
const withoutUndo =
  (id: string) =>
  (step: PlaybookStep): PlaybookStep =>
    step.id === id ? { ...step, undo: [] } : step;

const unread = { known: false, why: 'ifconfig gre1 answered something that is not understood' } as const;

describe('golden plans', () => {
  it.each(names())('%s: no step is one-way', async (name) => {
    const plan = planLink(await pairOf(name), inputOf(name).goal);
    expect(plan.ends.map(marks)).toEqual([{}, {}]);
    expect(refusesOneWay(plan, false)).toBeUndefined();
  });
});

describe('a playbook that knows no undo', () => {
  it('of one step marks that step', async () => {
    const [left, right] = await pairOf('drift-mtu');
    const plan = planLink([withSteps(left, withoutUndo('mtu')), right], 'link');
    expect(plan.ends.map(marks)).toEqual([{ mtu: 'the playbook freebsd-gre has no undo for mtu' }, {}]);
  });

  it('of making the interface marks all that would go with it, and no file', async () => {
    const [left, right] = await pairOf('freebsd-13-linux');
    const plan = planLink([left, withSteps(right, withoutUndo('create'))], 'link');
    expect(Object.keys(marks(plan.ends[1]))).toEqual(['create', 'mtu', 'inner', 'up']);
    expect(new Set(Object.values(marks(plan.ends[1])))).toEqual(new Set(['the playbook linux-gre has no undo for create']));
    expect(marks(plan.ends[0])).toEqual({});
  });

  it('of loading the driver is one-way unless it says that the driver stays', async () => {
    const [left, right] = await pairOf('freebsd-13-linux');
    const silent = withSteps(left, ({ stays: _stays, ...step }) => step);
    expect(Object.keys(marks(planLink([silent, right], 'link').ends[0]))).toEqual(['driver']);
  });

  it('that fits what was read marks the step too', async () => {
    const [left, right] = await pairOf('drift-mtu');
    const undo = [{ when: [], run: [['ifconfig', '{{interface}}', 'mtu', '{{before.nothing}}']] }];
    const plan = planLink([withSteps(left, (s) => (s.id === 'mtu' ? { ...s, undo } : s)), right], 'link');
    expect(marks(plan.ends[0])).toEqual({ mtu: 'what mtu changes was not read, so no undo can be made of it' });
  });
});

describe('an unlink', () => {
  it.each(['inner', 'mtu', 'ttl', 'up'] as const)('is one-way where %s could not be read: nothing is guessed', async (attribute) => {
    for (const name of ['unlink-linux-netbsd', 'unlink-greconfig-freebsd']) {
      const [left, right] = await pairOf(name);
      const plan = planLink([withLiveOf(left, { [attribute]: unread }), right], 'unlink');
      const [end, other] = plan.ends;
      const removal = end.steps.filter((s) => s.phase === 'live').map((s) => s.id);
      expect(Object.keys(marks(end))).toEqual(removal);
      for (const why of Object.values(marks(end))) expect(why).toContain('could not be read: ifconfig gre1 answered something');
      expect(end.undo.filter((u) => u.words !== undefined)).toEqual([]);
      expect(marks(other)).toEqual({});
    }
  });

  it('brings back what was there and no more: no inner address, and down', async () => {
    const [left, right] = await pairOf('unlink-linux-netbsd');
    const bare = { inner: { known: true, value: null }, up: { known: true, value: false } } as const;
    const plan = planLink([withLiveOf(left, bare), withLiveOf(right, bare)], 'unlink');
    expect(plan.ends.map(marks)).toEqual([{}, {}]);
    const words = plan.ends.map((e) => e.undo.flatMap((u) => (u.words === undefined ? [] : [u.words.join(' ')])));
    expect(words).toEqual([
      [
        'ip link add name gre1 type gre local 203.0.113.1 remote 203.0.113.2 ttl 64',
        'ip link set dev gre1 mtu 1476',
        'ip link set dev gre1 multicast on',
        'ip link set dev gre1 down',
      ],
      ['ifconfig gre1 create', 'ifconfig gre1 tunnel 203.0.113.2 203.0.113.1', 'ifconfig gre1 mtu 1476', 'ifconfig gre1 down'],
    ]);
  });

  it('lowers again what an address raises', async () => {
    const [left, right] = await pairOf('unlink-linux-netbsd');
    const plan = planLink([left, withLiveOf(right, { up: { known: true, value: false } })], 'unlink');
    expect(plan.ends[1].undo.flatMap((u) => (u.words === undefined ? [] : [u.words.join(' ')])).slice(-2)).toEqual([
      'ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252 up',
      'ifconfig gre1 down',
    ]);
  });
});

describe('the refusal', () => {
  it('names every such step, the hosts and the reason, and goes away with --one-way', async () => {
    const [left, right] = await pairOf('unlink-linux-netbsd');
    const plan = planLink([withLiveOf(left, { inner: unread }), withLiveOf(right, { mtu: unread })], 'unlink');
    const report = refusesOneWay(plan, false)?.report();
    expect(report).toMatchObject({ code: 'ONE_WAY', state: 'Nothing was changed.' });
    expect(report?.message).toBe('The plan of pair has steps that nothing takes back: ip link del gre1 (on left); ifconfig gre1 destroy (on right).');
    expect(report?.why).toMatch(/^Left: the inner address pair of gre1 could not be read: .*; right: the MTU of gre1 could not be read: /);
    expect(refusesOneWay(plan, true)).toBeUndefined();
  });

  it('names the host and the step where there is one', async () => {
    const [left, right] = await pairOf('unlink-linux-netbsd');
    const report = refusesOneWay(planLink([withLiveOf(left, { inner: unread }), right], 'unlink'), false)?.report();
    expect(report).toMatchObject({ host: 'left', step: 'delete', why: expect.stringMatching(/^The inner address pair/) as string });
  });
});
