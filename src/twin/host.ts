/**
 * One simulated host: its system, its faults, power, and a log of every command that was run on it.
 *
 * In: commands from the wire shell, single SSH commands and tests. Out: answers, after the faults had their say; a kernel panic or a
 * loss of power drops the connections (told by `onDown`) and boots the system from its files.
 */
import { makeSystem } from './families.js';
import { Faults } from './faults.js';
import { FileTree } from './files.js';
import { Guards } from './guards.js';
import type { Internet } from './internet.js';
import { IpStack } from './stack.js';
import type { CommandResult, SimulatedSystem, TwinHostSpec } from './system.js';

export interface LoggedCommand {
  readonly words: readonly string[];
  readonly result: CommandResult;
}

/** What came of one command: an answer, or the host or the connection did not survive it. */
export type Ran = { readonly result: CommandResult } | { readonly gone: string; readonly last?: CommandResult } | { readonly hang: true };

export interface TwinHost {
  readonly spec: TwinHostSpec;
  readonly system: SimulatedSystem;
  readonly faults: Faults;
  readonly guards: Guards;
  /** Runs one command as root with no SSH in between. A panic boots the host again before this returns; the result says so. */
  exec(words: readonly string[]): CommandResult;
  /** Drops the connections and boots from files. */
  reboot(): void;
  powerOff(): void;
  powerOn(): void;
  /** Cuts the connections; with `power` the host boots too. */
  lose(power: boolean, why: string): unknown;
  /** The system's state and files as plain data, to compare before and after. */
  snapshot(): unknown;
  /** Every command that was run, in order. */
  readonly log: readonly LoggedCommand[];
  /** What `logger` was told, oldest first: `TAG: text`. */
  readonly syslog: readonly string[];
  /** Console lines of the last boot. */
  readonly console: readonly string[];
  /** What SSH was asked for since the start. */
  readonly connections: { connections: number; channels: number; shells: number };
}

export class SimulatedHost implements TwinHost {
  readonly faults = new Faults();
  readonly guards = new Guards();
  readonly system: SimulatedSystem;
  readonly log: LoggedCommand[] = [];
  readonly syslog: string[] = [];
  readonly connections = { connections: 0, channels: 0, shells: 0 };
  /** Guard folders of the links whose receiver is at work. */
  readonly receiving = new Set<string>();
  console: readonly string[] = [];
  powered = true;
  /** Set by the SSH server: cuts what is open. */
  onDown: (why: string) => void = () => undefined;
  /** Told of what is written to a shell, as it comes: for whoever wants to send the same again (bench/scale.mjs). */
  onInput: (bytes: Uint8Array) => void = () => undefined;

  constructor(
    readonly spec: TwinHostSpec,
    readonly internet: Internet,
  ) {
    this.system = makeSystem(spec, new IpStack(spec.name, internet), new FileTree());
    this.#boot();
  }

  exec(words: readonly string[]): CommandResult {
    const ran = this.run(words);
    if ('result' in ran) return ran.result;
    if ('gone' in ran && ran.last !== undefined) return ran.last;
    return { exit: 255, stdout: '', stderr: 'gone' in ran ? `${ran.gone}\n` : 'hangs\n' };
  }

  /** One command with the faults applied. `uid` is that of the shell which runs it; one that is `detached` goes on where the connection is cut. */
  run(words: readonly string[], uid = 0, detached = false): Ran {
    if (!this.powered) return { gone: 'no power' };
    const fate = this.faults.take(words);
    const cut = (when: string): Ran | undefined => {
      if (fate.cut?.when !== when) return undefined;
      const power = fate.cut.powerLoss === true;
      const gone = this.lose(power, `cut ${when} the command`);
      return detached && !power ? undefined : gone;
    };
    const early = cut('before');
    if (early !== undefined) return early;
    if (fate.hang) return { hang: true };
    this.internet.ospf.settle();
    const result = fate.refused ?? (words[0] === 'id' && uid !== 0 ? idOf(words, uid) : this.system.exec(words));
    this.log.push({ words: [...words], result });
    const down = result.panic === undefined ? (result.reboots === true ? 'reboot' : undefined) : `panic: ${result.panic}`;
    if (down !== undefined) {
      this.reboot(down);
      return { gone: down, last: result };
    }
    return cut('after') ?? { result };
  }

  lose(power: boolean, why: string): Ran {
    if (power) this.reboot(why);
    else this.onDown(why);
    return { gone: why };
  }

  reboot(why = 'reboot'): void {
    this.guards.forget();
    this.receiving.clear();
    this.onDown(why);
    this.#boot();
  }

  #boot(): void {
    this.system.stack.boots.next();
    this.console = this.system.boot();
  }

  powerOff(): void {
    this.guards.forget();
    this.receiving.clear();
    this.powered = false;
    this.internet.silent.add(this.spec.name);
    this.onDown('power off');
  }

  powerOn(): void {
    this.powered = true;
    this.internet.silent.delete(this.spec.name);
    this.#boot();
  }

  snapshot(): unknown {
    return this.system.snapshot();
  }
}

function idOf(words: readonly string[], uid: number): CommandResult {
  const stdout = words[1] === '-u' ? `${uid}\n` : `uid=${uid}(user) gid=${uid}(user) groups=${uid}(user)\n`;
  return { exit: 0, stdout, stderr: '' };
}
