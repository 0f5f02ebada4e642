/**
 * What the verbs of the wire program must answer, whoever answers: real shells here, the simulated hosts in their own tests.
 *
 * In: nothing. Out: cases: files before, calls, the expected records and files after. Standard error is compared only as empty or not.
 */
import type { Call } from '../../../src/model/wire.js';

export type FileState =
  | { readonly content: string; readonly mode?: string }
  | { readonly link: string }
  | { readonly directory: true }
  | { readonly absent: true };

export interface ExpectedRecord {
  readonly id: string;
  readonly exit: number;
  readonly changed?: boolean;
  readonly matched?: boolean;
  /** Bytes as latin1; not compared where left out. */
  readonly stdout?: string;
  readonly stderr?: 'empty' | 'some';
}

export interface ContractCase {
  readonly name: string;
  /** Full paths; contents are bytes as latin1. Directories /etc and /tmp are always there. */
  readonly before: Readonly<Record<string, FileState>>;
  readonly calls: readonly Call[];
  readonly status: 'done' | 'failed';
  readonly failedId?: string;
  /** Exactly these records, in this order. */
  readonly records: readonly ExpectedRecord[];
  readonly after: Readonly<Record<string, FileState>>;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const FILE = '/etc/hostname.gre1';
const RC = '/etc/rc.conf';
const LINK: FileState = { link: '/etc/real' };
const DIR: FileState = { directory: true };
const BLOCK = '# BEGIN provision a.b\nx=1\n# END provision a.b\n';

const put = (content: string, mode = '0644', path = FILE): Call => ({ verb: 'put', id: 'put', mode, path, content: bytes(content) });
const block = (content: string, name = 'a.b'): Call => ({ verb: 'block', id: 'block', path: RC, name, content: bytes(content) });
const look = (path = FILE): Call => ({ verb: 'look', id: 'look', path });
const remove = (path = FILE): Call => ({ verb: 'remove', id: 'remove', path });

/** One call on one file. */
function single(name: string, before: FileState, call: Call, record: Omit<ExpectedRecord, 'id'>, after: FileState = before): ContractCase {
  const path = 'path' in call ? call.path : FILE;
  const failed = record.exit !== 0 && call.verb !== 'look' && call.verb !== 'probe';
  return {
    name,
    before: { [path]: before },
    calls: [call],
    status: failed ? 'failed' : 'done',
    ...(failed ? { failedId: call.id } : {}),
    records: [{ id: call.id, ...record }],
    after: { [path]: after },
  };
}

const CHANGED = { exit: 0, changed: true, stdout: '', stderr: 'empty' } as const;
const SAME = { exit: 0, changed: false, stdout: '', stderr: 'empty' } as const;

function putCases(): ContractCase[] {
  const file = { content: 'up\n', mode: '0644' };
  return [
    single('put makes a new file', { absent: true }, put('up\n'), CHANGED, file),
    single('put of the same content and mode changes nothing', file, put('up\n'), SAME),
    single('put replaces other content', { content: 'down\n', mode: '0644' }, put('up\n'), CHANGED, file),
    single('put sets another mode', file, put('up\n', '0600'), CHANGED, { content: 'up\n', mode: '0600' }),
    single('put writes an empty file', file, put(''), CHANGED, { content: '', mode: '0644' }),
    single('put keeps a missing last newline', file, put('up'), CHANGED, { content: 'up', mode: '0644' }),
    single('put carries every byte', { absent: true }, put('-n\r\n%s\\n\u00e9\u0001\t \n '), CHANGED, { content: '-n\r\n%s\\n\u00e9\u0001\t \n ' }),
    single('put refuses a symbolic link', LINK, put('up\n'), { exit: 2, changed: false }),
    single('put refuses a directory', DIR, put('up\n'), { exit: 3, changed: false }),
    {
      name: 'put into a directory that is not there fails',
      before: {},
      calls: [put('up\n', '0644', '/etc/nowhere/file')],
      status: 'failed',
      failedId: 'put',
      records: [{ id: 'put', exit: 5, changed: false, stderr: 'some' }],
      after: { '/etc/nowhere': { absent: true } },
    },
  ];
}

function blockCases(): ContractCase[] {
  const rc = (content: string, mode = '0640'): FileState => ({ content, mode });
  return [
    single('block makes a file', { absent: true }, block('x=1\n'), CHANGED, rc(BLOCK, '0644')),
    single('block appends', rc('a=1\n'), block('x=1\n'), CHANGED, rc(`a=1\n${BLOCK}`)),
    single('block appends to an empty file', rc(''), block('x=1\n'), CHANGED, rc(BLOCK)),
    single('block adds the newline that the file lacks', rc('a=1'), block('x=1\n'), CHANGED, rc(`a=1\n${BLOCK}`)),
    single('block ends its last line', rc('a=1\n'), block('x=1'), CHANGED, rc(`a=1\n${BLOCK}`)),
    single('block replaces in place', rc(`a\u00e9\r\n${BLOCK}b\u00ff`), block('y=2\nz=3\n'), CHANGED, {
      content: 'a\u00e9\r\n# BEGIN provision a.b\ny=2\nz=3\n# END provision a.b\nb\u00ff',
      mode: '0640',
    }),
    single('block that stands changes nothing', rc(`a\n${BLOCK}b`), block('x=1\n'), SAME),
    single('block of another name stays', rc('# BEGIN provision a-b\n# END provision a-b\n'), block('x=1\n'), CHANGED, {
      content: `# BEGIN provision a-b\n# END provision a-b\n${BLOCK}`,
    }),
    single('empty block takes the block away', rc(`a\n${BLOCK}b`), block(''), CHANGED, rc('a\nb')),
    single('empty block where none is changes nothing', rc('a'), block(''), SAME),
    single('empty block and no file changes nothing', { absent: true }, block(''), SAME),
    single('a file that held only the block goes with it', rc(BLOCK), block(''), CHANGED, { absent: true }),
    single('block refuses a symbolic link', LINK, block('x=1\n'), { exit: 2, changed: false }),
    single('block refuses a directory', DIR, block('x=1\n'), { exit: 3, changed: false }),
    single('block refuses a begin without an end', rc('# BEGIN provision a.b\nx\n'), block('x=1\n'), { exit: 7, changed: false, stderr: 'some' }),
    single('block refuses a block that stands twice', rc(BLOCK + BLOCK), block('x=2\n'), { exit: 7, changed: false, stderr: 'some' }),
    single('block refuses an end before its begin', rc('# END provision a.b\n# BEGIN provision a.b\n'), block(''), {
      exit: 7,
      changed: false,
      stderr: 'some',
    }),
  ];
}

function readCases(): ContractCase[] {
  return [
    single('look reads a file', { content: 'a\u00ff\r\nb' }, look(), { exit: 0, stdout: 'a\u00ff\r\nb', stderr: 'some' }),
    single('look reads an empty file', { content: '' }, look(), { exit: 0, stdout: '', stderr: 'some' }),
    single('look says absent', { absent: true }, look(), { exit: 1, stdout: '', stderr: 'empty' }),
    single('look says symbolic link', LINK, look(), { exit: 2, stdout: '' }),
    single('look says not a file', DIR, look(), { exit: 3, stdout: '' }),
    single('remove removes', { content: 'x' }, remove(), CHANGED, { absent: true }),
    single('remove of nothing changes nothing', { absent: true }, remove(), SAME),
    single('remove refuses a symbolic link', LINK, remove(), { exit: 2, changed: false }),
    single('remove refuses a directory', DIR, remove(), { exit: 3, changed: false }),
  ];
}

function commandCases(): ContractCase[] {
  const missing = ['no-such-command-here', 'x'];
  return [
    {
      name: 'a failing probe does not end the phase',
      before: {},
      calls: [{ verb: 'probe', id: 'p', words: missing }, look()],
      status: 'done',
      records: [
        { id: 'p', exit: 127, stdout: '', stderr: 'some' },
        { id: 'look', exit: 1, stdout: '' },
      ],
      after: {},
    },
    {
      name: 'a failing run skips the rest',
      before: {},
      calls: [{ verb: 'run', id: 'r', words: missing }, put('up\n'), look()],
      status: 'failed',
      failedId: 'r',
      records: [{ id: 'r', exit: 127, stdout: '', stderr: 'some' }],
      after: { [FILE]: { absent: true } },
    },
    {
      name: 'a failing put skips the rest',
      before: { [FILE]: LINK },
      calls: [put('up\n'), block('x=1\n')],
      status: 'failed',
      failedId: 'put',
      records: [{ id: 'put', exit: 2, changed: false }],
      after: { [FILE]: LINK, [RC]: { absent: true } },
    },
    {
      name: 'prove matches and goes on',
      before: {},
      calls: [{ verb: 'prove', id: 'v', pattern: '^[A-Z][A-Za-z]+( |$)', words: ['uname', '-sr'] }, look()],
      status: 'done',
      records: [
        { id: 'v', exit: 0, matched: true },
        { id: 'look', exit: 1 },
      ],
      after: {},
    },
    {
      name: 'prove without a match fails the phase though the command exits 0',
      before: {},
      calls: [{ verb: 'prove', id: 'v', pattern: '^-no-such-line$', words: ['uname', '-sr'] }, put('up\n')],
      status: 'failed',
      failedId: 'v',
      records: [{ id: 'v', exit: 0, matched: false }],
      after: { [FILE]: { absent: true } },
    },
  ];
}

/** All cases. */
export function contractCases(): readonly ContractCase[] {
  return [...putCases(), ...blockCases(), ...readCases(), ...commandCases()];
}
