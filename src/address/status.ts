/**
 * How an updater stands, for people, for programs and for Prometheus.
 *
 * In: settings and state of each link. Out: text. Read from the state file, so it can be shown beside a running updater.
 */
import { clean } from '../errors/clean.js';
import type { UpdaterConfig } from '../model/updater.js';
import type { UpdaterState } from './state.js';

export interface Standing {
  readonly config: UpdaterConfig;
  /** Absent: the updater has not run yet. */
  readonly state: UpdaterState | undefined;
}

/** The other end has what this end uses, as far as is known. Behind a gateway nothing has to be told while pings come back. */
function isTold({ config, state }: Standing): boolean {
  if (state === undefined || state.pending !== undefined) return false;
  return config.watch === undefined ? state.succeededAt !== undefined : state.told?.address === state.local;
}

/** Both ends, their boot files, and no failure since. */
export const isAsWanted = (standing: Standing): boolean => isTold(standing) && standing.state?.error === undefined;

const moment = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

/** `{link, asWanted, ...}` with times as UTC, ISO 8601; what is not known is null. */
export function standingDocument(standing: Standing): Record<string, unknown> {
  const { config, state } = standing;
  const { told, pending, error } = state ?? {};
  return {
    link: config.link,
    host: config.host,
    peer: config.peer,
    via: config.via ?? null,
    watch: config.watch ?? null,
    schedule: config.schedule,
    asWanted: isAsWanted(standing),
    local: state?.local ?? config.outer.local,
    remote: state?.remote ?? config.outer.remote,
    boot: state === undefined ? config.outer.local : (state.boot ?? null),
    seq: state?.seq ?? 0,
    told:
      told === undefined
        ? null
        : { address: told.address ?? null, seen: told.seen ?? null, seq: told.seq, at: moment(told.at), confirmed: told.confirmed },
    pending: pending === undefined ? null : { address: pending.address ?? null, seq: pending.seq, since: moment(pending.since) },
    changedAt: moment(state?.changedAt) ?? null,
    succeededAt: moment(state?.succeededAt) ?? null,
    nextAt: moment(state?.nextAt) ?? null,
    error: error === undefined ? null : { at: moment(error.at), text: clean(error.text) },
    changes: state?.changes ?? 0,
    failures: state?.failures ?? 0,
  };
}

/** Without a zone nobody can compare it with the log of another host. */
const shown = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function toldText({ config, state }: Standing): string {
  const { told, pending } = state ?? {};
  const asked = config.via ?? config.peer;
  if (told === undefined) return `${asked} has been told nothing so far`;
  const stale = pending === undefined ? '' : ' (before the present wish)';
  const what = `${told.seen ?? told.address ?? 'what it sees'}`;
  if (config.via !== undefined)
    return `${asked} has noted ${what}, told ${shown(told.at)}${stale}; ${config.peer} is at ${state?.remote ?? config.outer.remote}`;
  return `${asked} uses ${told.seen ?? told.address ?? 'what it sees'}${told.confirmed ? ', confirmed' : ', unconfirmed'}, told ${shown(told.at)}${stale}`;
}

/** Lines for people: one that says it all, and those that say more. */
export function standingLines(standing: Standing): readonly string[] {
  const { config, state } = standing;
  const local = state?.local ?? config.outer.local;
  const lines = [`${isAsWanted(standing) ? 'ok  ' : 'wait'}  ${config.link}  ${config.host} uses ${local}; ${toldText(standing)}`];
  const more = (name: string, text: string | undefined): void =>
    void (text === undefined ? undefined : lines.push(`      ${name.padEnd(13)} ${text}`));
  const { pending } = state ?? {};
  more('pending', pending && `${pending.address ?? 'where we are seen'}, request ${pending.seq}, since ${shown(pending.since)}`);
  more('boot files', state !== undefined && state.boot !== state.local ? (state.boot ?? 'not known to hold the present address') : undefined);
  more('last change', state?.changedAt === undefined ? 'none yet' : shown(state.changedAt));
  more('last success', state?.succeededAt === undefined ? 'none yet' : shown(state.succeededAt));
  more('last error', state?.error && `${shown(state.error.at)}: ${state.error.text}`);
  more('next try', state?.nextAt === undefined ? `on its schedule: ${config.schedule}` : shown(state.nextAt));
  return lines.map((line) => clean(line));
}

/** Value of a label, as the Prometheus text format wants it. */
const label = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** @returns Nothing for what is not known: a gap says more than a zero. */
const METRICS: readonly (readonly [name: string, type: 'gauge' | 'counter', help: string, value: (standing: Standing) => number | undefined])[] = [
  ['up', 'gauge', 'The updater of this link runs.', () => 1],
  ['last_change_seconds', 'gauge', 'When an address was last changed, in seconds since 1970.', ({ state }) => seconds(state?.changedAt)],
  [
    'last_success_seconds',
    'gauge',
    'When the other end was last known to be right, in seconds since 1970.',
    ({ state }) => seconds(state?.succeededAt),
  ],
  ['changes_total', 'counter', 'Changes of the outer address.', ({ state }) => state?.changes ?? 0],
  ['failures_total', 'counter', 'Attempts that failed.', ({ state }) => state?.failures ?? 0],
  ['pending', 'gauge', 'The other end has not acknowledged the present wish.', (standing) => (isTold(standing) ? 0 : 1)],
];

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

/** Prometheus text format 0.0.4. */
export function metricsText(standings: readonly Standing[]): string {
  const lines = METRICS.flatMap(([name, type, help, value]) => {
    const whole = `provision_updater_${name}`;
    const samples = standings.flatMap((standing) => {
      const found = value(standing);
      return found === undefined ? [] : [`${whole}{link="${label(standing.config.link)}"} ${found}`];
    });
    return samples.length === 0 ? [] : [`# HELP ${whole} ${help}`, `# TYPE ${whole} ${type}`, ...samples];
  });
  return `${lines.join('\n')}\n`;
}
