/**
 * What a playbook can mend by itself, as steps with proof and undo; and a plan that has them.
 *
 * In: the rules and answers of one end; a plan of the link. Out: steps. Pure. Steps go before those of the link: what they mend may be what its ping needs.
 */
import type { Cause, Mend } from '../model/diagnosis.js';
import type { EndPlan, LinkPlan } from '../model/plan.js';
import { holds } from '../playbook/condition.js';
import type { MendRule } from '../playbook/schema-evidence.js';
import { fillPattern, fillText, fillWords } from '../playbook/template.js';
import { type Asked, askable } from './read.js';

type Steps = Extract<Mend, { kind: 'steps' }>;

function stepsOf({ host, values }: Asked, code: string, rule: MendRule): Steps {
  const title = fillText(rule.title, values);
  const touches = rule.touches === undefined ? {} : { touches: fillText(rule.touches, values) };
  const proofs = rule.proofs.map((p) => ({ words: fillWords(p.words, values), pattern: fillPattern(p.pattern, values) }));
  const id = `mend-${code}`;
  const last = rule.run.length - 1;
  return {
    kind: 'steps',
    host,
    steps: rule.run.map((words, i) => ({
      id: last === 0 ? id : `${id}.${i + 1}`,
      title,
      ensures: [code],
      action: '~',
      phase: 'live',
      ...touches,
      source: rule.source,
      words: fillWords(words, values),
      proofs: i === last ? proofs : [],
    })),
    undo: rule.undo.map((words, i) => ({ id: `undo-${id}.${i + 1}`, of: id, words: fillWords(words, values) })),
    ...(rule.keep === undefined ? {} : { keep: fillText(rule.keep, values) }),
  };
}

export function mendsOf(asked: Asked): Record<string, Steps> {
  const made = Object.entries(asked.rules.mends).flatMap(([code, rules]) => {
    const rule = rules.find((r) => holds(r.when, asked.context) && [...r.run, ...r.undo].every((w) => askable(w, asked.values)));
    return rule === undefined ? [] : [[code, stepsOf(asked, code, rule)] as const];
  });
  return Object.fromEntries(made);
}

/** The plan of the link with the steps that mend these causes. */
export function withMends(plan: LinkPlan, causes: readonly Cause[]): LinkPlan {
  const mends = causes.flatMap((c) => (c.mend.kind === 'steps' ? [c.mend] : []));
  const add = (end: EndPlan): EndPlan => {
    const mine = mends.filter((m) => m.host === end.host);
    return { ...end, steps: [...mine.flatMap((m) => m.steps), ...end.steps], undo: [...end.undo, ...mine.flatMap((m) => m.undo)] };
  };
  return { ...plan, ends: [add(plan.ends[0]), add(plan.ends[1])] };
}
