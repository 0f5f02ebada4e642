/** What the receiver of an updater remembers in the folder of its link on a simulated host: what is in use, the times of the last requests, its log. */
import { DiskFullError } from './files.js';
import type { SimulatedHost } from './host.js';

/** confirmed, unconfirmed; unkept: no boot files yet; given: the last address that was asked for did not stay. */
export interface InUse {
  readonly seq: string;
  readonly address: string;
  readonly word: string;
}

const WINDOW = 60;
const MOST = 10;

export class ReceiverState {
  constructor(
    private readonly host: SimulatedHost,
    private readonly home: string,
  ) {}

  private get now(): number {
    return Math.floor(this.host.internet.clock() / 1000);
  }

  private write(name: string, text: string): boolean {
    try {
      this.host.system.files.write(`${this.home}/${name}`, text, 0o600);
      return true;
    } catch (error) {
      if (error instanceof DiskFullError) return false;
      throw error;
    }
  }

  private read(name: string): string {
    return this.host.system.files.read(`${this.home}/${name}`) ?? '';
  }

  load(): InUse | undefined {
    const [seq = '', address = '', word = ''] = this.read('address').split('\n')[0]?.split(' ') ?? [];
    return /^[0-9]{1,9}$/.test(seq) ? { seq, address, word } : undefined;
  }

  /** False where the disk is full: the old line stands. */
  save(seq: string, address: string, word: string): boolean {
    return this.write('address', `${seq} ${address} ${word} ${this.now}\n`);
  }

  /** Counts a move, or says after how many seconds the next one may come. */
  tooOften(file = 'recent'): number | undefined {
    const { now } = this;
    const times = this.read(file).split('\n').filter(Boolean).map(Number);
    const recent = times.filter((then) => then > now - WINDOW && then <= now);
    if (recent.length >= MOST) return (recent[0] ?? now) + WINDOW - now;
    this.write(file, [...recent, now].map((then) => `${then}\n`).join(''));
    return undefined;
  }

  /** Where an end was seen last, at a meeting point. */
  seen(end: string): { readonly seq: string; readonly address: string } | undefined {
    const [seq = '', address = ''] = this.read(`at.${end}`).split('\n')[0]?.split(' ') ?? [];
    return /^[0-9]{1,9}$/.test(seq) ? { seq, address } : undefined;
  }

  /** False where the disk is full: the old line stands. */
  note(end: string, seq: string, address: string): boolean {
    return this.write(`at.${end}`, `${seq} ${address} ${this.now}\n`);
  }

  keepLog(text: string, file = 'receiver.log'): void {
    this.write(file, text);
  }
}
