/**
 * A host with a changing address and the fixed end, for tests of the updater: a scripted Machine and a small receiver that follows docs/updater.md.
 */
import type { Desk, Machine, Note } from '../../../src/address/machine.js';
import { firstState, Memory, type UpdaterState } from '../../../src/address/state.js';
import { ProvisionError } from '../../../src/errors/error.js';
import type { UpdaterConfig } from '../../../src/model/updater.js';
import type { Call, CallRecord, PhaseResult } from '../../../src/model/wire.js';

export const FIXED = '212.25.240.34';
export const FIRST = '217.154.12.2';

export const CONFIG: UpdaterConfig = {
  link: 'mostly-wlan',
  host: 'wlan',
  peer: 'mostly',
  watch: 'tun0',
  outer: { local: FIRST, remote: FIXED },
  fixed: {
    address: FIXED,
    port: 22,
    user: 'root',
    hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=='],
    key: '/var/lib/provision/mostly-wlan/updater.key',
  },
  schedule: '* * * * *',
  move: {
    point: [
      { verb: 'run', id: 'point.1', words: ['set', 'PVNEWLOCAL', 'PVNEWREMOTE', 'PVOLDLOCAL', 'PVOLDREMOTE'] },
      { verb: 'prove', id: 'point.1.proof', pattern: '^PVNEWLOCAL PVNEWREMOTE$', words: ['show'] },
    ],
    boot: [{ verb: 'put', id: 'boot.1', mode: '0644', path: '/etc/gre1', content: Buffer.from('local PVNEWLOCAL remote PVNEWREMOTE\n') }],
    across: { verb: 'prove', id: 'across', pattern: ' 0% ', words: ['ping', '10.1.12.37'] },
  },
};

const { watch: _watch, ...gateway } = CONFIG;
/** Behind a gateway: nothing to watch. */
export const NAT: UpdaterConfig = { ...gateway, outer: { local: '192.168.1.5', remote: FIXED } };

type Said = { readonly exit: number; readonly text: string };
const good = (text: string): Said => ({ exit: 0, text: `provision 1 ${text}\n` });
const bad = (text: string): Said => ({ exit: 1, text: `provision 1 ${text}\n` });

/** The fixed end. One request at a time; a request goes on when its connection has gone. */
export class Receiver {
  address = FIRST;
  seq = 0;
  /** Numbers in the order they were carried out. */
  readonly applied: number[] = [];
  /** Answers given before anything else is looked at. */
  readonly scripted: Said[] = [];
  ms = 0;
  #answer: Said | undefined;
  #busy = false;

  async move(seq: number, from: string): Promise<Said> {
    const scripted = this.scripted.shift();
    if (scripted !== undefined) return scripted;
    if (this.#busy) return bad('busy 2');
    if (seq < this.seq) return bad(`stale ${this.seq}`);
    if (seq === this.seq && this.#answer !== undefined) return this.#answer;
    this.#busy = true;
    if (this.ms > 0) await new Promise((resolve) => setTimeout(resolve, this.ms));
    this.#busy = false;
    this.#answer = from === this.address ? good(`same ${seq} ${from}`) : good(`done ${seq} ${from} confirmed`);
    this.applied.push(seq);
    this.seq = seq;
    this.address = from;
    return this.#answer;
  }
}

export type Network = 'ok' | 'down' | 'lose-answer' | 'cut';

export class World implements Machine {
  /** Who holds the link on this host, as the wire program says it. */
  held = '';
  readonly receiver = new Receiver();
  readonly notes: Note[] = [];
  readonly requests: string[] = [];
  readonly phases: (readonly Call[])[] = [];
  present: string | undefined = FIRST;
  /** What the other side of a gateway sees. */
  outside: string | undefined;
  live = FIRST;
  boot = FIRST;
  network: Network = 'ok';
  /** Milliseconds of one way to the fixed end, and of a phase. */
  delay = 0;
  /** Words of calls that fail; `*` all. */
  readonly broken = new Set<string>();
  open = 0;
  mostOpen = 0;
  file: UpdaterState | undefined;

  addresses(): readonly string[] {
    return this.present === undefined ? [] : [this.present, '10.9.9.9'];
  }

  async change(calls: readonly Call[]): Promise<PhaseResult> {
    this.phases.push(calls);
    if (this.delay > 0) await this.sleep(this.delay);
    const records = new Map<string, CallRecord>();
    for (const call of calls) {
      const ok = this.#call(call);
      const stdout = Buffer.from(call.verb === 'held' ? this.held : '');
      const stderr = Buffer.from(ok ? '' : 'refused');
      records.set(call.id, {
        id: call.id,
        verb: call.verb,
        exit: ok ? 0 : 1,
        stdout,
        stderr,
        stdoutTotal: stdout.length,
        stderrTotal: stderr.length,
        matched: ok,
      });
      if (!ok) return { status: 'failed', id: call.id, records };
    }
    return { status: 'done', records };
  }

  #call(call: Call): boolean {
    if (call.verb === 'put') {
      if (this.broken.has('put')) return false;
      this.boot = /^local (\S+)/.exec(Buffer.from(call.content).toString())?.[1] ?? '';
      return true;
    }
    const words = 'words' in call ? call.words : [];
    const [program = '', local = ''] = words;
    if (this.broken.has(program) || this.broken.has(`${program} ${local}`)) return false;
    if (program === 'set') this.live = local;
    if (program === 'show') return call.verb === 'prove' && new RegExp(call.pattern).test(`${this.live} ${FIXED}`);
    if (program === 'ping') return this.network === 'ok' && this.receiver.address === this.seen(this.present ?? '');
    return true;
  }

  seen(from: string): string {
    return this.outside ?? from;
  }

  async ask(request: string, from: string | undefined, signal: AbortSignal): Promise<Said> {
    this.requests.push(request);
    this.open++;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    try {
      const gone = new Promise<never>((_resolve, reject) => {
        const stop = (): void => reject(new ProvisionError('INTERRUPTED', 'Stopped.'));
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      });
      gone.catch(() => undefined);
      return await Promise.race([gone, this.#asked(request, from)]);
    } finally {
      // A socket takes its time to close.
      if (this.delay > 0) await this.sleep(this.delay / 2);
      this.open--;
    }
  }

  async #asked(request: string, from: string | undefined): Promise<Said> {
    const down = (): ProvisionError => new ProvisionError('HOST_DOWN', 'mostly does not answer.', { why: 'no answer' });
    if (this.delay > 0) await this.sleep(this.delay);
    if (this.network === 'down' || (from !== undefined && from !== this.present)) throw down();
    const answer = await this.receiver.move(Number(request.split(' ')[3]), this.seen(from ?? this.present ?? ''));
    if (this.delay > 0) await this.sleep(this.delay);
    if (this.network === 'lose-answer') throw down();
    // The connection came from an address that has gone: no answer will come, and only a timeout tells.
    if (this.network === 'cut' || (from !== undefined && from !== this.present)) {
      await this.sleep(30_000);
      throw down();
    }
    return answer;
  }

  now(): number {
    return Date.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  random(): number {
    return 0.5;
  }

  /** A desk over what the state file holds now, as after a start of the program. */
  desk(config: UpdaterConfig = CONFIG): Desk {
    const write = (state: UpdaterState): void => {
      this.file = structuredClone(state);
    };
    const memory = new Memory(structuredClone(this.file) ?? firstState(config.link, config.outer.local), write, () => undefined);
    return { config, memory, machine: this, note: (level, text, more) => void this.notes.push({ level, link: config.link, text, ...more }) };
  }
}
