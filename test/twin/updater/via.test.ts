/**
 * Two ends that both move and a third host where they meet: installed by the pipeline on simulated hosts, with the real Node updater on both ends, the key
 * and the host key that the installation left there, and a clock that a test moves.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/address/config.js';
import { firstState, Memory, type UpdaterState } from '../../../src/address/state.js';
import { Updater } from '../../../src/address/updater.js';
import { withPresent } from '../../../src/inventory/ends.js';
import { parseInventory } from '../../../src/inventory/load.js';
import type { Inventory } from '../../../src/model/inventory.js';
import { updater } from '../../../src/pipeline.js';
import type { UpdaterDone, UpdaterOptions } from '../../../src/pipeline-updater.js';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Clock } from '../../updater/clock.js';
import { Line } from '../../updater/line.js';
import { SimulatedMachine } from '../../updater/machine.js';
import { makeRig, type Rig } from '../rig.js';
import { login, request } from './rig.js';

const PERIOD = 60_000;
const ENDS = ['left', 'right'] as const;
type End = (typeof ENDS)[number];
const FIRST = { left: '203.0.113.1', right: '203.0.113.2' } as const;
const MEET = '203.0.113.50';

function inventoryOf(left: string, right: string, meet: string): Inventory {
  const text = `
hosts:
  left: { address: dynamic, twin: "${left}" }
  right: { address: dynamic, twin: "${right}" }
  meet: { address: ${MEET}, twin: "${meet}" }
links:
  pair:
    subnet: 10.1.12.36/30
    updater: { via: meet }
    ends:
      left: { inner: 10.1.12.37, interface: gre1 }
      right: { inner: 10.1.12.38, interface: gre1 }
`;
  return withPresent(parseInventory([{ file: 'via.yaml', text }]), new Map(Object.entries(FIRST)));
}

class Meeting {
  readonly clock = new Clock();
  readonly notes: string[] = [];
  readonly machines = new Map<End, SimulatedMachine>();
  readonly updaters = new Map<End, Updater>();
  readonly states = new Map<End, UpdaterState>();
  private readonly lines = new Map(ENDS.map((end) => [end, new Line()]));
  private readonly folder = mkdtempSync(join(tmpdir(), 'provision-via-'));
  private readonly stops: (() => void)[] = [];

  private constructor(readonly rig: Rig) {
    rig.internet.clock = () => this.clock.now;
    const pieces = (): number => ENDS.map((end) => this.lines.get(end)?.pieces ?? 0).reduce((a, b) => a + b, 0);
    const logs = (): number => [...ENDS, 'meet'].map((name) => this.host(name).log.length + this.host(name).syslog.length).reduce((a, b) => a + b, 0);
    const active = (): number => [...this.machines.values()].map((m) => m.active).reduce((a, b) => a + b, 0);
    this.clock.work = { active: () => active() > 0, progress: () => pieces() + logs() + active() };
  }

  static async make(left: string, right: string, meet: string): Promise<Meeting> {
    const rig = await makeRig(inventoryOf(left, right, meet));
    expect((await rig.run('link')).state).toBe('as-wanted');
    return new Meeting(rig);
  }

  run(goal: UpdaterOptions['goal'], end?: End): Promise<readonly UpdaterDone[]> {
    const options = { goal, start: 'none', program: '/usr/local/bin/provision', agree: () => Promise.resolve(true) } as const;
    return updater({ ...this.rig.options, updater: { ...options, ...(end === undefined ? {} : { end }) } });
  }

  host(name: string): SimulatedHost {
    const host = this.rig.host(name);
    if (!(host instanceof SimulatedHost)) throw new Error(`${name} is no simulated host`);
    return host;
  }

  text(name: string, file: string): string {
    return this.host(name).system.files.read(`${homeOf(this.host(name))}/${file}`) ?? '';
  }

  /** The program of an end starts; all it knows is what stands in its state. @param from - Of its first tick of the schedule, ms. */
  start(end: End, from: number): void {
    const { clock } = this;
    const { twin } = this.rig.options.running;
    const config = parseConfig(this.text(end, 'updater.json'), 'updater.json');
    const keyFile = join(this.folder, end);
    writeFileSync(keyFile, this.text(end, 'updater.key'), { mode: 0o600 });
    const line = this.lines.get(end) ?? new Line();
    const machine = new SimulatedMachine({
      host: this.host(end),
      config,
      clock,
      line,
      keyFile,
      random: () => 0.5,
      addresses: (name) => twin.addressesOf(end, name),
      dial: (source) => twin.dial(end, 'meet', source === undefined ? {} : { source }).then((e) => e.port),
      rttMs: () => this.rig.internet.rttMs,
    });
    const memory = new Memory(
      structuredClone(this.states.get(end)) ?? firstState(config.link, config.outer.local),
      (state) => void this.states.set(end, structuredClone(state)),
      (error) => expect.fail(String(error)),
    );
    const made = new Updater({ config, memory, machine, note: (level, text) => void this.notes.push(`${end} ${level} ${text}`) });
    this.machines.set(end, machine);
    this.updaters.set(end, made);
    void made.tick('start');
    this.stops.push(
      clock.every(PERIOD, () => void made.tick('schedule'), from),
      clock.every(500, () => made.poll(), 250),
    );
  }

  passes(): boolean {
    const one = (name: End, to: string): boolean => this.host(name).system.stack.echo(to, { bytes: 84 }).replyTtl !== undefined;
    return one('left', '10.1.12.38') && one('right', '10.1.12.37');
  }

  async close(): Promise<void> {
    for (const stop of this.stops) stop();
    for (const machine of this.machines.values()) machine.die();
    for (const line of this.lines.values()) line.end();
    await this.rig.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const homeOf = (host: SimulatedHost): string => `/var/${host.system.uname.sysname === 'Linux' ? 'lib' : 'db'}/provision/pair`;

let meeting: Meeting;
afterEach(() => meeting.close());

describe.each([
  ['Debian 12', 'FreeBSD 13.2', 'Debian 12'],
  ['NetBSD 1.5.2', 'OpenBSD 7.5', 'NetBSD 9.3'],
])('%s and %s, which both move, and %s where they meet', (left, right, meet) => {
  it('install gives each end a key of its own at the meeting point; a second time there is nothing to do; uninstall leaves no trace', async () => {
    meeting = await Meeting.make(left, right, meet);
    const before = [...ENDS, 'meet'].map((name) => meeting.host(name).snapshot());
    expect((await meeting.run('install')).map((d) => [d.state, d.plan.dynamic.host, d.plan.fixed.host])).toEqual([
      ['done', 'left', 'meet'],
      ['done', 'right', 'meet'],
    ]);
    expect((await meeting.run('install')).map((d) => d.state)).toEqual(['as-wanted', 'as-wanted']);
    const { twin } = meeting.rig.options.running;
    for (const [end, other] of [ENDS, [...ENDS].reverse()] as [End, End][]) {
      const client = await login((await twin.dial(end, 'meet')).port, meeting.text(end, 'updater.key'));
      expect(await request(client, 'provision 1 see')).toMatchObject({ exit: 0, out: `provision 1 seen ${FIRST[end]} 0 ${FIRST[end]}\n` });
      expect(await request(client, 'provision 1 meet 0')).toMatchObject({ exit: 0, out: `provision 1 met 0 ${FIRST[end]} ${FIRST[other]}\n` });
      expect((await request(client, 'provision 1 move 1')).out).toBe('provision 1 refused request\n');
      expect((await request(client, 'id')).out).toBe('provision 1 refused request\n');
      client.end();
    }
    expect((await meeting.run('uninstall', 'left')).map((d) => d.state)).toEqual(['done']);
    expect(meeting.text('meet', 'at.left')).not.toBe('');
    expect((await meeting.run('uninstall')).map((d) => d.state)).toEqual(['as-wanted', 'done']);
    expect([...ENDS, 'meet'].map((name) => meeting.host(name).snapshot())).toEqual(before);
  });

  it('the tunnel is back within a period and 5 s after one end, the other, or both have moved, boot files too', async () => {
    meeting = await Meeting.make(left, right, meet);
    await meeting.run('install');
    const { twin } = meeting.rig.options.running;
    meeting.start('left', 10_000);
    meeting.start('right', 35_000);
    await meeting.clock.advance(5000);
    const moves: readonly Partial<Record<End, string>>[] = [
      { left: '198.51.100.1' },
      { right: '198.51.100.2' },
      { left: '198.51.100.3', right: '198.51.100.4' },
      { left: '198.51.100.5', right: '198.51.100.6' },
    ];
    for (const [i, move] of moves.entries()) {
      for (const end of ENDS) if (move[end] !== undefined) twin.readdress(end, move[end]);
      expect(meeting.passes()).toBe(false);
      const from = meeting.clock.now;
      const back = await meeting.clock.until(() => meeting.passes(), PERIOD + 5000);
      if (!back) console.log(meeting.notes.slice(-20).join('\n'));
      expect([i, back]).toEqual([i, true]);
      console.log(`figure: ${left} / ${right}: move ${i + 1}, back after ${meeting.clock.now - from} ms`);
      await meeting.clock.advance(7000 + 3000 * i);
    }
    await meeting.clock.advance(2 * PERIOD);
    const idle = ENDS.map((end) => meeting.machines.get(end)?.done.requests);
    await meeting.clock.advance(20 * PERIOD);
    expect(ENDS.map((end) => meeting.machines.get(end)?.done.requests)).toEqual(idle);
    for (const end of ENDS)
      expect(meeting.states.get(end)).toMatchObject({
        local: twin.outerOf(end),
        boot: twin.outerOf(end),
        remote: twin.outerOf(end === 'left' ? 'right' : 'left'),
      });
    for (const end of ENDS) meeting.host(end).reboot('test');
    await meeting.clock.advance(1000);
    expect(meeting.passes()).toBe(true);
  });
});

it('both move while neither can reach the meeting point: back within a period and 5 s of when they can', async () => {
  meeting = await Meeting.make('Debian 12', 'Debian 12', 'Debian 12');
  await meeting.run('install');
  const { twin } = meeting.rig.options.running;
  meeting.start('left', 10_000);
  meeting.start('right', 35_000);
  await meeting.clock.advance(5000);
  meeting.host('meet').powered = false;
  twin.readdress('left', '198.51.100.1');
  twin.readdress('right', '198.51.100.2');
  await meeting.clock.advance(4 * PERIOD);
  meeting.host('meet').powered = true;
  expect(await meeting.clock.until(() => meeting.passes(), PERIOD + 5000)).toBe(true);
});

it('an end with a fixed address, or no third host, is told before any host is dialled', () => {
  const text = (via: string, address: string): string =>
    `hosts:\n  left: { address: ${address} }\n  right: { address: dynamic }\n  meet: { address: dynamic }\nlinks:\n  pair:\n    subnet: 10.1.12.36/30\n    updater: { via: ${via} }\n    ends:\n      left: { inner: 10.1.12.37, interface: gre1 }\n      right: { inner: 10.1.12.38, interface: gre1 }\n`;
  const said = (via: string, address: string): string => {
    try {
      parseInventory([{ file: 'via.yaml', text: text(via, address) }]);
      return '';
    } catch (error) {
      return JSON.stringify(error, ['errors', 'message', 'details', 'place', 'line']);
    }
  };
  expect(said('left', 'dynamic')).toContain('left is an end of pair');
  expect(said('nobody', 'dynamic')).toContain('There is no host');
  expect(said('meet', 'dynamic')).toContain('no address that stays');
  expect(said('meet', '203.0.113.1')).toContain('needs no meeting point');
});
