/**
 * Files of a host as facts: those that a playbook names, and those of a folder that it looks through for what was written by hand.
 *
 * In: a shell, answers of a phase. Out: facts of files. Read only. The names of a folder are the host's own, so one that is no plain name is not looked at, and a
 * folder in which something was not looked at proves nothing.
 */
import { ProvisionError } from '../errors/error.js';
import type { FileFact } from '../model/facts.js';
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';
import { textOf } from './bytes.js';
import { needAll } from './identify.js';

const STATES: FileFact['state'][] = ['file', 'absent', 'symlink'];
const MOST_FILES = 64;
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9._@:+-]{0,99}$/;

/** Values that are keys or passwords by their name; nobody here needs them, and facts may be kept. */
const SECRET = /^(\s*["']?[\w.-]*(?:private|preshared|psk|passw|secret|token|wep-key)[\w.-]*["']?\s*[:=]\s*)\S.*$/gim;

const isCut = (record: CallRecord): boolean => record.stdoutTotal > record.stdout.length;

/** @throws {ProvisionError} FACT_UNKNOWN for a file that is longer than what travels. */
export function fileFact(path: string, record: CallRecord | undefined): FileFact {
  if (record === undefined) return { path, state: 'other', content: new Uint8Array() };
  if (record.exit === 0 && isCut(record)) {
    throw new ProvisionError('FACT_UNKNOWN', `${path} is larger than provision reads (${record.stdoutTotal} bytes).`, {
      state: 'Nothing was changed.',
    });
  }
  const mode = record.exit === 0 ? textOf(record.stderr).trim().split(/\s+/)[0] : undefined;
  return { path, state: STATES[record.exit] ?? 'other', content: record.stdout, ...(mode === undefined ? {} : { mode }) };
}

const unread = (path: string): FileFact => ({ path, state: 'other', content: new Uint8Array(), beside: true });

/** Of a file that no step writes: one that cannot be read whole is not read, and stops nothing. */
function besideFact(path: string, record: CallRecord | undefined): FileFact {
  if (record === undefined || (record.exit === 0 && isCut(record))) return unread(path);
  const fact = fileFact(path, record);
  const text = Buffer.from(fact.content).toString('latin1');
  const open = text.replaceAll(SECRET, '$1(left out)');
  return { ...fact, content: open === text ? fact.content : Buffer.from(open, 'latin1'), beside: true };
}

/** The names in a folder that a pattern means, and the mark of what could not be named. */
function namesIn(pattern: string, listed: CallRecord | undefined): { readonly paths: string[]; readonly odd: FileFact[] } {
  if (listed === undefined || listed.exit !== 0) return { paths: [], odd: [] };
  const folder = pattern.slice(0, pattern.lastIndexOf('/'));
  const source = pattern.slice(folder.length + 1).replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  const meant = new RegExp(`^${source.replaceAll('*', '[^/]*')}$`);
  const names = textOf(listed.stdout)
    .split('\n')
    .filter((name) => name !== '' && meant.test(name));
  const plain = names.filter((name) => PLAIN.test(name));
  const whole = plain.length === names.length && plain.length <= MOST_FILES && !isCut(listed);
  return { paths: plain.slice(0, MOST_FILES).map((name) => `${folder}/${name}`), odd: whole ? [] : [unread(pattern)] };
}

/** What is asked about files that no step writes: single ones by the id of their question, folders by that of their listing. */
export interface Beside {
  readonly files: ReadonlyMap<string, string>;
  readonly folders: ReadonlyMap<string, string>;
  /** Files that steps write; they are read as such. */
  readonly own: ReadonlySet<string>;
  /** Files that such a folder held when it was last looked at, by the id of their question. */
  readonly seen: ReadonlyMap<string, string>;
}

/** Looks at what was asked for; where a folder has files that are meant and were not there the last time, that is one more phase. */
export async function lookBeside(
  runner: PhaseRunner,
  host: string,
  asked: Beside,
  records: ReadonlyMap<string, CallRecord>,
): Promise<Map<string, FileFact>> {
  const found = new Map([...asked.files].map(([path, id]) => [path, besideFact(path, records.get(id))]));
  const paths = new Set<string>();
  for (const [pattern, id] of asked.folders) {
    const { paths: named, odd } = namesIn(pattern, records.get(id));
    for (const path of named) {
      const known = records.get(asked.seen.get(path) ?? '');
      if (found.has(path) || asked.own.has(path)) continue;
      if (known === undefined) paths.add(path);
      else found.set(path, besideFact(path, known));
    }
    for (const fact of odd) found.set(fact.path, fact);
  }
  if (paths.size === 0) return found;
  const calls = [...paths].map((path, i): Call => ({ verb: 'look', id: `b${i}`, path, quiet: true }));
  const { records: looked } = needAll(host, await runner.run(calls));
  for (const [i, path] of [...paths].entries()) found.set(path, besideFact(path, looked.get(`b${i}`)));
  return found;
}
