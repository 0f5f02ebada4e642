/**
 * What of an updater stands on one host already.
 *
 * In: a shell and the paths. Out: files, the folder, OpenSSH's version, the account's authorized_keys. Read only.
 */
import { ProvisionError } from '../errors/error.js';
import type { FileFact } from '../model/facts.js';
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';
import { opensshVersion } from './updater-files.js';

export interface UpdaterLook {
  readonly host: string;
  /** Folders that are missing, outermost first. */
  readonly missing: readonly string[];
  readonly version: ReturnType<typeof opensshVersion>;
  /** Of the account, on the fixed end only. */
  readonly authorizedKeys?: string;
  /** What was looked at, by path; absent files are not in it. */
  readonly files: ReadonlyMap<string, FileFact>;
  /** Folders that were asked for and are not there. */
  readonly noFolder: ReadonlySet<string>;
  /** None of the programs is there of which one is needed. */
  readonly noCron: boolean;
  /** Whether the program named with --program is there and can be run; undefined where none was asked for. */
  readonly program?: boolean;
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

/** What root alone may enter; the guard asks for the same (docs/wire.md). */
const PRIVATE = /^drwx------\S*\s+\d+\s+(0|root)\s/;

function missingFolders(host: string, folders: readonly string[], records: ReadonlyMap<string, CallRecord>): string[] {
  return folders.filter((folder, i) => {
    const record = records.get(`folder${i}`);
    if (record?.exit !== 0) return true;
    if (PRIVATE.test(text(record.stdout))) return false;
    throw new ProvisionError('GUARD_REFUSED', `${folder} on ${host} is not a folder that root alone may enter.`, {
      host,
      why: text(record.stdout).trim().slice(0, 200),
      state: 'Nothing was changed.',
      next: `Look who made it; then: chown root ${folder} && chmod 700 ${folder}`,
    });
  });
}

/** The text of a file that we would write or read; what is no regular file is nobody's to follow. */
function fact(host: string, path: string, record: CallRecord | undefined): FileFact | undefined {
  if (record?.exit === 1) return undefined;
  const mode = text(record?.stderr).trim().split(/\s+/)[0];
  if (record?.exit === 0 && record.stdoutTotal === record.stdout.length) {
    return { path, state: 'file', content: record.stdout, ...(mode === undefined ? {} : { mode }) };
  }
  throw new ProvisionError('FILE_REFUSED', `${path} on ${host} cannot be read, or is not a regular file.`, { host, state: 'Nothing was changed.' });
}

export interface LookRequest {
  readonly host: string;
  /** The folder of the link and the one above it. */
  readonly home: string;
  readonly paths: readonly string[];
  /** Account whose authorized_keys is wanted. */
  readonly account?: string;
  readonly program?: string;
  /** Folders that only others make: whether they are there. */
  readonly folders?: readonly string[];
  /** Programs of which one is needed to run what cron's files say. */
  readonly crons?: readonly string[];
}

/** The home folder of an account; names of accounts are checked (inventory, ssh_config) and hold nothing that a shell expands. */
const homeWords = (account: string): readonly string[] => ['sh', '-c', 'eval echo "~$1"', 'sh', account];

/** @throws {ProvisionError} where what is there must not be trusted or cannot be read. */
export async function lookAt(runner: PhaseRunner, request: LookRequest): Promise<UpdaterLook> {
  const { host, home, paths, account, program, folders: theirs = [], crons = [] } = request;
  const folders = [home.slice(0, home.lastIndexOf('/')), home];
  const first: Call[] = [
    ...folders.map((folder, i): Call => ({ verb: 'probe', id: `folder${i}`, words: ['ls', '-ldn', folder] })),
    { verb: 'probe', id: 'version', words: ['ssh', '-V'] },
    ...(account === undefined ? [] : [{ verb: 'probe', id: 'home', words: homeWords(account) } as const]),
    ...(program === undefined ? [] : [{ verb: 'probe', id: 'program', words: ['test', '-x', program] } as const]),
    ...theirs.map((folder, i): Call => ({ verb: 'probe', id: `theirs${i}`, words: ['ls', '-ldn', folder] })),
    ...crons.map((path, i): Call => ({ verb: 'probe', id: `cron${i}`, words: ['test', '-x', path] })),
    ...paths.map((path, i): Call => ({ verb: 'look', id: `file${i}`, path })),
  ];
  const { records, ...end } = await runner.run(first);
  if (end.status !== 'done') throw new ProvisionError('SSH_LOST', `${host} did not answer everything that was asked.`, { host });
  const missing = missingFolders(host, folders, records);
  const said = text(records.get('version')?.stdout) + text(records.get('version')?.stderr);
  const files = new Map(paths.flatMap((path, i) => [fact(host, path, records.get(`file${i}`))].flatMap((f) => (f === undefined ? [] : [[path, f]]))));
  const found = {
    host,
    missing,
    version: opensshVersion(said),
    files,
    noFolder: new Set(theirs.filter((_, i) => records.get(`theirs${i}`)?.exit !== 0)),
    noCron: crons.length > 0 && crons.every((_, i) => records.get(`cron${i}`)?.exit !== 0),
    ...(program === undefined ? {} : { program: records.get('program')?.exit === 0 }),
  };
  if (account === undefined) return found;
  const folder = text(records.get('home')?.stdout).trim();
  if (!/^\/[A-Za-z0-9._/-]*$/.test(folder)) {
    throw new ProvisionError('FACT_UNKNOWN', `The home folder of ${account} on ${host} could not be read.`, { host, state: 'Nothing was changed.' });
  }
  const ssh = `${folder === '/' ? '' : folder}/.ssh`;
  const authorizedKeys = `${ssh}/authorized_keys`;
  const more = await runner.run([
    { verb: 'look', id: 'keys', path: authorizedKeys },
    { verb: 'probe', id: 'ssh', words: ['ls', '-ldn', ssh] },
  ]);
  const needed = more.records.get('ssh')?.exit === 0 ? missing : [...missing, ssh];
  const keys = fact(host, authorizedKeys, more.records.get('keys'));
  return { ...found, missing: needed, authorizedKeys, files: keys === undefined ? files : new Map([...files, [authorizedKeys, keys]]) };
}
