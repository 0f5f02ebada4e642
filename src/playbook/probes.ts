/**
 * Which questions of a playbook are named where.
 *
 * In: a playbook. Out: every probe that something names, and those that nothing but the value of a setting hangs on.
 */
import { onceFor } from './once.js';
import type { Condition, PlaybookData } from './schema.js';
import type { ByHandRule, Piece } from './schema-by-hand.js';
import type { RoutingData } from './schema-routing.js';

function conditionProbes(conditions: readonly Condition[]): string[] {
  return conditions.flatMap((c) => {
    if ('probe' in c) return [c.probe];
    if ('not' in c) return conditionProbes([c.not]);
    if ('any' in c) return conditionProbes(c.any);
    return 'all' in c ? conditionProbes(c.all) : [];
  });
}

const ofSteps = (steps: PlaybookData['steps']): readonly (readonly Condition[])[] =>
  steps.flatMap((s) => [s.when, ...s.variants.map((v) => v.when), ...s.undo.map((u) => u.when), ...ofFiles(s.files)]);

const ofFiles = (files: PlaybookData['steps'][number]['files']): readonly (readonly Condition[])[] =>
  files.flatMap((f) => [f.when, f.keep, ...(typeof f.content === 'string' ? [] : f.content.map((c) => c.when))]);

function ofByHand(rule: ByHandRule): (readonly Condition[])[] {
  const ofPiece = (piece: Piece): (readonly Condition[])[] => {
    if (typeof piece === 'string') return [];
    return [piece.when ?? [], Array.isArray(piece.optional) ? piece.optional : [], ...(piece.words ?? []).flatMap(ofPiece)];
  };
  return rule.forms.flatMap((form) => [form.when, ...form.parts.flatMap((part) => [part.when, ...part.lines.flatMap(ofPiece)])]);
}

function conditionsOf(data: PlaybookData): readonly (readonly Condition[])[] {
  return [
    data.match,
    data.rebuild,
    data.static,
    ...data.driver.map((d) => d.when),
    ...data.mtu.maximum.map((m) => m.when),
    ...data.faults.map((f) => f.when),
    ...data.guard.timers.map((t) => t.when),
    ...Object.values(data.live.settings).map((s) => s.when),
    ...ofSteps([...data.steps, ...data.remove]),
    ...data.boot.flatMap((b) => [
      b.when,
      ...ofFiles(b.files),
      ...b.conflicts.map((c) => c.when),
      ...b.files.flatMap((f) => (f.byHand === undefined ? [] : ofByHand(f.byHand))),
    ]),
  ];
}

/** Probes that something else than the value of a setting hangs on. */
function deciding(data: PlaybookData): readonly string[] {
  const { live } = data;
  const fields = [live.up, live.mtu, live.outer, live.inner, ...(live.ttl === undefined ? [] : [live.ttl])];
  return [
    ...fields.map((f) => f.from),
    live.interface.from,
    data.addresses.from,
    data.sample.from,
    ...data.tools,
    ...conditionsOf(data).flatMap((l) => conditionProbes(l)),
  ];
}

const ofSettings = (data: PlaybookData): readonly string[] => Object.values(data.live.settings).map((s) => s.from);

/** Probes that the evidence names and nobody defines, neither for the survey nor for itself. */
export function danglingEvidence({ evidence, probes }: PlaybookData): string[] {
  if (evidence === undefined) return [];
  const { routes, values, drops, strict, mends } = evidence;
  const lists = [...drops.map((d) => d.enabled), ...strict.map((s) => s.when), ...Object.values(mends).flatMap((l) => l.map((m) => m.when))];
  const named = [routes.outer, routes.inner, ...Object.values(values), ...drops, ...strict].map((r) => r.from);
  const all = [...new Set([...named, ...lists.flatMap((l) => conditionProbes(l))])];
  return all.filter((name) => !Object.hasOwn(probes, name) && !Object.hasOwn(evidence.probes, name));
}

/** Every probe that is named, once. */
export function namedProbes(data: PlaybookData): readonly string[] {
  return [...new Set([...deciding(data), ...ofSettings(data)])];
}

/** Probes without which a setting is unknown and nothing else is: a plan that needs no such setting can do without. It is asked for every end of every link. */
export const settingProbes = onceFor((data: PlaybookData): ReadonlySet<string> => {
  const needed = new Set(deciding(data));
  return new Set(ofSettings(data).filter((name) => !needed.has(name)));
});

/** Every probe that the playbook of a routing daemon names, once. */
export function routingProbes(data: RoutingData): readonly string[] {
  const rules = [data.ospf, data.bgp].filter((p) => p !== undefined);
  const asked = rules.flatMap((p) => [
    ...p.refuse.map((x) => x.when),
    ...Object.values(p.settings).map((s) => s.when),
    ...ofSteps([...p.steps, ...p.remove]),
    ...ofFiles(p.files),
    ...p.faults.map((f) => f.when),
  ]);
  const from = rules.flatMap((p) => [...Object.values(p.settings).map((s) => s.from), ...(p.neighbours === undefined ? [] : [p.neighbours.from])]);
  return [...new Set([...from, ...[data.present, ...asked].flatMap((l) => conditionProbes(l))])];
}
