/**
 * The receiver of an updater on a simulated host: does natively what the script of docs/updater.md does in a real shell.
 *
 * In: the file, what was asked for, where from. Out: one line and an exit status; the tunnel, the boot files and the files of the link are changed as
 * there. The phases are run by the same code as those of the wire program, with the addresses put in their places.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MovePart } from '../script/move.js';
import type { SimulatedHost } from './host.js';
import { meet } from './meeting.js';
import type { MeetingFile, ReceiverFile } from './receiver-file.js';
import { isIpv4, parseRequest, type Request, type Seen, unfit } from './receiver-request.js';
import { ReceiverState } from './receiver-state.js';
import { phasesOf } from './wire-parse.js';
import { runCalls } from './wire-phase.js';

export interface Answered {
  readonly exit: number;
  readonly line: string;
}

/** The host has lost power in the middle: nobody answers. */
class PowerLost extends Error {}

const MARK = '0'.repeat(32);
const DONE = new Set(['done', 'same', 'seen', 'met']);

/** back: as far as it was carried out; proof: what is to be read back, no change. */
type Part = MovePart | 'back' | 'proof';
type Move = Extract<Request, { kind: 'move' }>;

class Receiver {
  private readonly state: ReceiverState;
  private steps = '';

  constructor(
    private readonly host: SimulatedHost,
    private readonly file: ReceiverFile,
    private readonly seen: Seen,
  ) {
    this.state = new ReceiverState(host, file.home);
  }

  private text(part: Part, now: string, was: string): string {
    const { parts, local } = this.file;
    const values: Readonly<Record<string, string>> = { PVNEWLOCAL: local, PVNEWREMOTE: now, PVOLDLOCAL: local, PVOLDREMOTE: was };
    const texts = { ...parts, back: parts.point.replace(/^run '/gm, "try '"), proof: parts.point.replace(/^run '.*\n/gm, '') };
    return texts[part].replace(/PV(?:NEW|OLD)(?:LOCAL|REMOTE)/g, (name) => values[name] ?? name);
  }

  /** False where the host or a proof said no. */
  private async carryOut(part: Part, now: string, was = now): Promise<boolean> {
    const write = (bytes: Buffer): void => {
      this.steps += bytes.toString('latin1');
    };
    const context = {
      host: this.host,
      mark: MARK,
      root: '',
      uid: 0,
      detached: true,
      write,
      writeError: (t: string) => write(Buffer.from(t)),
    } as const;
    for (const calls of phasesOf(this.text(part, now, was)).values()) {
      const { gone, failed } = await runCalls(context, calls);
      this.state.keepLog(this.steps);
      if (gone) throw new PowerLost();
      if (failed !== undefined) return false;
    }
    return true;
  }

  private async reached(address: string): Promise<boolean> {
    for (let ping = 1; ping <= 3; ping += 1) if (await this.carryOut('across', address)) return true;
    return false;
  }

  /** Boot files, the ping, the answer. */
  private async kept(seq: string, address: string): Promise<string> {
    if (!(await this.carryOut('boot', address))) {
      this.state.save(seq, address, 'unkept');
      return 'failed boot';
    }
    const word = (await this.reached(address)) ? 'confirmed' : 'unconfirmed';
    return this.state.save(seq, address, word) ? `done ${seq} ${address} ${word}` : 'failed state';
  }

  /** Boot files that were not written in time may have brought the old address back since. */
  private async resume(seq: string, address: string): Promise<string> {
    const stands = (await this.carryOut('proof', address)) || (await this.carryOut('point', address));
    return stands ? this.kept(seq, address) : 'failed point';
  }

  private async inUse(seq: string, address: string, word: string): Promise<string> {
    if (word === 'unkept') return this.resume(seq, address);
    return this.state.save(seq, address, word === 'given' ? 'unconfirmed' : word) ? `same ${seq} ${address}` : 'failed state';
  }

  private async again(seq: string, address: string, word: string): Promise<string> {
    if (word === 'given') return 'failed unconfirmed';
    return word === 'unkept' ? this.resume(seq, address) : `done ${seq} ${address} ${word}`;
  }

  private async move(request: Move, was: { readonly address: string; readonly word: string }): Promise<string> {
    const { seq, address, theirs } = request;
    // In use by our file and by the tunnel itself: a run or a person may have changed that since.
    if (address === was.address && (await this.carryOut('proof', address))) return this.inUse(seq, address, was.word);
    if (this.host.guards.holderIn(this.file.guard) !== '') return 'busy 10';
    if (!(await this.carryOut('point', address, was.address))) {
      await this.carryOut('back', was.address, address);
      return 'failed point';
    }
    // Anybody who holds the key could name any address: without an answer from there it does not stay.
    if (!theirs && !(await this.reached(address))) {
      await this.carryOut('back', was.address, address);
      this.state.save(seq, was.address, 'given');
      return 'failed unconfirmed';
    }
    if (!this.state.save(seq, address, 'unkept')) return 'failed state';
    return this.kept(seq, address);
  }

  private async decide(request: Exclude<Request, { kind: 'meet' }>): Promise<string> {
    const now = this.state.load();
    if (now === undefined || !isIpv4(now.address)) return 'failed state';
    if (request.kind === 'see') return `seen ${this.seen.from} ${now.seq} ${now.address}`;
    const seq = Number(request.seq);
    if (seq < Number(now.seq)) return `stale ${now.seq}`;
    if (!request.theirs && !this.file.any) return 'refused given';
    const code = unfit(this.file, this.seen, request.address);
    if (code !== undefined) return `refused ${code}`;
    if (seq === Number(now.seq) && seq !== 0) return this.again(request.seq, now.address, now.word);
    const wait = this.state.tooOften();
    return wait === undefined ? this.move(request, now) : `busy ${wait}`;
  }

  async answer(asked: string): Promise<string> {
    this.state.keepLog('');
    const parsed = parseRequest(asked, this.seen);
    if ('refused' in parsed) return `refused ${parsed.refused}`;
    if (parsed.request.kind === 'meet') return 'refused request';
    if (!(await this.enter())) return 'busy 5';
    try {
      return await this.decide(parsed.request);
    } finally {
      this.host.receiving.delete(this.file.guard);
    }
  }

  /** One request at a time; the next one waits for it. */
  private async enter(): Promise<boolean> {
    const { receiving } = this.host;
    for (let tries = 0; receiving.has(this.file.guard); tries += 1) {
      if (tries === 400) return false;
      await sleep(50, undefined, { ref: false });
    }
    receiving.add(this.file.guard);
    return true;
  }
}

/** What could not be a request is not repeated in the log. */
const shown = (asked: string): string => (/^[a-z0-9. ]{1,80}$/.test(asked) ? asked : 'something that is no request');

/** @returns Undefined where the host lost power meanwhile. */
export async function receive(host: SimulatedHost, file: ReceiverFile | MeetingFile, asked: string, seen: Seen): Promise<Answered | undefined> {
  try {
    const said = 'parts' in file ? await new Receiver(host, file, seen).answer(asked) : meet(host, file, parseRequest(asked, seen), seen);
    host.syslog.push(`provision: updater of ${file.link}: ${seen.from} asked: ${shown(asked)}: ${said}`);
    return { exit: DONE.has(said.split(' ')[0] ?? '') ? 0 : 1, line: `provision 1 ${said}` };
  } catch (error) {
    if (error instanceof PowerLost) return undefined;
    throw error;
  }
}
