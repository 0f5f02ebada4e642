import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Updater } from '../../../src/address/updater.js';
import { CONFIG, FIRST, FIXED, NAT, World } from './world.js';

const SECOND = '198.51.100.7';
const THIRD = '203.0.113.9';

/** What was run, without pings and proofs. */
const changes = (world: World): string[] =>
  world.phases.flatMap((calls) =>
    calls.flatMap((c) => (c.verb === 'run' || c.verb === 'try' ? [c.words.join(' ')] : c.verb === 'put' ? ['put'] : [])),
  );

/** An updater that has told the first address. */
async function settled(world: World, config = CONFIG): Promise<Updater> {
  const updater = new Updater(world.desk(config));
  expect(await updater.tick('start')).toEqual({ state: 'as-wanted' });
  world.requests.length = 0;
  world.phases.length = 0;
  return updater;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 25) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a watched interface', () => {
  it('asks and changes nothing while its address is in use and told', async () => {
    const world = new World();
    const updater = await settled(world);
    for (let i = 0; i < 10; i++) expect(await updater.tick('schedule')).toEqual({ state: 'as-wanted' });
    updater.poll();
    expect([world.requests, world.phases]).toEqual([[], []]);
  });

  it('reads its own end and asks once after the first start, and changes nothing', async () => {
    const world = new World();
    const updater = new Updater(world.desk());
    await updater.tick('start');
    expect(changes(world)).toEqual([]);
    expect(world.requests).toEqual(['provision 1 move 1']);
    expect(updater.state).toMatchObject({ seq: 1, local: FIRST, boot: FIRST, told: { address: FIRST, seq: 1, confirmed: true } });
  });

  it('points its own end, writes boot files and tells the other, in that order', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = SECOND;
    updater.poll();
    await vi.advanceTimersByTimeAsync(0);
    expect(changes(world)).toEqual([`set ${SECOND} ${FIXED} ${FIRST} ${FIXED}`, 'put']);
    expect(world.requests).toEqual(['provision 1 move 2']);
    expect([world.live, world.boot, world.receiver.address]).toEqual([SECOND, SECOND, SECOND]);
    expect(updater.state).toMatchObject({ local: SECOND, boot: SECOND, changes: 1, failures: 0, told: { address: SECOND, seq: 2 } });
    expect(updater.state.pending).toBeUndefined();
    expect(world.notes.map((n) => n.text)).toContain('mostly answers through the tunnel');
  });

  it('leaves its own end alone while a run holds the link, and goes on when it is over', async () => {
    const world = new World();
    const updater = await settled(world, { ...CONFIG, guard: '/run/provision.mostly-wlan' });
    world.held = 'armed.abcdef01\nroot@controller until 12:00\n';
    world.present = SECOND;
    expect(await updater.tick('change')).toMatchObject({ state: 'unchanged', error: { code: 'LOCKED' } });
    expect([changes(world), world.requests]).toEqual([[], []]);
    world.held = '';
    await vi.advanceTimersByTimeAsync(5000);
    expect([world.live, world.receiver.address]).toEqual([SECOND, SECOND]);
  });

  it('waits where the interface has no address, and goes on when it has one', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = undefined;
    expect(await updater.tick('schedule')).toMatchObject({ state: 'waiting', error: { code: 'ADDRESS_UNKNOWN' } });
    await updater.tick('schedule');
    expect([world.requests, world.phases]).toEqual([[], []]);
    expect(world.notes.filter((n) => n.text.includes('waiting'))).toHaveLength(1);
    world.present = '169.254.3.4';
    world.addresses = () => [world.present ?? ''];
    expect((await updater.tick('schedule')).state).toBe('waiting');
    world.present = THIRD;
    updater.poll();
    await vi.advanceTimersByTimeAsync(0);
    expect(world.receiver.address).toBe(THIRD);
  });

  it('goes back and tells nobody where its own end cannot be changed, and tries again', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = SECOND;
    world.broken.add(`set ${SECOND}`);
    expect(await updater.tick('schedule')).toMatchObject({ state: 'unchanged', error: { code: 'STEP_FAILED', step: 'point.1', stderr: 'refused' } });
    expect(changes(world)).toEqual([`set ${SECOND} ${FIXED} ${FIRST} ${FIXED}`, `set ${FIRST} ${FIXED} ${SECOND} ${FIXED}`]);
    expect(world.requests).toEqual([]);
    expect(updater.state).toMatchObject({ local: FIRST, failures: 1, nextAt: Date.now() + 1000 });
    world.broken.clear();
    await vi.advanceTimersByTimeAsync(1000);
    expect([world.live, world.receiver.address, updater.state.error, updater.state.nextAt]).toEqual([SECOND, SECOND, undefined, undefined]);
  });

  it('does not believe the state where going back failed too', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = SECOND;
    world.live = '0.0.0.1';
    world.broken.add('set');
    expect((await updater.tick('schedule')).state).toBe('half');
    world.broken.clear();
    world.present = FIRST;
    await updater.tick('schedule');
    expect(world.live).toBe(FIRST);
  });

  it('tells the other end although boot files cannot be written, says half, and writes them later', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = SECOND;
    world.broken.add('put');
    expect(await updater.tick('change')).toMatchObject({ state: 'half', error: { code: 'FILE_REFUSED' } });
    expect(world.receiver.address).toBe(SECOND);
    world.broken.clear();
    await vi.advanceTimersByTimeAsync(1000);
    expect([world.boot, world.requests.length, updater.state.error]).toEqual([SECOND, 1, undefined]);
  });
});

describe('answers', () => {
  async function moved(world: World): Promise<Updater> {
    const updater = await settled(world);
    world.present = SECOND;
    return updater;
  }

  it('keeps the number of a wish whose answer was lost, and it is carried out once', async () => {
    const world = new World();
    const updater = await moved(world);
    world.network = 'lose-answer';
    expect(await updater.tick('change')).toMatchObject({ state: 'half', error: { code: 'HOST_DOWN' } });
    world.network = 'ok';
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.requests).toEqual(['provision 1 move 2', 'provision 1 move 2']);
    expect(world.receiver.applied).toEqual([1, 2]);
    expect(updater.state.told?.address).toBe(SECOND);
  });

  it('takes the number after a stale one and asks once more', async () => {
    const world = new World();
    const updater = await moved(world);
    world.receiver.seq = 7;
    expect((await updater.tick('change')).state).toBe('as-wanted');
    expect(world.requests).toEqual(['provision 1 move 2', 'provision 1 move 8']);
    expect(updater.state.seq).toBe(8);
  });

  it('asks at most twice in one tick, whatever the other end says', async () => {
    const world = new World();
    const updater = await moved(world);
    world.receiver.scripted.push({ exit: 1, text: 'provision 1 stale 10\n' }, { exit: 1, text: 'provision 1 stale 999999999\n' });
    expect(await updater.tick('change')).toMatchObject({ state: 'half', error: { code: 'UPDATER_REFUSED' } });
    expect(world.requests).toHaveLength(2);
  });

  it('comes again when a busy end says, and counts no failure', async () => {
    const world = new World();
    const updater = await moved(world);
    world.receiver.scripted.push({ exit: 1, text: 'provision 1 busy 17\n' });
    expect(await updater.tick('change')).toMatchObject({ state: 'half', error: { code: 'LOCKED' } });
    expect(updater.state).toMatchObject({ failures: 0, nextAt: Date.now() + 17_000 });
    await vi.advanceTimersByTimeAsync(16_900);
    expect(world.requests).toHaveLength(1);
    await updater.tick('schedule');
    expect(world.requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect([world.requests.length, world.receiver.address]).toEqual([2, SECOND]);
  });

  it.each([
    [{ exit: 1, text: 'provision 1 refused private\n' }, 'its own is not'],
    [{ exit: 1, text: 'provision 1 failed boot\n' }, 'boot files'],
    [{ exit: 127, text: 'sh: receiver: not found\n' }, 'exit status 127, output: sh: receiver: not found'],
    [{ exit: 0, text: 'provision 1 done 99 198.51.100.7 confirmed\n' }, ''],
    [{ exit: 0, text: 'provision 1 seen 198.51.100.7 1 198.51.100.7\n' }, ''],
    [{ exit: 1, text: 'provision 1 stale 0\n' }, ''],
  ])('remembers %j as the last error and asks again with the same number', async (said, why) => {
    const world = new World();
    const updater = await moved(world);
    world.receiver.scripted.push(said);
    expect(await updater.tick('change')).toMatchObject({ state: 'half', error: { code: 'UPDATER_REFUSED' } });
    expect(updater.state.error?.text).toContain(why);
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.requests).toEqual(['provision 1 move 2', 'provision 1 move 2']);
    expect(updater.state).toMatchObject({ failures: 1, told: { address: SECOND } });
  });

  it('tries again after 1 s, then ever later up to a minute, for as long as it takes', async () => {
    const world = new World();
    const updater = await moved(world);
    world.network = 'down';
    const at: number[] = [];
    const since = Date.now();
    world.ask = () => {
      at.push(Date.now() - since);
      return Promise.reject(new Error('no'));
    };
    await updater.tick('change');
    await vi.advanceTimersByTimeAsync(3600_000);
    const gaps = at.map((t, i) => t - (at[i - 1] ?? 0)).slice(1);
    expect(gaps.slice(0, 7)).toEqual([1000, 1500, 3000, 6000, 12_000, 24_000, 45_000]);
    expect(new Set(gaps.slice(7))).toEqual(new Set([45_000]));
    await updater.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take the answer of a number used before its state was lost for the answer to this wish', async () => {
    const world = new World();
    await (await moved(world)).tick('change');
    world.file = undefined;
    world.receiver.seq = 1;
    world.receiver.address = FIRST;
    world.receiver.scripted.push({ exit: 0, text: `provision 1 done 1 ${FIRST} confirmed\n` });
    const again = new Updater(world.desk());
    expect((await again.tick('start')).state).toBe('as-wanted');
    expect(world.receiver.address).toBe(SECOND);
  });

  it('is content, and says so, where the other end sees another address than the interface has', async () => {
    const world = new World();
    world.outside = THIRD;
    const updater = new Updater(world.desk());
    expect((await updater.tick('start')).state).toBe('as-wanted');
    expect(updater.state.told).toMatchObject({ address: FIRST, seen: THIRD });
    expect(world.notes.map((n) => n.text)).toContain(`mostly sees ${THIRD} where this host has ${FIRST}: is there a gateway?`);
    world.requests.length = 0;
    await updater.tick('schedule');
    expect(world.requests).toEqual([]);
  });
});

describe('an address that changes while it works', () => {
  it('gives up the open request for the newer wish, which has a higher number', async () => {
    const world = new World();
    const updater = await settled(world);
    world.delay = 1000;
    world.present = SECOND;
    updater.poll();
    // Carried out, and the answer is on its way to an address that has gone: only a timeout of half a minute would tell.
    await vi.advanceTimersByTimeAsync(3500);
    expect(world.open).toBe(1);
    world.present = THIRD;
    updater.poll();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.requests).toEqual(['provision 1 move 2', 'provision 1 move 3']);
    expect([world.mostOpen, world.live, world.receiver.address]).toEqual([1, THIRD, THIRD]);
  });

  it('goes on with the newer wish in the same tick, where nobody would tick again', async () => {
    const world = new World();
    await (await settled(world)).stop();
    const alone = new Updater(world.desk(), false);
    world.delay = 1000;
    world.present = SECOND;
    const tick = alone.tick('start');
    await vi.advanceTimersByTimeAsync(5500);
    expect(world.receiver.address).toBe(SECOND);
    world.present = THIRD;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await tick).toEqual({ state: 'as-wanted' });
    expect([world.live, world.receiver.address]).toEqual([THIRD, THIRD]);
  });

  it('comes back to the first address by a new number, because nobody knows whether the one between was carried out', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = SECOND;
    world.network = 'lose-answer';
    await updater.tick('change');
    world.network = 'ok';
    world.present = FIRST;
    updater.poll();
    await vi.advanceTimersByTimeAsync(0);
    expect(world.receiver.applied).toEqual([1, 2, 3]);
    expect([world.live, world.receiver.address]).toEqual([FIRST, FIRST]);
  });
});

describe('behind a gateway', () => {
  const gateway = (): World => {
    const world = new World();
    world.present = '192.168.1.5';
    world.live = '192.168.1.5';
    world.outside = FIRST;
    return world;
  };

  it('pings once and asks nothing while it is answered', async () => {
    const world = gateway();
    const updater = new Updater(world.desk(NAT));
    await updater.tick('start');
    await updater.tick('schedule');
    expect(world.requests).toEqual([]);
    expect(world.phases.map((calls) => calls.map((c) => c.id))).toEqual([['across'], ['across']]);
  });

  it('tells the other end to look where no ping comes back, and changes nothing here', async () => {
    const world = gateway();
    const updater = new Updater(world.desk(NAT));
    world.outside = THIRD;
    expect((await updater.tick('schedule')).state).toBe('as-wanted');
    expect([world.requests, changes(world), world.receiver.address]).toEqual([['provision 1 move 1'], [], THIRD]);
    expect(updater.state).toMatchObject({ changes: 1, told: { seen: THIRD } });
  });

  it('takes an answered ping for the answer that was lost', async () => {
    const world = gateway();
    const updater = new Updater(world.desk(NAT));
    world.outside = THIRD;
    world.network = 'lose-answer';
    expect((await updater.tick('schedule')).state).toBe('unchanged');
    world.network = 'ok';
    await vi.advanceTimersByTimeAsync(1000);
    expect([world.requests.length, updater.state.pending, updater.state.error]).toEqual([1, undefined, undefined]);
  });
});

describe('a restart', () => {
  it('keeps a wish that was not acknowledged, and its number', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = SECOND;
    world.network = 'lose-answer';
    await updater.tick('change');
    await updater.stop();
    world.network = 'ok';
    const again = new Updater(world.desk());
    expect((await again.tick('start')).state).toBe('as-wanted');
    expect(world.requests).toEqual(['provision 1 move 2', 'provision 1 move 2']);
    expect(world.receiver.applied).toEqual([1, 2]);
  });

  it('mends an own end that came back from a reboot with an old address', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = SECOND;
    await updater.tick('change');
    world.live = FIRST;
    world.boot = FIRST;
    world.requests.length = 0;
    const again = new Updater(world.desk());
    expect((await again.tick('start')).state).toBe('as-wanted');
    expect([world.live, world.boot, world.requests]).toEqual([SECOND, SECOND, []]);
  });

  it('only looks where all is as it was', async () => {
    const world = new World();
    await settled(world);
    const again = new Updater(world.desk());
    await again.tick('start');
    expect(world.requests).toEqual([]);
    expect(world.phases.map((calls) => calls.map((c) => c.id))).toEqual([['point.1.proof']]);
  });

  it('is told once more and no worse where the state was lost', async () => {
    const world = new World();
    const updater = await settled(world);
    world.present = SECOND;
    await updater.tick('change');
    world.file = undefined;
    const again = new Updater(world.desk());
    expect((await again.tick('start')).state).toBe('as-wanted');
    expect([world.live, world.receiver.address, again.state.seq]).toEqual([SECOND, SECOND, 3]);
  });
});

describe('the end', () => {
  it('gives up an open request at once and keeps the wish', async () => {
    const world = new World();
    const updater = await settled(world);
    world.delay = 10_000;
    world.present = SECOND;
    const tick = updater.tick('change');
    await vi.advanceTimersByTimeAsync(25_000);
    const stopped = updater.stop();
    await vi.advanceTimersByTimeAsync(5000);
    await stopped;
    expect(await tick).toEqual({ state: 'stopped' });
    expect(world.file?.pending).toMatchObject({ address: SECOND, seq: 2 });
    expect(await updater.tick('schedule')).toEqual({ state: 'stopped' });
  });

  it('waits for a change that is under way', async () => {
    const world = new World();
    const updater = await settled(world);
    world.delay = 3000;
    world.present = SECOND;
    void updater.tick('change');
    await vi.advanceTimersByTimeAsync(1000);
    const stopped = updater.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    expect([world.live, world.requests]).toEqual([SECOND, []]);
  });
});
