/**
 * Recorded facts: where they are, how they are kept, and plans made from them without reaching any host (docs/ci.md).
 *
 * In: an inventory and a folder. Out: recordings by host, for the pipeline; sentences on how old they are. Reads only regular files of that folder.
 */
import { dirname, join, resolve } from 'node:path';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import { replaceFile } from '../files/write.js';
import { withPresent } from '../inventory/ends.js';
import type { Host, Inventory } from '../model/inventory.js';
import type { KeptRecording, Recording } from '../model/recording.js';
import { pathFrom } from '../report/findings.js';
import { makeFolders } from '../report/folders.js';
import { jsonText } from '../report/json.js';
import { wrap } from '../report/paint.js';
import { factsFileDocument, factsFileName, readFacts } from '../survey/facts-file.js';
import type { Session } from './session.js';

/** `facts/` beside the inventory, or the folder that was named. */
export const factsFolder = (session: Session, named: unknown): string =>
  resolve(session.io.cwd, typeof named === 'string' ? named : join(dirname(resolve(session.io.cwd, session.inventoryPath)), 'facts'));

/** A twin is no witness for a real host, nor one system for another. */
function fits(recording: KeptRecording, host: Host): ProvisionError | undefined {
  if (recording.simulated === host.twin) return undefined;
  const kind = (twin: string | undefined): string => (twin === undefined ? 'a real host' : `a simulated ${twin}`);
  return new ProvisionError('FACTS_INVALID', `The recorded facts of ${host.name} are those of ${kind(recording.simulated)}.`, {
    host: host.name,
    place: { file: recording.file, line: 1, column: 1 },
    why: `The inventory says that ${host.name} is ${kind(host.twin)}.`,
    state: 'Nothing was changed.',
    next: `Run: provision facts ${host.name} --save`,
  });
}

export interface Recorded {
  readonly recorded: ReadonlyMap<string, KeptRecording>;
  /** FACTS_INVALID for every file that cannot be used. */
  readonly errors: readonly ProvisionError[];
}

/** The recordings of the hosts of these links, as far as there are files. */
export function readRecorded(session: Session, inventory: Inventory, links: readonly string[], folder: string): Recorded {
  const within = session.boundary(folder);
  const names = new Set(links.flatMap((l) => inventory.links.get(l)?.ends.map((e) => e.host) ?? []));
  const errors: ProvisionError[] = [];
  const recorded = new Map<string, KeptRecording>();
  for (const name of names) {
    const host = inventory.hosts.get(name);
    const path = join(folder, factsFileName(name));
    try {
      const recording = readFacts(path, pathFrom(session.io.cwd, path), name, within);
      if (recording === undefined || host === undefined) continue;
      const wrong = fits(recording, host);
      if (wrong === undefined) recorded.set(name, recording);
      else errors.push(wrong);
    } catch (error) {
      if (!(error instanceof ProvisionError)) throw error;
      errors.push(error);
    }
  }
  return { recorded, errors };
}

/** The inventory with the addresses that dynamic hosts had when their facts were recorded: what this machine knows of them does not count. */
export function withRecordedAddresses(inventory: Inventory, recorded: ReadonlyMap<string, KeptRecording>): Inventory {
  const addresses = [...recorded.values()].flatMap(({ host, address }) => (address === undefined ? [] : [[host, address] as const]));
  return withPresent(inventory, new Map(addresses));
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** `3 days old` */
export function ageText(recorded: string, now: Date): string {
  const seconds = (now.getTime() - Date.parse(recorded)) / 1000;
  if (seconds < -300) return 'recorded in the future';
  const fits = UNITS.find(([, s]) => seconds >= s);
  if (fits === undefined) return 'just recorded';
  const [unit, size] = fits;
  const n = Math.floor(seconds / size);
  return `${n} ${unit}${n === 1 ? '' : 's'} old`;
}

/** How old the facts of each host are. */
export function ageNotes(recorded: readonly Pick<KeptRecording, 'host' | 'recorded'>[], now: Date): readonly string[] {
  if (recorded.length === 0) return [];
  const hosts = recorded.map((r) => `${clean(r.host)} ${ageText(r.recorded, now)} (${clean(r.recorded)})`).join(', ');
  return [`Planned from recorded facts: ${hosts}. No host was asked; what has changed on them since is not seen here.`];
}

export function sayNotes(session: Session, notes: readonly string[]): void {
  for (const note of notes) session.say(wrap(note, session.paint.width, '').join('\n'));
}

/** Writes the file of each host whole, or leaves what was there. @returns The files, in order. */
export function writeRecorded(folder: string, recordings: readonly Recording[]): readonly { readonly host: string; readonly file: string }[] {
  return recordings.map((recording) => {
    const file = join(folder, factsFileName(recording.host));
    try {
      makeFolders(folder);
      replaceFile(file, `${jsonText(factsFileDocument(recording), 2)}\n`, 0o644);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ProvisionError('USAGE', `${file} cannot be written.`, { why, next: 'Give another folder: provision facts HOST --save DIR', cause });
    }
    return { host: recording.host, file };
  });
}
