/**
 * The guide's real-world example on simulated hosts: what a newcomer sees first.
 *
 * In: nothing (its inventory comes with the program). Out: about sixty lines: the table from both sides, what was found, the commands for each end,
 * progress while they run, the pings across, a second run, where to look next. No root, no network.
 */
import { join } from 'node:path';
import { clean } from '../../errors/clean.js';
import { loadInventory } from '../../inventory/load.js';
import type { Inventory } from '../../model/inventory.js';
import type { LinkOutcome, RunEvent } from '../../model/outcome.js';
import type { LinkPlan, Step } from '../../model/plan.js';
import { BUILT_IN } from '../../playbook/load.js';
import { plainPaint, wrap } from '../../report/paint.js';
import { count, renderPlan } from '../../report/plan.js';
import { eventLine, type Progress } from '../../report/progress.js';
import { endTable, renderTable } from '../../report/table.js';
import { doneWith, interrupted, sayOutcomes } from '../links.js';
import type { Session } from '../session.js';
import type { CommandSpec } from '../spec.js';

/** It comes with the program as the playbooks do, so it is found from any folder that the person stands in. */
const GUIDE = join(BUILT_IN, '../inventory/guide.yaml');

const NEXT = [
  ['provision init', 'a starter inventory for your own hosts'],
  ['provision link LINK --dry-run', 'the same plan against real hosts, nothing changed'],
  ['provision rehearse LINK', 'the whole run on simulated hosts'],
  ['provision twin up', 'the simulated hosts, to look around with ssh'],
] as const;

function heading(session: Session, number: number, text: string): void {
  session.say(`\n${session.paint.cyan(`${number}.`)} ${session.paint.bold(text)}`);
}

/** Two texts beside each other where both fit, else below each other. */
function sideBySide(left: readonly string[], right: readonly string[], width: number): readonly string[] {
  const wide = Math.max(...left.map((l) => l.length)) + 3;
  if (wide + Math.max(...right.map((l) => l.length)) > width) return [...left, ...right];
  return left.map((l, i) => `${l.padEnd(wide)}${right[i] ?? ''}`);
}

/** What was looked at on both hosts and is right on both is one line. */
function together(outcome: LinkOutcome): LinkOutcome {
  const SAME: Readonly<Record<string, string>> = {
    'fresh-ssh': 'a new SSH connection to each host was opened',
    'read-again': 'both hosts were read again: live state and boot files are as wanted',
  };
  const told = new Set<string>();
  const checks = outcome.checks.flatMap((c) => {
    const text = SAME[c.id];
    const all = outcome.checks.filter((o) => o.id === c.id);
    if (text === undefined || all.length < 2 || all.some((o) => !o.ok)) return [c];
    if (told.has(c.id)) return [];
    told.add(c.id);
    return [{ ...c, text }];
  });
  return { ...outcome, checks };
}

function introduce(session: Session, inventory: Inventory): void {
  const { paint } = session;
  const text =
    'Two administrators agree on a tunnel between two machines of different systems. Both machines are simulated, behind real SSH servers on 127.0.0.1.';
  session.say([paint.bold('provision demo'), ...wrap(text, paint.width, '')].join('\n'));
  heading(session, 1, 'The table, from both sides');
  for (const link of inventory.links.values()) {
    const [left, right] = link.ends.map((end) => renderTable(endTable(inventory, link, end), plainPaint(paint.width)).split('\n'));
    session.say(sideBySide(left ?? [], right ?? [], paint.width).join('\n'));
  }
}

/** The plan is shown where a person would be asked; the demo says yes. */
function showPlan(session: Session, plans: readonly LinkPlan[]): Promise<boolean> {
  heading(session, 3, 'The commands, for each end (+ new, ~ changed, = already right)');
  for (const plan of plans) session.say(renderPlan(plan, session.paint, { brief: true }));
  heading(session, 4, 'Doing it');
  return Promise.resolve(true);
}

/** Progress is part of what the demo shows: what was found, and one line for each end and phase that is done. */
class DemoProgress implements Progress {
  readonly #left = new Map<string, number>();

  constructor(private readonly session: Session) {}

  event(event: RunEvent): void {
    const { paint } = this.session;
    if (event.type === 'detected') this.session.say(`  ${eventLine(event, paint) ?? ''}`);
    if (event.type === 'plan') {
      for (const end of event.plan.ends) for (const step of end.steps) this.#add(end.host, step.phase, 1);
    }
    if (event.type === 'step' && event.state === 'failed') this.session.say(`  ${eventLine(event, paint) ?? ''}`);
    if (event.type === 'step' && event.state === 'done') this.#done(event.host, event.step);
  }

  pause(): Promise<void> {
    return Promise.resolve();
  }

  /** Adds to the count of one end and phase. @returns The new count. */
  #add(host: string, phase: Step['phase'], n: number): number {
    const sum = (this.#left.get(`${phase} ${host}`) ?? 0) + n;
    this.#left.set(`${phase} ${host}`, sum);
    return sum;
  }

  #done(host: string, step: Step): void {
    const total = this.#add(`all ${host}`, step.phase, 1);
    if (this.#add(host, step.phase, -1) > 0) return;
    const what =
      step.phase === 'live' ? `${count(total, 'command')} run, each proven by reading back` : `${count(total, 'file')} written for the next boot`;
    this.session.say(`  ${this.session.paint.bold(clean(host))}: ${this.session.paint.green('done')} ${what}`);
  }
}

function whereNext(session: Session): void {
  heading(session, 6, 'Where to look next');
  const wide = Math.max(...NEXT.map(([command]) => command.length)) + 2;
  for (const [command, text] of NEXT) session.say(`  ${command.padEnd(wide)}${session.paint.dim(text)}`);
  session.say('  README.md and docs/cli.md tell the rest.');
}

export const demo: CommandSpec = {
  name: 'demo',
  summary: "rehearse the guide's real-world example: no root, no network, nothing needed",
  failed: { links: [] },
  run: async (session) => {
    const inventory = loadInventory(GUIDE);
    introduce(session, inventory);
    const pipeline = await session.io.pipeline();
    const links = [...inventory.links.keys()];
    heading(session, 2, 'What was found on them');
    const options = await session.runOptions(inventory, links, { twin: 'all', confirm: (plans) => showPlan(session, plans) });
    session.progress = new DemoProgress(session);
    const result = await pipeline.rehearse(options);
    heading(session, 5, 'Does it work?');
    sayOutcomes(session, result.outcomes.map(together));
    if (!interrupted(result)) whereNext(session);
    return doneWith(session, result);
  },
};
