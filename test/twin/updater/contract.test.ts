/** The same requests to the real receiver in a real shell and to the simulated one: the same answers, logs, files and tunnels. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Move } from '../../../src/model/updater.js';
import { PLACE } from '../../../src/script/move.js';
import { receiverText } from '../../../src/script/updater-text.js';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';
import { receive } from '../../../src/twin/receiver.js';
import { readReceiver } from '../../../src/twin/receiver-file.js';
import { seenIn } from '../../../src/twin/receiver-request.js';
import type { CommandResult } from '../../../src/twin/system.js';
import { Room } from '../../unit/script/room.js';
import { isInstalled, SYSTEM_SHELLS } from '../../unit/script/shell.js';
import { FIRST, FIXED, NEXT } from './rig.js';

const HOME = '/tmp/keep/pair';
const GUARD = '/tmp/run.pair';
const RUN = 'abcdef01';
const OTHER = '198.51.100.66';

const { newLocal, newRemote } = PLACE;
/** One command that no shell has built in keeps the pair, shows it and pings. */
const move: Move = {
  point: [
    { verb: 'run', id: 'outer', words: ['tun', 'set', newLocal, newRemote] },
    { verb: 'prove', id: 'proof', pattern: `^${newLocal} ${newRemote}$`, words: ['tun', 'show'] },
  ],
  boot: [
    { verb: 'put', id: 'put', mode: '0644', path: '/etc/one', content: Buffer.from(`${newLocal} ${newRemote}\n`) },
    { verb: 'block', id: 'block', path: '/etc/two', name: 'pair', content: Buffer.from(`${newRemote}\n`) },
  ],
  across: { verb: 'prove', id: 'across', pattern: ' 1 received', words: ['tun', 'ping'] },
};
const data = { link: 'pair', home: HOME, guard: GUARD, outer: { local: FIXED, remote: FIRST }, own: ['10.1.12.37', '10.1.12.38'], move };

interface Options {
  readonly any: boolean;
  readonly private: boolean;
}

/** What is the case when a request comes. */
interface Step {
  readonly asked: string;
  readonly from?: string;
  /** Pings are not answered. */
  readonly far?: boolean;
  /** The host refuses the change; a run holds the link; a folder stands in the place of a boot file; somebody has pointed the tunnel elsewhere. */
  readonly wrong?: 'refused' | 'held' | 'folder' | 'elsewhere';
}

interface Seen {
  readonly exit: number;
  readonly line: string;
  readonly tunnel: string;
  /** Without the time. */
  readonly address: string;
  readonly boot: readonly string[];
  readonly log: string;
}

interface Stand {
  take(step: Step): Promise<Seen>;
  remove(): void;
}

const timeless = (text: string): string => text.trim().replace(/ \d+$/, '');

function simulated(options: Options): Stand {
  const host = new SimulatedHost({ name: 'a', system: 'FreeBSD 13.2', addresses: [FIXED] }, new Internet());
  const { files } = host.system;
  host.exec(['mkdir', '-p', HOME]);
  let [tunnel, now]: [string, Step] = [`${FIXED} ${FIRST}`, { asked: '' }];
  const tun = (words: readonly string[]): CommandResult => {
    const [, verb = '', local = '', remote = ''] = words;
    if (verb === 'set' && now.wrong === 'refused') return { exit: 1, stdout: '', stderr: 'no\n' };
    if (verb === 'set') tunnel = `${local} ${remote}`;
    return { exit: 0, stdout: verb === 'show' ? `${tunnel}\n` : verb === 'ping' && now.far !== true ? '1 sent, 1 received\n' : '', stderr: '' };
  };
  const exec = host.system.exec.bind(host.system);
  host.system.exec = (words) => (words[0] === 'tun' ? tun(words) : exec(words));
  files.write(`${HOME}/address`, `0 ${FIRST} confirmed 0\n`);
  const file = readReceiver(receiverText({ ...data, ...options }));
  if (file === undefined) throw new Error('not readable');
  const set = (step: Step): void => {
    const { wrong } = step;
    now = step;
    if (wrong === 'elsewhere') tunnel = `${FIXED} 203.0.113.77`;
    files.removeDirectory('/etc/one');
    if (wrong === 'folder') {
      files.remove('/etc/one');
      files.addDirectory('/etc/one');
    }
    host.guards.disarm(GUARD, RUN);
    if (wrong !== 'held') return;
    const work = { phase: () => Promise.resolve('done' as const), drop: () => undefined };
    host.guards.arm(GUARD, { run: RUN, holder: 'somebody', seconds: 600, script: '', keep: '/tmp/keep' }, work);
  };
  return {
    take: async (step) => {
      set(step);
      const answer = await receive(host, file, step.asked, seenIn(`${step.from ?? NEXT} 50000 ${FIXED} 22`));
      return {
        exit: answer?.exit ?? -1,
        line: answer?.line ?? '',
        tunnel,
        address: timeless(files.read(`${HOME}/address`) ?? ''),
        boot: ['/etc/one', '/etc/two'].map((path) => files.read(path) ?? ''),
        log: host.syslog.at(-1)?.replace(/^provision: /, '') ?? '',
      };
    },
    remove: () => void host.guards.disarm(GUARD, RUN),
  };
}

function real(argv: readonly string[], options: Options): Stand {
  const room = new Room();
  const text = (path: string): string => {
    try {
      return readFileSync(room.at(path), 'utf8');
    } catch {
      return '';
    }
  };
  const flag = (path: string, is: boolean): void => (is ? writeFileSync(room.at(path), '') : rmSync(room.at(path), { force: true }));
  mkdirSync(room.at(HOME), { recursive: true });
  room.stub(
    'tun',
    `f='${room.at('/tmp/tunnel')}'
case $1 in
show) cat "$f" ;;
ping) if [ ! -f '${room.at('/tmp/far')}' ]; then echo '1 sent, 1 received'; fi ;;
set) if [ -f '${room.at('/tmp/refused')}' ]; then exit 1; fi; echo "$2 $3" >"$f" ;;
esac`,
  );
  room.stub('logger', `shift; shift; shift; shift; echo "$*" >>'${room.at('/tmp/syslog')}'`);
  writeFileSync(room.at('/tmp/tunnel'), `${FIXED} ${FIRST}\n`);
  writeFileSync(room.at(`${HOME}/address`), `0 ${FIRST} confirmed 0\n`);
  const script = room.at(`${HOME}/receiver`);
  writeFileSync(script, receiverText({ ...data, ...options, root: room.root, path: room.path }), { mode: 0o700 });
  const [file = '', ...args] = argv;
  return {
    take: async ({ asked, from = NEXT, far = false, wrong }) => {
      if (wrong === 'elsewhere') writeFileSync(room.at('/tmp/tunnel'), `${FIXED} 203.0.113.77\n`);
      flag('/tmp/far', far);
      flag('/tmp/refused', wrong === 'refused');
      rmSync(room.at(GUARD), { recursive: true, force: true });
      if (wrong === 'held') {
        mkdirSync(room.at(GUARD), { mode: 0o700 });
        writeFileSync(room.at(`${GUARD}/armed.${RUN}`), 'somebody\n');
      }
      if (wrong === 'folder') {
        rmSync(room.at('/etc/one'), { force: true });
        mkdirSync(room.at('/etc/one'));
      }
      const env = { PATH: '/usr/bin:/bin', SSH_CONNECTION: `${from} 50000 ${FIXED} 22`, SSH_ORIGINAL_COMMAND: asked };
      const child = spawn(file, [...args, script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      let out = '';
      child.stdout.on('data', (bytes: Buffer) => {
        out += bytes.toString();
      });
      const exit = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
      if (wrong === 'folder') rmSync(room.at('/etc/one'), { recursive: true });
      return {
        exit,
        line: out.trim(),
        tunnel: text('/tmp/tunnel').trim(),
        address: timeless(text(`${HOME}/address`)),
        boot: ['/etc/one', '/etc/two'].map(text),
        log: text('/tmp/syslog').trim().split('\n').at(-1) ?? '',
      };
    },
    remove: () => room.remove(),
  };
}

const ask = (asked: string, more: Omit<Step, 'asked'> = {}): Step => ({ asked: `provision 1 ${asked}`, ...more });

const STORIES: readonly (readonly [string, Options, readonly Step[]])[] = [
  [
    'moves, the same again, older and later ones',
    { any: false, private: false },
    [
      ask('see', { from: FIRST }),
      ask('move 0'),
      ask('move 0', { from: OTHER }),
      ask('move 5'),
      ask('move 5', { from: OTHER }),
      ask('move 4'),
      ask('move 06', { from: OTHER }),
      ask('move 7', { from: `::ffff:${NEXT}` }),
      ask('see', { from: OTHER }),
      ask('move 7', { wrong: 'elsewhere' }),
      ask('move 8', { wrong: 'elsewhere' }),
    ],
  ],
  [
    'no ping, a refused change, a run that holds the link, boot files that cannot be written',
    { any: false, private: false },
    [
      ask('move 1', { far: true }),
      ask('move 2'),
      ask('move 3', { from: OTHER, wrong: 'refused' }),
      ask('move 3', { from: OTHER, wrong: 'held' }),
      ask('move 3', { wrong: 'held' }),
      ask('move 4', { from: OTHER, wrong: 'folder' }),
      ask('see', { from: OTHER }),
      ask('move 4', { from: OTHER, wrong: 'folder' }),
      ask('move 4', { from: OTHER }),
      ask('move 5', { wrong: 'folder' }),
      ask('move 6'),
    ],
  ],
  [
    'addresses that are named',
    { any: true, private: false },
    [
      ask(`move 1 ${OTHER}`, { far: true }),
      ask(`move 1 ${OTHER}`),
      ask(`move 2 ${FIRST}`),
      ask(`move 3 ${OTHER}`),
      ask(`move 4 ${NEXT}`, { far: true }),
      ask('move 5 fe80'),
      ask('move 5 1.2.3'),
      ask('move 5 10.1.1.1'),
      ask('move 5 10.1.12.38'),
      ask(`move 5 ${FIXED}`),
      ask('move 5 224.0.0.5'),
      ask('move 5', { from: 'fe80::1' }),
      ask('move 5', { from: '192.168.3.4' }),
    ],
  ],
  [
    'private addresses where they will do',
    { any: false, private: true },
    [ask('move 1', { from: '192.168.3.4' }), ask('move 2', { from: '127.0.0.1' })],
  ],
  [
    'what is no request',
    { any: false, private: false },
    [
      '',
      'sh',
      'provision',
      'provision 2 see',
      'provision  1  see',
      ' provision 1 see',
      'provision 1 see x',
      'provision 1 move',
      'provision 1 move a',
      'provision 1 move 1 2 3',
    ]
      .concat([
        'provision 1 move 1;id',
        'provision 1 move $(id)',
        'provision 1 move 1\nid',
        `provision 1 move ${'1'.repeat(90)}`,
        'provision 1 move 1234567890',
        'provision 1 *',
      ])
      .concat([`provision 1 move 1 ${OTHER}`, 'provision 1 move 1 x'])
      .map((asked) => ({ asked })),
  ],
  ['more than ten moves in a minute', { any: false, private: false }, Array.from({ length: 12 }, (_, i) => ask(`move ${i + 1}`, { from: FIRST }))],
];

let stands: Stand[] = [];
afterEach(() => {
  for (const stand of stands) stand.remove();
  stands = [];
});

/** One shell will do: that all of them agree is test/unit/script/updater.test.ts. */
const shell = SYSTEM_SHELLS.find(isInstalled);

describe.skipIf(shell === undefined)('the simulated receiver and the real one agree', () => {
  it.each(STORIES)('%s', { timeout: 120_000 }, async (_name, options, steps) => {
    stands = [simulated(options), real(shell?.argv ?? [], options)];
    for (const step of steps) {
      const [here, there] = await Promise.all(stands.map((stand) => stand.take(step)));
      // How long to wait depends on the clock.
      const plain = (seen?: Seen) => JSON.parse(JSON.stringify(seen ?? null).replaceAll(/busy \d\d/g, 'busy N')) as unknown;
      expect([step, plain(here)]).toEqual([step, plain(there)]);
    }
  });
});
