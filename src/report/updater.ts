/**
 * The plan of an updater as a person reads it: per host what is added, changed and taken away, and whose account is used.
 */

import { clean } from '../errors/clean.js';
import type { Step } from '../model/plan.js';
import { type Paint, wrap } from './paint.js';
import { count, type PlanOptions, stepLines } from './plan.js';

/** What is shown of an updater's plan. */
export interface ShownUpdater {
  readonly link: string;
  readonly goal: 'install' | 'uninstall';
  readonly dynamic: { readonly host: string; readonly first: readonly Step[]; readonly last: readonly Step[] };
  readonly fixed: { readonly host: string; readonly role: string; readonly account: string; readonly steps: readonly Step[] };
}

function sideLines(host: string, role: string, steps: readonly Step[], paint: Paint, options: PlanOptions): string[] {
  const none = [`    ${paint.dim('nothing to do')}`];
  return [`  ${paint.bold(clean(host))}  ${role}`, ...(steps.length === 0 ? none : steps.flatMap((s) => stepLines(s, paint, options))), ''];
}

/** The lines of authorized_keys that come or go: the one thing that lets somebody in is always shown whole. */
function keyLines(steps: readonly Step[], paint: Paint): string[] {
  return steps.flatMap((s) => {
    if (s.id !== 'keys' || !('file' in s) || s.file.content === null) return [];
    return wrap(`${clean(s.file.path)} gets: ${clean(s.file.content.trim(), { max: 2000 })}`, paint.width, '    ', '  ');
  });
}

export function renderUpdater(plan: ShownUpdater, paint: Paint, options: PlanOptions = {}): string {
  const near = [...plan.dynamic.first, ...plan.dynamic.last];
  const total = near.length + plan.fixed.steps.length;
  const heading = plan.goal === 'install' ? 'updater' : 'updater  (to be taken away)';
  const account = `what answers there runs as ${clean(plan.fixed.account)}`;
  return [
    `${paint.bold(clean(plan.link))}  ${heading}`,
    ...sideLines(plan.dynamic.host, 'the dynamic end', near, paint, options),
    ...sideLines(plan.fixed.host, `${plan.fixed.role}; ${account}`, plan.fixed.steps, paint, options),
    ...keyLines(plan.fixed.steps, paint),
    total === 0
      ? '  Nothing to do: 0 steps.'
      : `  ${count(total, 'step')} (${clean(plan.dynamic.host)} ${near.length}, ${clean(plan.fixed.host)} ${plan.fixed.steps.length}).`,
  ].join('\n');
}
