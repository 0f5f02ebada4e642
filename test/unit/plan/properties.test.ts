import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProvisionError, ProvisionErrors } from '../../../src/errors/error.js';
import type { TunnelState } from '../../../src/model/facts.js';
import type { LinkPlan, Step } from '../../../src/model/plan.js';
import { type EndInput, planLink, stepCount } from '../../../src/plan/pair.js';
import { differences, isCreating } from '../../../src/plan/wanted.js';
import { withLive } from '../../../src/survey/values.js';
import { endInputs, inputOf, names } from './fixture.js';

const known = <T>(value: T): { readonly known: true; readonly value: T } => ({ known: true, value });
const pairs = await Promise.all(names().map(async (name) => await endInputs({ ...inputOf(name), goal: 'link' })));

/** Some of the attributes of one end are not as wanted; the others are. */
interface Drift {
  readonly absent: boolean;
  readonly up: boolean;
  readonly mtu: number;
  readonly outer: boolean;
  readonly inner: boolean;
  readonly ttl: boolean;
}
const drift: fc.Arbitrary<Drift> = fc.record({
  absent: fc.boolean(),
  up: fc.boolean(),
  mtu: fc.constantFrom(1400, 1450, 1476),
  outer: fc.boolean(),
  inner: fc.boolean(),
  ttl: fc.boolean(),
});

function drifted(input: EndInput, d: Drift): EndInput {
  const { end, link, facts, playbook } = input;
  const isStatic = playbook.static.length > 0;
  const settings = Object.fromEntries(Object.keys(facts.live.settings).map((name) => [name, facts.live.settings[name] ?? known(null)]));
  const gone: TunnelState = {
    exists: known(false),
    up: known(false),
    mtu: known(null),
    outer: known(null),
    inner: known(null),
    ttl: known(null),
    settings,
  };
  const live: TunnelState =
    d.absent && !isStatic
      ? gone
      : {
          exists: known(true),
          up: known(d.up),
          mtu: known(playbook.mtu.default === undefined || playbook.mtu.default > 1450 ? d.mtu : 1450),
          outer: known(d.outer ? end.outer : { ...end.outer, local: '203.0.113.77' }),
          inner: known(d.inner ? end.inner : { ...end.inner, local: '10.9.9.9' }),
          ttl: known(playbook.live.ttl === undefined ? null : d.ttl ? String(link.ttl) : '7'),
          settings,
        };
  return { ...input, facts: { ...facts, driver: { state: 'ready', how: 'seen' }, live }, values: withLive(input.values, live) };
}

function planned(pair: readonly [EndInput, EndInput], goal: 'link' | 'unlink' = 'link'): LinkPlan | undefined {
  try {
    return planLink(pair, goal);
  } catch (error) {
    if (error instanceof ProvisionErrors || (error instanceof ProvisionError && error.code !== 'BUG' && error.code !== 'PLAYBOOK_INVALID'))
      return undefined;
    throw error;
  }
}

/** A golden plan by name and the drift of its two ends; built in the test, so that a counterexample stays readable. */
const some = fc.tuple(fc.constantFrom(...pairs.keys()), drift, drift);
function build([at, x, y]: [number, Drift, Drift]): [EndInput, EndInput] {
  const pair = pairs[at];
  if (pair === undefined) throw new Error('no such pair');
  return [drifted(pair[0], x), drifted(pair[1], y)];
}
const sourceOf = (step: Step): string => step.id.replace(/\.\d+$/, '');

/** What is there once every command has done what it ensures. */
function afterwards(input: EndInput, plan: LinkPlan, i: 0 | 1): EndInput {
  const { end, link, playbook } = input;
  const did = new Set(plan.ends[i].steps.filter((s) => s.phase === 'live').flatMap((s) => s.ensures));
  const { live } = input.facts;
  const made = did.has('interface');
  const settings = Object.fromEntries(
    Object.entries(live.settings).map(([name, value]) => {
      const setting = playbook.live.settings[name];
      const want = setting?.want === null ? null : setting?.want.replace('{{mtu}}', String(plan.mtu.bytes));
      return [name, did.has(name) && want !== undefined ? known(want) : value];
    }),
  );
  const next: TunnelState = {
    exists: made ? known(true) : live.exists,
    up: did.has('up') ? known(true) : live.up,
    mtu: did.has('mtu') || made ? known(plan.mtu.bytes) : live.mtu,
    outer: did.has('outer') ? known(end.outer) : live.outer,
    inner: did.has('inner') ? known(end.inner) : live.inner,
    ttl: did.has('ttl') ? known(String(link.ttl)) : live.ttl,
    settings,
  };
  return { ...input, facts: { ...input.facts, live: next }, values: withLive(input.values, next) };
}

describe('any plan', () => {
  it('is the same for the same input, byte for byte', () => {
    fc.assert(
      fc.property(some, (seed) => {
        expect(JSON.stringify(planned(build(seed)))).toBe(JSON.stringify(planned(build(seed))));
      }),
    );
  });

  it('has only steps for something that really differs, or that an earlier step spoils', () => {
    fc.assert(
      fc.property(some, (seed) => {
        const pair = build(seed);
        const plan = planned(pair);
        if (plan === undefined) return;
        for (const i of [0, 1] as const) {
          const input = pair[i];
          const wants = { ...input, values: input.values.with({ mtu: String(plan.mtu.bytes) }) };
          const differs = new Set(differences(wants, plan.mtu.bytes, isCreating(wants, plan.mtu.bytes)));
          for (const step of plan.ends[i].steps.filter((s) => s.phase === 'live')) {
            const own = input.playbook.steps.find((s) => s.id === sourceOf(step));
            expect(
              step.ensures.some((e) => differs.has(e)),
              `${input.playbook.name} ${step.id}`,
            ).toBe(true);
            for (const e of own?.spoils ?? []) differs.add(e);
          }
        }
      }),
    );
  });

  it('keeps the order of the playbook, boot files last', () => {
    fc.assert(
      fc.property(some, (seed) => {
        const pair = build(seed);
        const plan = planned(pair);
        for (const i of [0, 1] as const) {
          const steps = plan?.ends[i].steps ?? [];
          const order = pair[i].playbook.steps.map((s) => s.id);
          const at = steps.map((s) => (s.phase === 'boot' ? order.length : order.indexOf(sourceOf(s))));
          expect(at).toEqual([...at].sort((x, y) => x - y));
          expect(at).not.toContain(-1);
        }
      }),
    );
  });

  it('leaves no command once its steps have done what they ensure', () => {
    fc.assert(
      fc.property(some, (seed) => {
        const pair = build(seed);
        const plan = planned(pair);
        if (plan === undefined) return;
        const left = planned([afterwards(pair[0], plan, 0), afterwards(pair[1], plan, 1)]);
        expect(left?.ends.flatMap((e) => e.steps.filter((s) => s.phase === 'live').map((s) => s.id))).toEqual([]);
        expect(left?.mtu.bytes).toBe(plan.mtu.bytes);
        expect(left === undefined ? 1 : stepCount(left)).toBe(plan.ends.flatMap((e) => e.steps.filter((s) => s.phase === 'boot')).length);
      }),
    );
  });

  it('takes every step back, on the way up and down', () => {
    fc.assert(
      fc.property(some, (seed) => {
        const pair = build(seed);
        const plans = [planned(pair), planned(pair, 'unlink')];
        expect(
          plans.flatMap((p) => p?.ends.flatMap((e) => e.steps.filter((s) => s.oneWay !== undefined).map((s) => `${e.playbook} ${s.id}`)) ?? []),
        ).toEqual([]);
      }),
    );
  });

  it('sets one MTU on both ends and never more than any end can do', () => {
    fc.assert(
      fc.property(some, (seed) => {
        const pair = build(seed);
        const plan = planned(pair);
        if (plan === undefined) return;
        for (const i of [0, 1] as const) {
          for (const step of plan.ends[i].steps)
            if ('words' in step && step.ensures.includes('mtu')) expect(step.words.join(' ')).toContain(String(plan.mtu.bytes));
          if (pair[i].playbook.name === 'openbsd3-gre') expect(plan.mtu.bytes).toBeLessThanOrEqual(1450);
        }
        expect(plan.mtu.bytes).toBeLessThanOrEqual(1476);
      }),
    );
  });
});

describe('what is not known', () => {
  it.each(['exists', 'up', 'mtu', 'outer', 'inner'] as const)('stops the plan: %s is never taken for a default', (attribute) => {
    for (const [a, b] of pairs) {
      const end = drifted(a, { absent: false, up: true, mtu: 1476, outer: true, inner: true, ttl: true });
      const blind = { ...end, facts: { ...end.facts, live: { ...end.facts.live, [attribute]: { known: false, why: 'not understood' } } } };
      expect(() => planLink([blind, b], 'link')).toThrow(/could not be read|is not a gre tunnel/);
    }
  });
});
