/**
 * Which steps one end needs, in the order of its playbook.
 *
 * In: the end's input, the MTU of the pair. Out: command steps and what already holds. Pure.
 * A step is taken only if something it ensures differs; what it spoils on the way differs afterwards, so that a later step sets it again
 * (on old kernels the inner step overwrites the outer pair).
 */
import { ProvisionError } from '../errors/error.js';
import type { CommandStep, Step } from '../model/plan.js';
import { leaves } from '../playbook/compose.js';
import { type Context, holds } from '../playbook/condition.js';
import type { PlaybookStep } from '../playbook/schema.js';
import { fillPattern, fillText, fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import { liveFileSteps } from './boot.js';
import { contextOf, differences, type EndInput, isCreating } from './wanted.js';

export interface LiveSteps {
  readonly steps: readonly Step[];
  readonly holds: readonly { readonly attribute: string; readonly value: string }[];
}

/** The commands of one playbook step, one plan step each; the proofs stand at the last. */
export function commandsOf(step: PlaybookStep, context: Context, values: Values, action: CommandStep['action']): CommandStep[] {
  const variant = step.variants.find((v) => holds(v.when, context));
  if (variant === undefined) {
    throw new ProvisionError('PLAYBOOK_INVALID', `No variant of the step ${step.id} applies.`, { step: step.id });
  }
  const interrupts = variant.interrupts ?? step.interrupts;
  return variant.run.map((words, i) => ({
    id: variant.run.length === 1 ? step.id : `${step.id}.${i + 1}`,
    title: fillText(step.title, values),
    ensures: step.ensures,
    action,
    phase: 'live',
    ...(interrupts === undefined ? {} : { interrupts: fillText(interrupts, values) }),
    ...(step.touches === undefined ? {} : { touches: fillText(step.touches, values) }),
    source: step.source,
    words: fillWords(words, values),
    proofs:
      i < variant.run.length - 1 ? [] : step.proofs.map((p) => ({ words: fillWords(p.words, values), pattern: fillPattern(p.pattern, values) })),
  }));
}

/** Steps that change the running system of one end. */
export function liveSteps(input: EndInput, mtuBytes: number): LiveSteps {
  const { playbook, facts } = input;
  const creating = isCreating(input, mtuBytes);
  const exists = facts.live.exists.known && facts.live.exists.value;
  const initially = differences(input, mtuBytes, creating);
  const differs = new Set(initially);
  const steps: Step[] = [];
  // `differs` is what it is when it is asked.
  let context = contextOf(input, { differs, creating, wantMtu: mtuBytes });
  for (const step of playbook.steps) {
    if (leaves(playbook, step) || !holds(step.when, context)) continue;
    const files = liveFileSteps(input, step, 'link', context);
    if (files.length === 0 && !step.ensures.some((e) => differs.has(e))) continue;
    steps.push(...files, ...commandsOf(step, context, input.values, creating && !exists ? '+' : '~'));
    for (const e of step.ensures) differs.delete(e);
    for (const s of step.spoils) differs.add(s);
    // What was spoiled is gone: a later step must not take it away once more.
    if (step.spoils.includes('outer')) context = { ...context, live: { ...facts.live, outer: { known: true, value: null } } };
  }
  if (differs.size > 0) {
    throw new ProvisionError('PLAYBOOK_INVALID', `No step of the playbook ${playbook.name} puts right: ${[...differs].join(', ')}.`, {
      host: facts.host,
    });
  }
  return { steps, holds: holdsOf(input, mtuBytes, initially) };
}

function holdsOf(input: EndInput, mtuBytes: number, differs: ReadonlySet<string>): { attribute: string; value: string }[] {
  const { end, playbook, facts } = input;
  const values: Record<string, string> = {
    driver: facts.driver.how,
    interface: `${end.interface} exists`,
    outer: `${end.outer.local} -> ${end.outer.remote}`,
    inner: `${end.inner.local} -> ${end.inner.peer}/${end.inner.prefix}`,
    mtu: String(mtuBytes),
    up: 'up',
    ...(playbook.live.ttl === undefined ? {} : { ttl: String(input.link.ttl) }),
  };
  const daemons = (playbook.daemons?.chosen ?? []).filter((d) => d.leaving !== true && !d.settings.some((s) => differs.has(s)));
  return Object.entries(values)
    .filter(([attribute]) => !differs.has(attribute) && !(attribute === 'mtu' && differs.has('interface')))
    .map(([attribute, value]) => ({ attribute, value }))
    .concat(daemons.map((d) => ({ attribute: d.protocol, value: d.title })));
}
