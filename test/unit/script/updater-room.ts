/** One end as the scripts of an updater see it in a real shell: a folder for its files and stub commands that keep its tunnel in a file. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Move } from '../../../src/model/updater.js';
import { PLACE } from '../../../src/script/move.js';
import { FILE, FIRST, FIXED, GUARD, HOME } from './receiver-ends.js';
import { Room } from './room.js';

export { FILE, FIRST, FIXED, GUARD, HOME };
export const OTHER = '198.51.100.9';

export interface Ran {
  readonly exit: number;
  readonly out: string;
}

export function run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const [file = '', ...args] = words;
  return new Promise((resolve) => {
    const child = spawn(file, args, { env: { PATH: '/usr/bin:/bin', ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
    });
    child.once('close', (exit) => resolve({ exit: exit ?? -1, out: out.trim() }));
  });
}

/** As a playbook says it: one change that is read back, one boot file with both addresses. */
export const move: Move = {
  point: [
    { verb: 'run', id: 'outer', words: ['tun', 'set', "it's $HOME", PLACE.newLocal, PLACE.newRemote] },
    { verb: 'prove', id: 'outer.proof1', pattern: `^${PLACE.newLocal} ${PLACE.newRemote}$`, words: ['tun', 'show'] },
  ],
  boot: [
    {
      verb: 'put',
      id: 'boot',
      mode: '0644',
      path: FILE,
      content: Buffer.from(`# $HOME \`id\` \\ 'quoted'\n${PLACE.newLocal} ${PLACE.newRemote}\n`),
    },
  ],
  across: { verb: 'prove', id: 'across', pattern: ' 1 received', words: ['reach-it'] },
};

/** One end: a folder for its files and commands that keep its tunnel in a file. */
export class EndRoom extends Room {
  constructor(pair: string) {
    super();
    mkdirSync(this.at(HOME), { recursive: true });
    this.stub(
      'tun',
      `f='${this.at('/tmp/tunnel')}'
case $1 in
show) cat "$f" ;;
set) [ -f '${this.at('/tmp/broken')}' ] && { echo no >&2; exit 1; }; echo "$3 $4" >"$f"; echo "$*" >>'${this.at('/tmp/done')}' ;;
esac`,
    );
    this.stub('logger', `echo "$*" >>'${this.at('/tmp/syslog')}'`);
    // Not `ping`: the shell of busybox has that within itself.
    this.stub('reach-it', `[ -f '${this.at('/tmp/answers')}' ] && echo '1 packets transmitted, 1 received'`);
    this.put('/tmp/tunnel', `${pair}\n`);
    this.put('/tmp/answers', '');
  }

  put(path: string, text: string): void {
    writeFileSync(this.at(path), text);
  }

  text(path: string): string {
    return existsSync(this.at(path)) ? readFileSync(this.at(path), 'utf8') : '';
  }

  script(name: string, text: string): string {
    writeFileSync(this.at(`${HOME}/${name}`), text);
    chmodSync(this.at(`${HOME}/${name}`), 0o700);
    return this.at(`${HOME}/${name}`);
  }
}
