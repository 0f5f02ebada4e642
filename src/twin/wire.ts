/**
 * The simulated `/bin/sh`: no shell, but a reader of the wire program (docs/wire.md) as text.
 *
 * In: bytes of standard input in any pieces. Out: what the real prelude would print. A phase acts only when its last line, the call, has
 * arrived; what is cut or not exactly of the known form does nothing and ends the shell as a syntax error would.
 */
import { PRELUDE_BODY } from '../script/prelude.js';
import type { SimulatedHost } from './host.js';
import { hereDelimiter, parsePhase, splitCall } from './wire-parse.js';
import { runPhase } from './wire-phase.js';

export interface WireOutput {
  write(bytes: Buffer): void;
  writeError(text: string): void;
  /** The shell has ended; called once. */
  exit(status: number): void;
}

const PRELUDE_LINES = PRELUDE_BODY.trimEnd().split('\n');
const VERSION = '1';

interface Phase {
  readonly number: string;
  readonly lines: string[];
  here?: string;
  complete: boolean;
}

export class WireShell {
  private buffer = '';
  private readonly pending: string[] = [];
  private working = false;
  private ended = false;
  private over = false;
  private readonly settings = new Map<string, string>();
  private stage: 'header' | 'prelude' | 'start' | 'phases' = 'header';
  private phase: Phase | undefined;
  private preludeAt = 0;

  constructor(
    private readonly host: SimulatedHost,
    private readonly uid: number,
    private readonly output: WireOutput,
  ) {}

  /** Standard input, in pieces of any size. */
  feed(bytes: Buffer): void {
    this.buffer += bytes.toString('latin1');
    const lines = this.buffer.split('\n');
    this.buffer = lines.pop() ?? '';
    this.pending.push(...lines);
    void this.work();
  }

  /** End of standard input: a last line without newline counts, as in sh; an unfinished phase is dropped. */
  end(): void {
    this.ended = true;
    if (this.buffer !== '') this.pending.push(this.buffer);
    this.buffer = '';
    void this.work();
  }

  private finish(status: number): void {
    if (this.over) return;
    this.over = true;
    this.output.exit(status);
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    while (this.pending.length > 0 && !this.over) await this.line(this.pending.shift() ?? '');
    this.working = false;
    if (!this.ended || this.over) return;
    const cut = this.stage === 'prelude' || (this.phase !== undefined && !this.phase.complete);
    if (cut) this.output.writeError('sh: Syntax error: end of file unexpected (expecting "}")\n');
    this.finish(cut ? 2 : 0);
  }

  private refuse(what: string): void {
    this.output.writeError(`sh: Syntax error: this simulated host reads only the wire program: ${JSON.stringify(what.slice(0, 80))}\n`);
    this.finish(2);
  }

  private async line(line: string): Promise<void> {
    if (this.stage === 'header') this.headerLine(line);
    else if (this.stage === 'prelude') this.preludeLine(line);
    else if (this.stage === 'phases') await this.phaseLine(line);
    else if (line.trim() === 'pv_start_0000') this.start();
    else if (line.trim() !== '') this.refuse(line);
  }

  /** Assignments, then the prelude, line for line the one we know: any other text would need a real shell. */
  private headerLine(line: string): void {
    const set = /^(PV_[A-Z]+)=(.*)$/.exec(line);
    const value = set === null ? undefined : splitCall(set[2] ?? '');
    if (set !== null && value !== undefined) this.settings.set(set[1] ?? '', value.words[0] ?? '');
    else if (line === PRELUDE_LINES[0]) this.preludeLine(line);
    else if (/^exit( \d+)?$/.test(line)) this.finish(Number(line.slice(5)) || 0);
    else if (line.trim() !== '' && !/^(?:unset( PV_[A-Z]+)+|[{}])$/.test(line)) this.refuse(line);
  }

  private preludeLine(line: string): void {
    const known = Buffer.from(line, 'latin1').toString('utf8') === PRELUDE_LINES[this.preludeAt];
    this.preludeAt += 1;
    this.stage = this.preludeAt === PRELUDE_LINES.length ? 'start' : 'prelude';
    if (!known) this.refuse(line);
  }

  private get mark(): string {
    return this.settings.get('PV_MARK') ?? '';
  }

  private start(): void {
    if (!/^[0-9a-f]{32}$/.test(this.mark)) {
      this.refuse('PV_MARK is not 32 hexadecimal digits');
      return;
    }
    this.stage = 'phases';
    this.output.write(Buffer.from(`${this.mark} hello ${VERSION}\n`));
  }

  private async phaseLine(line: string): Promise<void> {
    const phase = this.phase;
    if (phase === undefined) return this.outside(line);
    if (phase.here !== undefined) {
      phase.lines.push(line);
      if (line === phase.here) delete phase.here;
    } else if (phase.complete) {
      await this.call(phase, line);
    } else if (line === '}') {
      phase.complete = true;
    } else {
      phase.lines.push(line);
      const here = hereDelimiter(line);
      if (here !== undefined) phase.here = here;
    }
  }

  private outside(line: string): void {
    const head = /^pv_phase_(\d{4}) \(\) \{$/.exec(line);
    if (head !== null) this.phase = { number: head[1] ?? '', lines: [], complete: false };
    else if (/^exit( \d+)?$/.test(line)) this.finish(Number(line.slice(5)) || 0);
    else if (line.trim() !== '' && !line.startsWith('#')) this.refuse(line);
  }

  /** The line after the closing brace: the call of this very phase, or the phase does nothing. */
  private async call(phase: Phase, line: string): Promise<void> {
    if (line.trim() === '') return;
    this.phase = undefined;
    if (line !== `pv_phase_${phase.number}`) return this.outside(line);
    const parsed = parsePhase(phase.lines);
    if ('wrong' in parsed) return this.refuse(parsed.wrong);
    const context = {
      host: this.host,
      mark: this.mark,
      root: this.settings.get('PV_ROOT') ?? '',
      uid: this.uid,
      write: (bytes: Buffer) => this.output.write(bytes),
      writeError: (text: string) => this.output.writeError(text),
    };
    if (!(await runPhase(context, parsed.calls))) this.over = true;
  }
}
