/** `updater install` on simulated hosts of every kind: what it puts where, that a second one changes nothing, and that the key it made does what it is for. */
import { afterEach, describe, expect, it } from 'vitest';
import { withPresent } from '../../../src/inventory/ends.js';
import type { Inventory } from '../../../src/model/inventory.js';
import { updater } from '../../../src/pipeline.js';
import type { UpdaterDone, UpdaterOptions } from '../../../src/pipeline-updater.js';
import { twinKinds } from '../../../src/twin/twin.js';
import { pairInventory } from '../pair.js';
import { makeRig, type Rig } from '../rig.js';
import { login, request } from './rig.js';

const FIXED = '203.0.113.1';
const FIRST = '203.0.113.2';

function movingInventory(left: string, right: string, extra = ''): Inventory {
  return withPresent(pairInventory(left, right, extra, 'dynamic'), new Map([['right', FIRST]]));
}

let rig: Rig;
afterEach(() => rig.close());

async function linked(left: string, right: string, extra = ''): Promise<void> {
  rig = await makeRig(movingInventory(left, right, extra));
  expect((await rig.run('link')).state).toBe('as-wanted');
}

async function run(goal: UpdaterOptions['goal'], start: UpdaterOptions['start'] = 'cron', agree = true): Promise<UpdaterDone> {
  const options = { goal, start, program: '/usr/local/bin/provision', agree: () => Promise.resolve(agree) };
  const [done] = await updater({ ...rig.options, updater: options });
  if (done === undefined) throw new Error('no end');
  return done;
}

const stepsOf = ({ plan }: UpdaterDone): string[] => [...plan.dynamic.first, ...plan.fixed.steps, ...plan.dynamic.last].map((s) => s.id);
const text = (host: string, path: string): string => rig.host(host).system.files.read(path) ?? '';
const folder = (host: string): string => (rig.host(host).system.uname.sysname === 'Linux' ? '/var/lib/provision/pair' : '/var/db/provision/pair');

describe('updater install', () => {
  it.each(
    twinKinds()
      .filter((kind) => !kind.includes('nogre'))
      .map((kind) => [kind]),
  )('%s: a key that asks the receiver and nothing else, once', async (kind) => {
    await linked(kind, kind);
    const done = await run('install');
    expect(done.state).toBe('done');
    expect(stepsOf(done)).toEqual(expect.arrayContaining(['key', 'receiver', 'address', 'keys', 'hosts', 'config', 'updater', 'cron']));
    expect((await run('install')).state).toBe('as-wanted');
    const { port } = await rig.options.running.twin.dial('right', 'left');
    const client = await login(port, text('right', `${folder('right')}/updater.key`));
    expect(await request(client, 'provision 1 see')).toMatchObject({ exit: 0, out: `provision 1 seen ${FIRST} 0 ${FIRST}\n` });
    expect((await request(client, 'id')).out).toBe('provision 1 refused request\n');
    client.end();
    expect(text('right', `${folder('right')}/updater.hosts`)).toMatch(new RegExp(`^${FIXED.replaceAll('.', '\\.')} ssh-`));
  });

  it('takes all of it away again, the key first', async () => {
    await linked('Debian 12', 'NetBSD 1.5.2');
    const before = ['left', 'right'].map((h) => rig.host(h).snapshot());
    await run('install');
    const done = await run('uninstall');
    expect(stepsOf(done)[0]).toBe('keys');
    expect(['left', 'right'].map((h) => rig.host(h).snapshot())).toEqual(before);
    expect((await run('uninstall')).state).toBe('as-wanted');
  });

  it('changes nothing without a yes', async () => {
    await linked('Debian 12', 'Debian 12');
    const before = ['left', 'right'].map((h) => rig.host(h).snapshot());
    expect((await run('install', 'cron', false)).state).toBe('pending');
    expect(['left', 'right'].map((h) => rig.host(h).snapshot())).toEqual(before);
  });

  it('is refused while the link itself is not as wanted', async () => {
    rig = await makeRig(movingInventory('Debian 12', 'Debian 12'));
    await expect(run('install')).rejects.toThrow(/not as wanted yet/);
  });

  it('is refused as a service where provision is not, and by cron where the schedule has seconds', async () => {
    await linked('Debian 12', 'Debian 12', '    updater: { schedule: "*/10 * * * * *" }');
    await expect(run('install', 'service')).rejects.toThrow(/no program/);
    await expect(run('install', 'cron')).rejects.toThrow(/has seconds/);
  });

  it('is refused by cron where a folder for its files is there and no cron', async () => {
    await linked('Debian 12', 'Debian 12');
    rig.host('right').system.files.remove('/usr/sbin/cron');
    await expect(run('install', 'cron')).rejects.toThrow(/no cron program/);
    expect((await run('install', 'none')).state).toBe('done');
  });

  it('finds the end whose address changes, or says that there is none', async () => {
    rig = await makeRig(pairInventory('Debian 12', 'Debian 12'));
    await expect(run('install')).rejects.toThrow(/No end of pair has an address that changes/);
  });
});
