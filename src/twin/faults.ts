/**
 * What can go wrong with one simulated host on request: refused commands, cut connections, a full disk, bad sudo rules, noise.
 *
 * In: a test sets fields. Out: the host and its SSH server ask before and after each command. Faults outlive a reboot.
 */
import type { CommandResult } from './system.js';

/** All of the words given must be the first words of the command; a function decides by itself. */
export type CommandMatch = readonly string[] | ((words: readonly string[]) => boolean);

export interface Cut {
  /** Before: the command is not run. After: it is run and its record is never heard. */
  readonly when: 'before' | 'after';
  /** The N-th command that this host runs from now on, from 1. */
  readonly nth?: number;
  readonly match?: CommandMatch;
  /** Lose power too: what is not in files is gone, and the host boots again. */
  readonly powerLoss?: boolean;
}

/** One call of the wire program, as the host is about to answer it. */
export interface SeenCall {
  readonly verb: string;
  readonly id: string;
  /** What follows the id. */
  readonly words: readonly string[];
}

/** go, or: the connection is lost, the host loses power and boots, no answer ever comes, the call is said to have failed (after: although it was done). */
export type CallFate = 'go' | 'cut' | 'power' | 'hang' | 'refuse';

export type BecomeFault = 'none' | 'password' | 'tty' | 'rule' | 'missing';

export function matches(match: CommandMatch, words: readonly string[]): boolean {
  return typeof match === 'function' ? match(words) : match.every((word, i) => words[i] === word);
}

export class Faults {
  /** Commands that are answered like this without being run: a failure, or any text at all (hostile output). */
  refuse: { readonly match: CommandMatch; readonly exit: number; readonly stderr: string; readonly stdout?: string; readonly times?: number }[] = [];
  cuts: Cut[] = [];
  /** Commands that never end (until the connection is closed). */
  hang: CommandMatch[] = [];
  /** Real milliseconds before each command is answered. */
  delayMs = 0;
  sudo: BecomeFault = 'none';
  doas: BecomeFault = 'none';
  /** What a chatty login shell writes to standard output before ours. */
  banner = '';
  /** User id of the login; not 0: only sudo or doas makes root. */
  uid = 0;
  /** Whether sshd takes its users to other hosts (AllowTcpForwarding). */
  forwards = true;
  /** Answer no SSH request at all: the port takes the connection and nothing follows. */
  deaf = false;
  /** Asked for every call of the wire program, those of the guard among them: before it is run, and before its record is written. */
  onCall: (call: SeenCall, when: 'before' | 'after') => CallFate | Promise<CallFate> = () => 'go';
  private seen = 0;
  private readonly used = new Map<object, number>();

  /** Counts one command and says what is to happen to it. */
  take(words: readonly string[]): { cut?: Cut; refused?: CommandResult; hang: boolean } {
    this.seen += 1;
    const at = this.cuts.findIndex((c) => (c.nth ?? this.seen) === this.seen && (c.match === undefined || matches(c.match, words)));
    const cut = this.cuts[at];
    // Relative to the moment of setting: a cut fires once, or a reconnecting client would never get through.
    if (cut !== undefined) this.cuts.splice(at, 1);
    const rule = this.refuse.find((r) => matches(r.match, words) && (this.used.get(r) ?? 0) < (r.times ?? Number.POSITIVE_INFINITY));
    if (rule !== undefined) this.used.set(rule, (this.used.get(rule) ?? 0) + 1);
    return {
      hang: this.hang.some((h) => matches(h, words)),
      ...(cut === undefined ? {} : { cut }),
      ...(rule === undefined ? {} : { refused: { exit: rule.exit, stdout: rule.stdout ?? '', stderr: rule.stderr } }),
    };
  }

  /** Starts the count of `Cut.nth` anew. */
  countFromHere(): void {
    this.seen = 0;
  }

  /** What sudo or doas says instead of starting the shell, or undefined when it starts it. */
  becomeRefusal(how: 'sudo' | 'doas', user: string): CommandResult | undefined {
    const fault = this[how];
    if (fault === 'none') return undefined;
    const stderr = how === 'sudo' ? SUDO[fault](user) : DOAS[fault];
    return { exit: fault === 'missing' ? 127 : 1, stdout: '', stderr: `${stderr}\n` };
  }
}

interface Struck {
  readonly faults: Faults;
  lose(power: boolean, why: string): unknown;
}

/** Carries out one call under `onCall`. Undefined: the host did not survive it, or the connection did not and the caller needs it (is not `detached`). */
export async function faced<T>(host: Struck, call: SeenCall, work: () => T | Promise<T>, refused: T, detached = false): Promise<T | undefined> {
  const fate = async (when: 'before' | 'after'): Promise<'go' | 'refuse' | 'gone'> => {
    const said = await host.faults.onCall(call, when);
    if (said === 'go' || said === 'refuse') return said;
    // Never answered: the client's own timer has to end it.
    if (said === 'hang') return new Promise(() => undefined);
    host.lose(said === 'power', `${said} ${when} ${call.verb} ${call.id}`);
    return detached && said === 'cut' ? 'go' : 'gone';
  };
  const early = await fate('before');
  if (early === 'gone') return undefined;
  const done = early === 'refuse' ? refused : await work();
  const late = done === undefined ? 'go' : await fate('after');
  return late === 'gone' ? undefined : late === 'refuse' ? refused : done;
}

type Refusal = Exclude<BecomeFault, 'none'>;

const SUDO: Readonly<Record<Refusal, (user: string) => string>> = {
  password: () => 'sudo: a password is required',
  tty: () => 'sudo: sorry, you must have a tty to run sudo',
  rule: (user) => `Sorry, user ${user} is not allowed to execute '/bin/sh' as root on this host.`,
  missing: () => 'sh: sudo: not found',
};

const DOAS: Readonly<Record<Refusal, string>> = {
  password: 'doas: Authentication required',
  tty: 'doas: a tty is required',
  rule: 'doas: Operation not permitted',
  missing: 'sh: doas: not found',
};
