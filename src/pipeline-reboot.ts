/**
 * The proof that links outlast a reboot: look, ask, reboot one host, wait, and look again.
 *
 * In: options of a run, one host, who says yes. Out: outcomes of the last look. A link that is not as wanted before is one more reason not to reboot: what the
 * reboot has done could not be told from what was there.
 */

import { exitOf } from './apply/outcome.js';
import { rebootHost } from './apply/reboot.js';
import { ProvisionError } from './errors/error.js';
import type { LinkOutcome } from './model/outcome.js';
import { type RunOptions, type RunResult, verify, withTwin } from './pipeline-run.js';
import { attachTwin, twinSpecs } from './twin/attach.js';

export interface RebootOptions extends RunOptions {
  /** An end of every link of the run. */
  readonly reboot: string;
  /** Asked once all links were found as wanted. */
  readonly agree: () => Promise<boolean>;
}

export interface RebootResult extends RunResult {
  /** What was asked for was done. */
  readonly rebooted: boolean;
}

/** @throws {ProvisionError} LINK_NOT_READY, and those of `rebootHost`. */
export async function rebootProof(options: RebootOptions): Promise<RebootResult> {
  // Simulated hosts must be the same ones after the reboot.
  const running = options.running ?? (await attachTwin(twinSpecs(options.inventory, options.links, options.twin ?? 'auto', options.hosts)));
  const same: RebootOptions = running === undefined ? options : { ...options, running };
  try {
    // What counts of a link is what is found at the end.
    const first = await verify({ ...same, emit: (e) => (e.type === 'outcome' || e.type === 'check' ? undefined : options.emit(e)) });
    if (first.exitCode !== 0) return { ...first, outcomes: first.outcomes.map((o) => refused(options.reboot, o)), rebooted: false };
    if (!(await options.agree())) return { ...first, rebooted: false };
    const { check, warnings } = await withTwin(same, (world) => rebootHost(world, options.reboot));
    for (const link of options.links) options.emit({ type: 'check', link, check });
    const last = await verify(same);
    const outcomes = last.outcomes.map((o) => ({ ...o, checks: [check, ...o.checks], warnings: [...o.warnings, ...warnings] }));
    return { outcomes, exitCode: exitOf(outcomes), rebooted: true };
  } finally {
    if (options.running === undefined) await running?.close();
  }
}

function refused(host: string, found: LinkOutcome): LinkOutcome {
  if (found.state === 'as-wanted') return found;
  const error = new ProvisionError('LINK_NOT_READY', `${host} was not rebooted: ${found.link} is not as wanted now.`, {
    host,
    state: 'Nothing was changed.',
  });
  return { ...found, errors: [...found.errors, error.report()] };
}
