/** Runs the program in this process: streams are collected, the pipeline is a double that never touches a network. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Held } from '../../../src/apply/unlock.js';
import { run } from '../../../src/cli/program.js';
import type { Io, Pipeline, RunOptions, RunResult } from '../../../src/cli/types.js';
import type { LinkOutcome } from '../../../src/model/outcome.js';
import { guidePlan } from '../report/guide.js';

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** What the pipeline was called with. */
  readonly calls: readonly { readonly verb: string; readonly options: RunOptions }[];
}

export interface World {
  /** What `unlock` finds. */
  readonly held?: readonly Held[];
  readonly results?: Partial<Record<keyof Pipeline, RunResult>>;
  /** The plan that link and unlink ask about. */
  readonly asks?: boolean;
  readonly answer?: string;
  readonly env?: Record<string, string>;
  readonly throws?: Error;
  /** Called while a verb runs, with what stops the run. */
  readonly during?: (stop: () => void, options: RunOptions) => void;
}

export const INVENTORY = `hosts:
  mostly: { hostname: mostly.pointless.net, address: 212.25.240.34, twin: NetBSD 1.5.2 }
  wlan: { hostname: wlan.dek.spc.org, address: 217.154.12.2, twin: FreeBSD 4.5 }
links:
  mostly-wlan:
    kind: gre
    subnet: 10.1.12.36/30
    ends:
      mostly: { inner: 10.1.12.37, interface: gre1 }
      wlan: { inner: 10.1.12.38, interface: gre1 }
`;

export const result = (exitCode: number, ...outcomes: LinkOutcome[]): RunResult => ({ outcomes, exitCode });

function double(world: World, calls: { verb: string; options: RunOptions }[], stop: () => void): Pipeline {
  const verb = (name: keyof Pipeline) => async (options: RunOptions) => {
    calls.push({ verb: name, options });
    if (world.throws !== undefined) throw world.throws;
    world.during?.(stop, options);
    const planned = world.asks === true && options.confirm !== undefined ? await options.confirm([guidePlan]) : true;
    const pending: LinkOutcome = { link: 'mostly-wlan', state: 'changes-pending', plan: guidePlan, checks: [], warnings: [], errors: [], ms: 1 };
    return planned ? (world.results?.[name] ?? result(0)) : result(2, pending);
  };
  return {
    identifyHost: async (options) => {
      calls.push({ verb: 'identifyHost', options });
      if (world.throws !== undefined) throw world.throws;
      return { system: 'NetBSD', release: '9.3', machine: 'amd64', uid: 0 };
    },
    link: verb('link'),
    plan: verb('plan'),
    unlink: verb('unlink'),
    verify: verb('verify'),
    rehearse: verb('rehearse'),
    rollback: verb('rollback'),
    unlock: async (options) => {
      const held = world.held ?? [];
      const agreed = held.length > 0 && (await options.agree(held));
      return { held: agreed ? held.map((h) => ({ ...h, released: true })) : held, agreed };
    },
    updater: () => Promise.reject(new Error('no double of this')),
    diagnose: () => Promise.reject(new Error('no double of this')),
    rebootProof: async (options) => {
      calls.push({ verb: 'rebootProof', options });
      return { ...(world.results?.rebootProof ?? result(0)), rebooted: await options.agree() };
    },
    adopt: () => Promise.reject(new Error('not in this test')),
    facts: () => Promise.resolve([]),
    proposed: () => Promise.resolve({ facts: [], plan: () => guidePlan }),
    record: () => Promise.resolve([]),
    twinUp: () => Promise.resolve({ endpoints: [], close: () => Promise.resolve() }),
  };
}

export async function cli(argv: readonly string[], world: World = {}): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'cli-'));
  const file = join(folder, 'i.yaml');
  writeFileSync(file, INVENTORY);
  const out: string[] = [];
  const err: string[] = [];
  let stop = (): void => undefined;
  const calls: { verb: string; options: RunOptions }[] = [];
  const io: Io = {
    stdout: { write: (t) => void out.push(t), isTTY: false },
    stderr: { write: (t) => void err.push(t), isTTY: false },
    env: { XDG_STATE_HOME: folder, ...world.env },
    cwd: folder,
    ask: world.answer === undefined ? undefined : () => Promise.resolve(world.answer ?? ''),
    onStop: (handler) => {
      stop = handler;
      return () => undefined;
    },
    pipeline: () => Promise.resolve(double(world, calls, () => stop())),
  };
  try {
    const args = argv.map((a) => a.replace('DIR', folder));
    const exit = await run(args.includes('-i') ? args : [...args, ...(args.length === 0 ? [] : ['-i', file])], '9.8.7', io);
    return { exit, out: out.join(''), err: err.join(''), calls };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
