/**
 * What is not as it was on the two ends of a link.
 *
 * In: what two surveys of one host found. Out: sentences, none where nothing has changed. Files are compared by digest, so that a state can be kept in the
 * journal without the text of files that belong to others.
 */
import { createHash } from 'node:crypto';
import type { EndState, FileFact, Known, PairState, TunnelState } from '../model/facts.js';
import type { Surveyed } from '../survey/survey.js';

/** One difference between before and now. */
export interface Difference {
  readonly host: string;
  /** A sentence. */
  readonly text: string;
}

function fileText({ state, mode, content }: FileFact): string {
  return state === 'file' ? `file ${mode ?? ''} ${createHash('sha256').update(content).digest('hex')}` : state;
}

export function endState({ facts }: Surveyed): EndState {
  const files = Object.fromEntries([...facts.files].filter(([, file]) => file.beside !== true).map(([path, file]) => [path, fileText(file)]));
  return { host: facts.host, driver: facts.driver.state, live: facts.live, files };
}

export const pairState = (found: readonly [Surveyed, Surveyed]): PairState => [endState(found[0]), endState(found[1])];

function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'boolean') return value ? 'there' : 'not there';
  return typeof value === 'object' ? Object.values(value).join(' ') : String(value);
}

function compare<T>(host: string, name: string, before: Known<T>, now: Known<T>): Difference[] {
  if (before.known && now.known && JSON.stringify(before.value) === JSON.stringify(now.value)) return [];
  if (!before.known && !now.known) return [];
  return [
    { host, text: `${host}: ${name} was ${before.known ? show(before.value) : 'not known'} and is ${now.known ? show(now.value) : 'not known'}` },
  ];
}

const upOrDown = (up: Known<boolean>): Known<string> => (up.known ? { known: true, value: up.value ? 'up' : 'down' } : up);

function liveDifferences(host: string, before: TunnelState, now: TunnelState): Difference[] {
  const settings = Object.keys(before.settings).flatMap((name) => {
    const [was, is] = [before.settings[name], now.settings[name]];
    return was === undefined || is === undefined ? [] : compare(host, name, was, is);
  });
  return [
    ...compare(host, 'the interface', before.exists, now.exists),
    ...compare(host, 'the outer pair', before.outer, now.outer),
    ...compare(host, 'the inner pair', before.inner, now.inner),
    ...compare(host, 'the MTU', before.mtu, now.mtu),
    ...compare(host, 'the outer TTL', before.ttl, now.ttl),
    ...compare(host, 'the state of the interface', upOrDown(before.up), upOrDown(now.up)),
    ...settings,
  ];
}

/** A setting that a freshly loaded driver brings along was nothing before: it is no difference. */
function appearedWithDriver(before: EndState, now: EndState): TunnelState {
  if (before.driver === 'ready') return now.live;
  const settings = Object.entries(now.live.settings).map(([name, value]) => {
    const was = before.live.settings[name];
    return [name, was?.known === true && was.value === null ? was : value] as const;
  });
  return { ...now.live, settings: Object.fromEntries(settings) };
}

/** What is not as it was, on one host. A driver that was loaded stays loaded: it serves everybody. */
export function differencesSince(before: EndState, now: EndState): Difference[] {
  const { host } = before;
  const paths = Object.keys(before.files).filter((path) => before.files[path] !== now.files[path]);
  return [
    ...liveDifferences(host, before.live, appearedWithDriver(before, now)),
    ...paths.map((path) => ({ host, text: `${host}: ${path} is not as it was` })),
  ];
}

/** The running system alone; boot files come later. */
export function pairLiveDifferences(before: PairState, now: PairState): Difference[] {
  return ([0, 1] as const).flatMap((i) => liveDifferences(before[i].host, before[i].live, appearedWithDriver(before[i], now[i])));
}

/** The same for both ends. */
export function pairDifferences(before: PairState, now: PairState): Difference[] {
  return ([0, 1] as const).flatMap((i) => differencesSince(before[i], now[i]));
}
