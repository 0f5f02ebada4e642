/**
 * The plan of one link: both ends as one unit.
 *
 * In: both ends with their facts. Out: one plan, or all the errors that stand in the way. Pure: no clock, network, randomness or environment;
 * the same input gives the same plan, byte for byte.
 */
import { errorsIn, ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { EndPlan, GuardWay, LinkPlan, Step, Warning } from '../model/plan.js';
import { holds } from '../playbook/condition.js';
import { fillWords } from '../playbook/template.js';
import { bootSteps, handWritten } from './boot.js';
import { checkCarrier, checkCarriers } from './carrier.js';
import { checkEnd } from './check.js';
import { checkClamp } from './clamp.js';
import { leavingSteps } from './leave.js';
import { pairMtu } from './mtu.js';
import { markRemoval, markSteps } from './one-way.js';
import { removeSteps } from './remove.js';
import { liveSteps } from './steps.js';
import { undoSteps } from './undo.js';
import { undoRemoval } from './undo-removal.js';
import { contextOf, differences, type EndInput, isCreating, mtuValues } from './wanted.js';
import { alone, endWarnings } from './warnings.js';

export type { EndInput } from './wanted.js';

type Pair = readonly [EndInput, EndInput];

function gather<T>(makers: readonly (() => T)[]): T[] {
  const errors: ProvisionError[] = [];
  const made = makers.flatMap((make) => {
    try {
      return [make()];
    } catch (error) {
      errors.push(...errorsIn(error));
      return [];
    }
  });
  if (errors.length === 1 && errors[0] !== undefined) throw errors[0];
  if (errors.length > 0) throw new ProvisionErrors(errors);
  return made;
}

/** One folder for each link, so that links of one host do not hold each other up. */
export function guardWay(input: EndInput): GuardWay {
  const { guard } = input.playbook;
  const timer = guard.timers.find((t) => holds(t.when, contextOf(input)));
  const { link } = input.end;
  return { state: `${guard.state}.${link}`, keep: `${guard.keep}/${link}`, timer: timer?.run ?? [], cancel: timer?.cancel ?? [] };
}

/** What no ping crosses before it is changed. */
const TELLING = new Set(['interface', 'outer', 'inner', 'up']);
const ASK_COUNT = '3';
const ASK_DEADLINE = '4';

/** How the guard of one end finds out whether the other has undone: by a ping that only the new state answers. */
function withAsk(end: EndPlan, input: EndInput, other: EndPlan): EndPlan {
  const tells = other.steps.some((s) => s.phase === 'live' && s.ensures.some((e) => TELLING.has(e)));
  if (!tells) return end;
  const { ping } = input.playbook;
  const target = input.end.inner.peer;
  const words = fillWords(ping.run, input.values.with({ target, count: ASK_COUNT, deadline: ASK_DEADLINE, payload: '56' }));
  return { ...end, guard: { ...end.guard, ask: { words, pattern: ping.answered } } };
}

function endPlan(input: EndInput, steps: readonly Step[], undo: EndPlan['undo'], already: EndPlan['holds']): EndPlan {
  const { facts, playbook, end } = input;
  return {
    host: facts.host,
    system: facts.system,
    release: facts.release,
    driver: playbook.driverName,
    playbook: playbook.name,
    interface: end.interface,
    steps,
    undo,
    guard: guardWay(input),
    holds: already,
  };
}

/** An end that somebody else sets up: there is nothing to do on it. */
function elsewhereEnd({ end }: EndInput): EndPlan {
  const unread = { system: '', release: '', driver: '', playbook: '' };
  const guard = { state: '', keep: '', timer: [], cancel: [] };
  return { host: end.host, ...unread, interface: end.interface, steps: [], undo: [], guard, holds: [], elsewhere: true };
}

function linkEnd(input: EndInput, mtuBytes: number): EndPlan {
  const withMtu: EndInput = { ...input, values: input.values.with(mtuValues(mtuBytes)) };
  checkEnd(withMtu, 'link');
  checkCarrier(withMtu);
  const leaving = leavingSteps(withMtu);
  const live = liveSteps(withMtu, mtuBytes);
  const creating = isCreating(withMtu, mtuBytes);
  const context = contextOf(withMtu, { wantMtu: mtuBytes, creating, differs: differences(withMtu, mtuBytes, creating) });
  const boot = bootSteps(withMtu, 'link', context);
  const byHand = handWritten(withMtu, context);
  const said = [boot.length === 0 ? 'boot files are as wanted' : '', byHand.length === 0 ? '' : `written by hand: ${byHand.join(', ')}`].filter(
    (s) => s !== '',
  );
  const kept = said.length === 0 ? [] : [{ attribute: 'boot', value: said.join('; ') }];
  const steps = [...live.steps, ...boot];
  const undo = undoSteps(withMtu, steps, mtuBytes);
  const all = [...leaving.steps, ...markSteps(withMtu, steps, undo)];
  return endPlan(withMtu, all, [...undo, ...leaving.undo], [...live.holds, ...leaving.holds, ...kept]);
}

function unlinkEnd(input: EndInput): EndPlan {
  checkEnd(input, 'unlink');
  const boot = bootSteps(input, 'unlink', contextOf(input));
  const removal = removeSteps(input);
  const made = undoRemoval(input, removal, boot);
  return endPlan(input, [...markRemoval(input, removal, made), ...boot], made.undo, []);
}

function pairWarnings(pair: Pair, mtuBytes: number): Warning[] {
  const seen = pair.filter((input) => input.elsewhere !== true);
  return [...seen.flatMap((input) => endWarnings(input, mtuBytes)), ...(seen.length < pair.length ? alone(pair[0].link, mtuBytes) : [])];
}

/**
 * @param sshPath - Hosts whose SSH connection runs through this tunnel, in the order of the ends.
 * @throws {ProvisionError | ProvisionErrors} what stands in the way, of both ends at once.
 */
export function planLink(pair: Pair, goal: 'link' | 'unlink', sshPath: readonly string[] = []): LinkPlan {
  const link = pair[0].link;
  const mtu = pairMtu(pair, goal);
  const planEnd = (input: EndInput): EndPlan => (goal === 'link' ? linkEnd(input, mtu.bytes) : unlinkEnd(input));
  const [a, b] = gather(pair.map((input) => () => (input.elsewhere === true ? elsewhereEnd(input) : planEnd(input))));
  if (a === undefined || b === undefined) throw new ProvisionError('BUG', 'A link has two ends.');
  if (goal === 'link') {
    checkCarriers(pair);
    checkClamp(pair);
  }
  // After an unlink no ping crosses, and after a failed one neither need it.
  const ends: LinkPlan['ends'] = goal === 'unlink' ? [a, b] : [withAsk(a, pair[0], b), withAsk(b, pair[1], a)];
  return { link: link.name, goal, mtu, ends, warnings: goal === 'link' ? pairWarnings(pair, mtu.bytes) : [], sshPath };
}

/** Number of steps on both ends. */
export function stepCount(plan: LinkPlan): number {
  return plan.ends[0].steps.length + plan.ends[1].steps.length;
}
