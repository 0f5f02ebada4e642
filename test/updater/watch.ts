/**
 * What must hold at every moment, looked at after every command that either host runs and every line that the fixed end logs.
 */
import type { LoggedCommand, SimulatedHost } from '../../src/twin/host.js';

const INNER = { left: '10.1.12.37', right: '10.1.12.38' } as const;
const OUTER = /^(?:198\.51\.100|203\.0\.113|198\.18\.\d+)\.\d+$/;
const ASKED = /asked: provision 1 move (\d+)(?: \S+)?: (\S+)(?: (\S+))?(?: (\S+))?/;

const hasInner = (host: SimulatedHost, inner: string): boolean =>
  host.system.stack.interfaces.get('gre1')?.addresses.some((a) => a.local === inner) === true;

/** Every command that names an outer address changes something: what only reads has the addresses in its pattern. */
const changes = ({ words }: LoggedCommand): boolean => words.some((w) => OUTER.test(w));

function onPush<T>(list: readonly T[], seen: (item: T) => void): void {
  const array = list as T[];
  array.push = (...items: T[]): number => {
    const length = Array.prototype.push.apply(array, items);
    items.forEach(seen);
    return length;
  };
}

export class Watch {
  /** What must not be, each a sentence. */
  readonly wrong: string[] = [];
  /** Answers of the fixed end since the start, by their first word. */
  readonly answers = new Map<string, number>();
  /** Repeated answers to a number that was carried out. */
  again = 0;
  private last = { seq: 0, address: '' };
  private changed: string[] = [];

  constructor(fixed: SimulatedHost, dynamic: SimulatedHost) {
    onPush(dynamic.log, (command) => this.ran(dynamic, INNER.right, command));
    onPush(fixed.log, (command) => {
      this.ran(fixed, INNER.left, command);
      if (changes(command)) this.changed.push(command.words.join(' '));
    });
    onPush(fixed.syslog, (line) => this.logged(line));
    const reboot = fixed.reboot.bind(fixed);
    fixed.reboot = (why) => {
      // What was under way has never been answered.
      this.changed = [];
      reboot(why);
    };
  }

  private ran(host: SimulatedHost, inner: string, { words }: LoggedCommand): void {
    if (!hasInner(host, inner)) this.wrong.push(`${host.spec.name} had no ${inner} after: ${words.join(' ')}`);
  }

  private logged(line: string): void {
    const [, asked = '', word = '', first = '', address = ''] = ASKED.exec(line) ?? [];
    if (asked === '') return;
    this.answers.set(word, (this.answers.get(word) ?? 0) + 1);
    const changed = this.changed.splice(0);
    const seq = Number(asked);
    if (word !== 'done') {
      if (changed.length > 0 && word !== 'failed') this.wrong.push(`changed something and said "${word}": ${changed.join('; ')}`);
      if (word !== 'same') return;
    }
    if (Number(first) !== seq) this.wrong.push(`answered another number: ${line}`);
    if (seq < this.last.seq) this.wrong.push(`carried out ${seq} after ${this.last.seq}`);
    if (seq === this.last.seq) {
      this.again += 1;
      if (changed.length > 0) this.wrong.push(`carried out ${seq} twice: ${changed.join('; ')}`);
      if (address !== this.last.address) this.wrong.push(`gave another answer to ${seq}: ${line}`);
    }
    this.last = { seq, address };
  }

  /** Files that a boot reads and that name an outer address of the dynamic end other than the present one. */
  static staleFiles(host: SimulatedHost, present: string, fixed: string): string[] {
    const { files } = host.system;
    const names = (text: string): string[] => text.match(/\b(?:198\.51\.100|203\.0\.113)\.\d{1,3}\b/g) ?? [];
    const router = (address: string): string => address.replace(/\d+$/, '254');
    const known = new Set([present, fixed, router(present), router(fixed)]);
    return files
      .paths()
      .filter((path) => !/^\/(?:var|run|tmp|dev|proc|sys)\//.test(path))
      .flatMap((path) => names(files.read(path) ?? '').flatMap((name) => (known.has(name) ? [] : [`${host.spec.name}:${path} names ${name}`])));
  }
}
