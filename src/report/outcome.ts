/**
 * What came of one link, as text: a heading with the figures, what was looked at, warnings, errors.
 *
 * In: a LinkOutcome. Out: lines. `verify` and `link` show every check; `status` one line per link.
 * Errors are not shown here: `renderOutcomes` collects them, so that each is told once however many links it touches.
 */
import { clean } from '../errors/clean.js';
import type { Check, ErrorReport, LinkOutcome, OutcomeState } from '../model/outcome.js';
import type { LinkPlan } from '../model/plan.js';
import { type Paint, wrap } from './paint.js';
import { totals, warningLines } from './plan.js';

const WORD: Record<OutcomeState, string> = {
  'as-wanted': 'ok',
  waiting: 'waiting',
  'changes-pending': 'pending',
  differs: 'differs',
  unchanged: 'failed',
  'rolled-back': 'failed',
  'partly-changed': 'FAILED',
  split: 'FAILED',
  unknown: 'FAILED',
};

const SENTENCE: Record<OutcomeState, string> = {
  'as-wanted': 'as wanted',
  waiting: 'this end is as wanted, the other one does not answer yet',
  'changes-pending': 'changes pending',
  differs: 'not as wanted',
  unchanged: 'not done, nothing was changed',
  'rolled-back': 'failed, rolled back: both ends are as before',
  'partly-changed': 'failed, partly changed',
  split: 'split: one end is as wanted, the other as it was before; link or unlink again mends it',
  unknown: 'failed, the state is not known',
};

/** A run that has come to its end, by what it was for. */
const DONE: Partial<Record<LinkPlan['goal'], string>> = { unlink: 'taken down', rollback: 'gone back: both ends are as before that run' };

const GOOD: ReadonlySet<OutcomeState> = new Set(['as-wanted', 'changes-pending', 'waiting']);

/** False where a person should see a cross beside the link. */
export const endedWell = (state: OutcomeState): boolean => GOOD.has(state);

/** Every state, for reading outcomes back. */
export const STATES = Object.keys(WORD) as OutcomeState[];

/** The state as a sentence. */
export const stateSentence = (state: OutcomeState, goal: LinkPlan['goal'] | undefined): string =>
  (state === 'as-wanted' && goal !== undefined ? DONE[goal] : undefined) ?? SENTENCE[state];

export function stateWord(state: OutcomeState, paint: Paint): string {
  const word = WORD[state].padEnd(7);
  if (state === 'as-wanted') return paint.green(word);
  return state === 'changes-pending' || state === 'differs' || state === 'waiting' ? paint.yellow(word) : paint.red(word);
}

/** `1.2 s` or `14 ms` */
export const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** What is wrong first; where nothing is: that pings cross, the MTU, how long it took. */
function figures(outcome: LinkOutcome): string[] {
  const { checks, plan, state } = outcome;
  // What a plan can count is counted: the sentences of its steps would fill the screen.
  const counted = plan !== undefined && checks.some((c) => c.id === 'state' && !c.ok);
  const bad = checks.filter((c) => !c.ok && !(counted && c.id === 'state'));
  const texts = [...new Set(bad.slice(0, 2).map((c) => clean(c.text, { max: 200 }).replace(/\.$/, '')))];
  if (bad.length > 2) texts.push(`and ${bad.length - 2} more`);
  const failed = [...new Set(outcome.errors.map((e) => clean(e.code)))];
  if ((counted || state === 'changes-pending') && plan !== undefined) return [...texts, totals(plan).replace(/\.$/, '')];
  if (state !== 'as-wanted') return [...texts, ...failed];
  const pings = checks.filter((c) => c.id === 'ping' && c.ok);
  const across = new Set(pings.map((c) => c.host)).size > 1 ? ['pings cross both ways'] : pings.length > 0 ? ['the other end answers'] : [];
  const mtu = plan?.goal === 'link' ? [`MTU ${plan.mtu.bytes}`] : [];
  return [...texts, ...across, ...mtu, duration(outcome.ms)];
}

/** `ok      mostly-wlan  as wanted: pings cross both ways, MTU 1450, 1.2 s` */
export function outcomeLines(outcome: LinkOutcome, paint: Paint, wide = 0): string[] {
  const alone = outcome.plan?.ends.some((e) => e.elsewhere === true) === true;
  const whole = stateSentence(outcome.state, outcome.plan?.goal);
  const sentence = alone ? whole.replace('both ends are', 'this end is') : whole;
  const said = figures(outcome);
  const name = clean(outcome.link).padEnd(wide);
  const text = said.length === 0 ? sentence : `${sentence}: ${said.join(', ')}`;
  const lead = 8 + name.length + 2;
  const [first = '', ...more] = wrap(text, Math.max(paint.width, lead + 30), ' '.repeat(Math.min(lead, 12)), '');
  const fits = lead + first.length <= paint.width;
  const head = `${stateWord(outcome.state, paint)} ${paint.bold(name)}`;
  return fits ? [`${head}  ${first}`, ...more] : [head, ...wrap(text, paint.width, '        ')];
}

/** Columns for the names of checks, so that their texts stand below each other. */
const CHECK_WIDE = 11;

/** One thing that verify looked at. Its text names the host. */
export function checkLines(check: Check, paint: Paint): string[] {
  const indent = ' '.repeat(7 + CHECK_WIDE);
  const word = check.ok ? paint.green('ok  ') : paint.red('FAIL');
  const lines = wrap(clean(check.text), paint.width, indent, clean(check.id).padEnd(CHECK_WIDE));
  const evidence = check.ok ? [] : (check.evidence ?? []);
  return [`  ${word} ${lines[0] ?? ''}`, ...lines.slice(1), ...evidence.map((e) => paint.dim(`       | ${clean(e, { max: 300 })}`))];
}

/** Heading, checks and the warnings that its plan has not shown already. */
export function renderOutcome(outcome: LinkOutcome, paint: Paint): string {
  const told = new Set(outcome.plan?.warnings.map((w) => `${w.code} ${w.host ?? ''}`) ?? []);
  const fresh = outcome.warnings.filter((w) => !told.has(`${w.code} ${w.host ?? ''}`));
  return [
    ...outcome.checks.flatMap((c) => checkLines(c, paint)),
    ...fresh.flatMap((w) => warningLines(w, paint)),
    ...outcomeLines(outcome, paint),
  ].join('\n');
}

/** One line per link (`status`), names aligned; below it that a run is not over, because what is seen may not last. */
export function renderStatus(outcomes: readonly LinkOutcome[], paint: Paint): string {
  const wide = Math.max(0, ...outcomes.map((o) => clean(o.link).length));
  const open = (o: LinkOutcome) => o.warnings.filter((w) => w.code === 'unfinished-run');
  return outcomes.flatMap((o) => [...outcomeLines(o, paint, wide), ...open(o).flatMap((w) => warningLines(w, paint))]).join('\n');
}

/** What was stopped by Ctrl-C is one error of the run, wherever it met it; the worst state is told. */
function interruptedOnce(errors: readonly ErrorReport[]): readonly ErrorReport[] {
  const stops = errors.filter((e) => e.code === 'INTERRUPTED');
  if (stops.length < 2) return errors;
  const states = [...new Set(stops.flatMap((e) => (e.state === undefined || e.state.startsWith('Nothing was changed') ? [] : [e.state])))];
  const state = states.length === 0 ? 'Nothing was changed.' : states.join(' ');
  const { host: _host, ...first } = stops[0] ?? { code: 'INTERRUPTED', message: '' };
  return [{ ...first, message: 'Stopped by the user.', state }, ...errors.filter((e) => e.code !== 'INTERRUPTED')];
}

/** All errors of all links, each once: a host that is down stops every link that it has an end of. */
export function distinctErrors(outcomes: readonly LinkOutcome[]): readonly ErrorReport[] {
  const seen = new Map<string, ErrorReport>();
  for (const error of outcomes.flatMap((o) => o.errors)) {
    const key = [error.code, error.host ?? '', error.message, error.step ?? ''].join('\0');
    if (!seen.has(key)) seen.set(key, error);
  }
  return interruptedOnce([...seen.values()]);
}
