/**
 * Two simulated hosts with a tunnel and an updater, installed by the pipeline, and the real updater running on the one whose address changes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/address/config.js';
import type { Note } from '../../src/address/machine.js';
import { firstState, Memory, type UpdaterState } from '../../src/address/state.js';
import { Updater } from '../../src/address/updater.js';
import { withPresent } from '../../src/inventory/ends.js';
import type { Inventory } from '../../src/model/inventory.js';
import type { UpdaterConfig } from '../../src/model/updater.js';
import { updater } from '../../src/pipeline.js';
import { SimulatedHost } from '../../src/twin/host.js';
import { pairInventory } from '../twin/pair.js';
import { makeRig, type Rig } from '../twin/rig.js';
import { Clock } from './clock.js';
import { Line } from './line.js';
import { SimulatedMachine } from './machine.js';
import { Watch } from './watch.js';

export const FIXED = '203.0.113.1';
export const FIRST = '203.0.113.2';
const INSIDE = '192.168.1.2';
export const SCHEDULE_MS = 60_000;
const POLL_MS = 500;
/** From power on to the start of the updater. */
const BOOT_MS = 1000;

export interface Kinds {
  readonly fixed: string;
  readonly dynamic: string;
  /** The dynamic end stands behind a gateway. */
  readonly nat?: boolean;
}

/** Numbers from a seed, the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function inventoryOf({ fixed, dynamic, nat = false }: Kinds): Inventory {
  if (nat) return pairInventory(fixed, dynamic, '', `{ inside: ${INSIDE}, outside: ${FIRST} }`);
  return withPresent(pairInventory(fixed, dynamic, '', 'dynamic'), new Map([['right', FIRST]]));
}

function hostOf(rig: Rig, name: string): SimulatedHost {
  const host = rig.host(name);
  if (!(host instanceof SimulatedHost)) throw new Error(`${name} is no simulated host`);
  return host;
}

export const homeOf = (host: SimulatedHost): string => `/var/${host.system.uname.sysname === 'Linux' ? 'lib' : 'db'}/provision/pair`;

export class Stand {
  readonly clock = new Clock();
  readonly line = new Line();
  readonly notes: Note[] = [];
  readonly watch: Watch;
  /** What the state file holds; it outlasts the program. */
  file: UpdaterState | undefined;
  machine: SimulatedMachine | undefined;
  updater: Updater | undefined;
  /** The line of the updater is up again this long after a reboot; false: a test starts it. */
  startsByItself = true;
  private readonly ports = new Map<string, Promise<number>>();
  private stopTicks: () => void = () => undefined;

  private constructor(
    private readonly rig: Rig,
    readonly fixed: SimulatedHost,
    readonly dynamic: SimulatedHost,
    readonly config: UpdaterConfig,
    private readonly folder: string,
    readonly random: () => number,
  ) {
    this.watch = new Watch(fixed, dynamic);
    rig.internet.clock = () => this.clock.now;
    this.clock.work = {
      active: () => (this.machine?.active ?? 0) > 0 || fixed.receiving.size > 0,
      progress: () => this.line.pieces + fixed.log.length + dynamic.log.length + fixed.syslog.length + (this.machine?.active ?? 0),
    };
    const reboot = dynamic.reboot.bind(dynamic);
    dynamic.reboot = (why) => {
      this.kill();
      reboot(why);
      if (this.startsByItself) this.clock.at(this.clock.now + BOOT_MS, () => this.start());
    };
  }

  /** Linked and installed by the pipeline; nothing runs yet. */
  static async make(kinds: Kinds, random: () => number): Promise<Stand> {
    const rig = await makeRig(inventoryOf(kinds));
    const linked = await rig.run('link');
    if (linked.state !== 'as-wanted') throw new Error(`link: ${JSON.stringify(linked.errors)}`);
    const options = { goal: 'install', start: 'none', program: '/usr/local/bin/provision', agree: () => Promise.resolve(true) } as const;
    const [done] = await updater({ ...rig.options, updater: options });
    if (done?.state !== 'done') throw new Error(`install: ${done?.state}`);
    const [fixed, dynamic] = [hostOf(rig, 'left'), hostOf(rig, 'right')];
    const text = (name: string): string => dynamic.system.files.read(`${homeOf(dynamic)}/${name}`) ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'provision-updater-'));
    writeFileSync(join(folder, 'key'), text('updater.key'), { mode: 0o600 });
    return new Stand(rig, fixed, dynamic, parseConfig(text('updater.json'), 'updater.json'), folder, random);
  }

  get internet(): Rig['internet'] {
    return this.rig.internet;
  }

  get twin(): Rig['options']['running']['twin'] {
    return this.rig.options.running.twin;
  }

  private async dial(source: string | undefined): Promise<number> {
    const key = source ?? '';
    const known = this.ports.get(key) ?? this.twin.dial('right', 'left', source === undefined ? {} : { source }).then((e) => e.port);
    this.ports.set(key, known);
    return known;
  }

  /** A program that starts: all it knows is what stands in its state file. */
  start(): void {
    const { config, clock, line, random, dynamic } = this;
    const addresses = (name: string): readonly string[] => this.twin.addressesOf('right', name);
    const around = { host: dynamic, config, clock, line, keyFile: join(this.folder, 'key'), random, addresses };
    const machine = new SimulatedMachine({ ...around, dial: (source) => this.dial(source), rttMs: () => this.internet.rttMs });
    const write = (state: UpdaterState): void => {
      if (machine.lives) this.file = structuredClone(state);
    };
    const memory = new Memory(structuredClone(this.file) ?? firstState(config.link, config.outer.local), write, (error) => {
      throw error;
    });
    const note = (level: Note['level'], text: string, more: object = {}): void => void this.notes.push({ ...more, level, link: config.link, text });
    const made = new Updater({ config, memory, machine, note });
    this.machine = machine;
    this.updater = made;
    void made.tick('start');
    const stops = [clock.every(SCHEDULE_MS, () => void made.tick('schedule'), SCHEDULE_MS - (clock.now % SCHEDULE_MS))];
    if (config.watch !== undefined) stops.push(clock.every(POLL_MS, () => made.poll(), 1 + Math.floor(random() * POLL_MS)));
    this.stopTicks = () => {
      for (const stop of stops) stop();
    };
  }

  /** The program is gone in the middle of whatever it did. */
  kill(): void {
    this.stopTicks();
    this.machine?.die();
    this.machine = undefined;
    this.updater = undefined;
  }

  /** The outer address as the fixed end sees it. */
  get present(): string {
    return this.internet.outside(this.twin.outerOf('right') ?? '');
  }

  /** Whether one ping out of three is answered, each way. */
  pings(tries = 3): readonly [boolean, boolean] {
    const one = (host: SimulatedHost, to: string): boolean =>
      Array.from({ length: tries }).some(() => host.powered && host.system.stack.echo(to, { bytes: 84 }).replyTtl !== undefined);
    return [one(this.fixed, '10.1.12.38'), one(this.dynamic, '10.1.12.37')];
  }

  passes(tries?: number): boolean {
    return this.pings(tries).every((yes) => yes);
  }

  /** The last wish has been told and nothing is left to do, as both programs remember it. */
  isTold(): boolean {
    const state = this.updater?.state;
    if (state === undefined || state.pending !== undefined || state.error !== undefined) return false;
    const inUse = this.fixed.system.files.read(`${homeOf(this.fixed)}/address`)?.split(' ')[1];
    if (inUse !== this.present || this.config.watch === undefined) return inUse === this.present;
    return [state.told?.address, state.local, state.boot].every((address) => address === this.present);
  }

  async close(): Promise<void> {
    this.kill();
    this.line.end();
    await this.rig.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
