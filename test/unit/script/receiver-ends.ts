/**
 * The same receiver file on two fixed ends: here in a real dash with stub commands, in receiver-simulated.ts on a simulated host. Both are asked, broken and
 * looked at in one way, at a time that a test sets.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Move } from '../../../src/model/updater.js';
import { PLACE } from '../../../src/script/move.js';
import { receiverText } from '../../../src/script/updater-text.js';
import { Room } from './room.js';

export const HOME = '/tmp/keep/pair';
export const GUARD = '/tmp/run.pair';
export const FILE = '/etc/tunnel';
/** Holds our block. */
export const BLOCK = '/etc/two';
export const FIXED = '212.25.240.34';
export const FIRST = '217.154.12.2';

/** What a test may do to a host, beside asking it. */
export interface Faults {
  /** The host refuses to change the tunnel. */
  point?: boolean;
  /** The boot file cannot be written. */
  boot?: boolean;
  /** Nothing comes back through the tunnel. */
  silent?: boolean;
  /** A run holds the link. */
  guard?: boolean;
}

export interface ReceiverEnd {
  install(more: { readonly any?: boolean; readonly private?: boolean }): void;
  /** From now on these, and no others. */
  faults(now: Faults): void;
  /** A file in the folder of the link; null takes it away. */
  put(name: 'address' | 'recent', text: string | null): void;
  /** As a boot with older files leaves it. */
  tunnel(pair: string): void;
  ask(request: string, connection: string, seconds: number): Promise<string>;
  /** Tunnel, boot files, what is in use and the last line of the log. */
  state(): readonly string[];
  close(): void;
}

const move: Move = {
  point: [
    { verb: 'run', id: 'outer', words: ['tun', 'set', PLACE.newLocal, PLACE.newRemote] },
    { verb: 'prove', id: 'outer.proof1', pattern: `^${PLACE.newLocal} ${PLACE.newRemote}$`, words: ['tun', 'show'] },
  ],
  boot: [
    { verb: 'put', id: 'boot', mode: '0644', path: FILE, content: Buffer.from(`${PLACE.newLocal} ${PLACE.newRemote}\n`) },
    { verb: 'block', id: 'block', path: BLOCK, name: 'pair', content: Buffer.from(`${PLACE.newRemote}\n`) },
  ],
  across: { verb: 'prove', id: 'across', pattern: ' 1 received', words: ['reach-it'] },
};

export const textFor = (
  more: { readonly any?: boolean; readonly private?: boolean },
  where: { readonly root?: string; readonly path?: string },
): string =>
  receiverText({
    link: 'pair',
    home: HOME,
    guard: GUARD,
    outer: { local: FIXED, remote: FIRST },
    own: ['10.1.12.37', '10.1.12.38'],
    move,
    any: more.any === true,
    private: more.private === true,
    ...where,
  });

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** A real shell; the clock of the host is a file. */
export class DashEnd implements ReceiverEnd {
  private readonly room = new Room();

  constructor() {
    const at = (path: string): string => `'${this.room.at(path)}'`;
    mkdirSync(this.room.at(HOME), { recursive: true });
    this.room.stub(
      'tun',
      `case $1 in
show) cat ${at('/tmp/tunnel')} ;;
set) [ -f ${at('/tmp/broken')} ] && { echo no >&2; exit 1; }; echo "$2 $3" >${at('/tmp/tunnel')} ;;
esac`,
    );
    this.room.stub('logger', `shift 4; echo "$*" >>${at('/tmp/syslog')}`);
    this.room.stub('reach-it', `[ -f ${at('/tmp/silent')} ] || echo '1 packets transmitted, 1 received'`);
    // Waits for the disk of this machine, many times.
    this.room.stub('sync', ':');
    this.room.stub('date', `cat ${at('/tmp/now')}`);
  }

  private write(path: string, text: string): void {
    writeFileSync(this.room.at(path), text);
  }

  private text(path: string): string {
    const full = this.room.at(path);
    return existsSync(full) ? readFileSync(full, 'utf8') : '';
  }

  install(more: { readonly any?: boolean; readonly private?: boolean }): void {
    const { root, path } = this.room;
    this.write(`${HOME}/receiver`, textFor(more, { root, path }));
    chmodSync(this.room.at(`${HOME}/receiver`), 0o700);
  }

  faults(now: Faults): void {
    for (const path of ['/tmp/broken', '/tmp/silent', GUARD]) rmSync(this.room.at(path), { recursive: true, force: true });
    if (now.point === true) this.write('/tmp/broken', '');
    if (now.silent === true) this.write('/tmp/silent', '');
    if (now.guard === true) {
      mkdirSync(this.room.at(GUARD));
      this.write(`${GUARD}/armed.abcd`, 'somebody\n');
    }
    this.blockBoot(now.boot === true);
  }

  /** A folder in the place of the boot file, which waits beside it: root may write to everything else. */
  private blockBoot(blocked: boolean): void {
    const [file, kept] = [this.room.at(FILE), this.room.at(`${FILE}.kept`)];
    if (blocked === isFolder(file)) return;
    if (!blocked) rmSync(file, { recursive: true });
    const [from, to] = blocked ? [file, kept] : [kept, file];
    if (existsSync(from)) renameSync(from, to);
    if (blocked) mkdirSync(file);
  }

  put(name: 'address' | 'recent', text: string | null): void {
    if (text === null) rmSync(this.room.at(`${HOME}/${name}`), { force: true });
    else this.write(`${HOME}/${name}`, text);
  }

  tunnel(pair: string): void {
    this.write('/tmp/tunnel', `${pair}\n`);
  }

  async ask(request: string, connection: string, seconds: number): Promise<string> {
    this.write('/tmp/now', `${seconds}\n`);
    const env = { PATH: '/usr/bin:/bin', SSH_CONNECTION: connection, SSH_ORIGINAL_COMMAND: request };
    const child = spawn('dash', [this.room.at(`${HOME}/receiver`)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
    });
    const exit = await new Promise((resolve) => child.once('close', resolve));
    return `${exit} ${out}`;
  }

  state(): readonly string[] {
    return [
      this.text('/tmp/tunnel'),
      this.text(isFolder(this.room.at(FILE)) ? `${FILE}.kept` : FILE),
      this.text(BLOCK),
      this.text(`${HOME}/address`),
      this.text(`${HOME}/recent`),
      this.text('/tmp/syslog').split('\n').at(-2) ?? '',
    ];
  }

  close(): void {
    this.room.remove();
  }
}
