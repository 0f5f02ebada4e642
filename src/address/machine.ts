/**
 * What the updater works with. Types only: the real machine is made in src/updater-machine.ts, tests have their own.
 */
import type { OuterPair, UpdaterConfig } from '../model/updater.js';
import type { Call, PhaseResult } from '../model/wire.js';
import type { Memory } from './state.js';

export interface Machine {
  /** IPv4 addresses of the interface at this moment, the first one first; empty where it has none or is not there. */
  addresses(name: string): readonly string[];
  /** One phase in a shell on this host. @throws ProvisionError SSH_SHELL where no shell starts. */
  change(calls: readonly Call[]): Promise<PhaseResult>;
  /**
   * One SSH connection to the fixed end and one request.
   *
   * @param from - Own address that the connection comes from; absent: whichever the system takes.
   * @param signal - Aborted where a newer wish has come. The promise settles once the connection is gone.
   * @returns Exit status and standard output, bounded.
   * @throws ProvisionError where no answer came.
   */
  ask(request: string, from: string | undefined, signal: AbortSignal): Promise<{ readonly exit: number; readonly text: string }>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds, and at once when the signal is aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}

/** One thing worth a line in the log. */
export interface Note {
  readonly level: 'error' | 'warn' | 'info';
  readonly link: string;
  readonly text: string;
  readonly [key: string]: unknown;
}

/** All that the parts of one updater share. */
export interface Desk {
  readonly config: UpdaterConfig;
  readonly memory: Memory;
  readonly machine: Machine;
  note(level: Note['level'], text: string, more?: Readonly<Record<string, unknown>>): void;
}

/** Outer addresses of the tunnel on this host, with the own one given or as it is used. */
export const pairOf = ({ config, memory }: Desk, local = memory.state.local): OuterPair => ({
  local,
  remote: memory.state.remote ?? config.outer.remote,
});

/** Who is asked: the other end, or the meeting point. */
export const askedOf = ({ config }: Desk): string => config.via ?? config.peer;
