/**
 * The updater on real kernels with real OpenSSH: installed once, its key good for nothing else, and a tunnel that comes back after every change of an address.
 * One lab, tests in order: each begins where the one before it ended. Some 20 minutes: npm run test:updater:lab.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONNTRACK, describeLab, NFT } from '../lab/lab.js';
import { oneChange, peers, seeded, startWatching, stopWatching } from './changes.js';
import { Gateway, INSIDE, type Kind } from './gateway.js';
import { BANNER, fixedEnd, HOSTILE, Intruder } from './key.js';
import { HOME, type HostName, outer, UpdaterRig } from './rig.js';

const PERIOD = 5;
const CHANGES = 10;
const SEED = Number(process.env.PROVISION_SEED ?? 20_021_112);
const LONG = { timeout: 600_000 };
const HOSTS = ['h1', 'h2'] as const;

describeLab('the updater of a link between two real Linux hosts', () => {
  let rig: UpdaterRig;
  /** Number of h2's present address. */
  let at = 0;
  /** Seconds that the updater took for one change that nothing disturbed. */
  let undisturbed = 0;

  const figure = (text: string): void => console.log(`figure: ${text}`);
  const owners = (h: HostName, names: readonly string[]): Promise<string> => rig.must(h, `cd ${HOME} && stat -c '%a %U %n' . ${names.join(' ')}`);
  const install = (...more: string[]) => rig.provision('updater', 'install', 'pair', '--yes', ...more);

  beforeAll(async () => {
    const from = Date.now();
    rig = await UpdaterRig.start(outer(at));
    figure(`the lab took ${seconds(from)} s`);
    const linked = await rig.provision('link', 'pair', '--yes', '--guard', '240');
    expect([linked.exit, linked.exit === 0 ? '' : linked.stderr]).toEqual([0, '']);
    figure(`lab and link took ${seconds(from)} s`);
    for (const h of HOSTS) await rig.must(h, `ip route add 10.77.${h.slice(1)}.0/24 dev gre1`);
  }, 900_000);
  afterAll(() => rig?.lab.stop(), 60_000);

  const seconds = (from: number): string => ((Date.now() - from) / 1000).toFixed(1);

  it('install puts it there, of root alone; a second time there is nothing to do', LONG, async () => {
    const from = Date.now();
    const first = await install();
    expect([first.exit, first.exit === 0 ? '' : first.stderr]).toEqual([0, '']);
    figure(`updater install took ${seconds(from)} s`);
    expect(await owners('h1', ['receiver', 'address'])).toBe('700 root .\n700 root receiver\n600 root address\n');
    const near = ['updater', 'updater.key', 'updater.hosts', 'updater.json'];
    expect(await owners('h2', near)).toBe('700 root .\n700 root updater\n600 root updater.key\n600 root updater.hosts\n600 root updater.json\n');
    expect(await rig.must('h1', 'stat -c %a /root/.ssh/authorized_keys')).toBe('600\n');
    const before = await Promise.all(HOSTS.map((h) => rig.files(h)));
    const again = await install();
    expect([again.exit, again.stdout + again.stderr]).toEqual([0, expect.stringContaining('nothing to do')]);
    expect(await Promise.all(HOSTS.map((h) => rig.files(h)))).toEqual(before);
  });

  it('--cron is refused where there is no cron, and nothing is changed', LONG, async () => {
    const before = await Promise.all(HOSTS.map((h) => rig.files(h)));
    const ran = await install('--cron');
    expect([ran.exit, ran.stderr]).toEqual([1, expect.stringContaining('COMMAND_MISSING')]);
    expect(ran.stderr).toMatch(/h2 has no .*cron/);
    expect(await Promise.all(HOSTS.map((h) => rig.files(h)))).toEqual(before);
  });

  it('another address of h2: one call of the sh form re-points both ends; the next one asks nobody', LONG, async () => {
    const inner = await Promise.all(HOSTS.map((h) => rig.inner(h)));
    expect(inner.map((text) => text.includes('10.77.'))).toEqual([true, true]);
    const was = await rig.requests();
    await rig.move(outer(at), outer(++at));
    expect(await rig.pings()).toBe(false);
    const run = await rig.update();
    expect(run.exit).toBe(0);
    undisturbed = run.seconds;
    figure(`one undisturbed update took ${undisturbed.toFixed(1)} s on h2`);
    expect(await rig.pings()).toBe(true);
    expect(await rig.differences(outer(at))).toEqual([]);
    expect((await rig.outers()).told).toContain(' confirmed ');
    expect(await Promise.all(HOSTS.map((h) => rig.inner(h)))).toEqual(inner);
    expect(await rig.requests()).toBe(was + 1);
    const second = await rig.update();
    figure(`an update with nothing to do took ${second.seconds.toFixed(1)} s on h2`);
    expect(second.exit).toBe(0);
    expect(await rig.requests()).toBe(was + 1);
  });

  it(`${CHANGES} changes with cuts of the cables: the tunnel is back soon after both ends reach each other, each change made once`, {
    timeout: 2_400_000,
  }, async () => {
    const limit = PERIOD + 5 + undisturbed;
    figure(`seed ${SEED}; limit ${limit.toFixed(1)} s: a period of ${PERIOD} s, 5 s, and what an undisturbed update takes`);
    const random = seeded(SEED);
    const first = at;
    const times: number[] = [];
    await startWatching(rig, PERIOD);
    try {
      for (let n = 1; n <= CHANGES; n++) {
        const { back, text } = await oneChange(rig, outer(at), outer(++at), random);
        figure(`change ${n}: ${text}`);
        times.push(back);
        expect(await rig.differences(outer(at))).toEqual([]);
      }
    } finally {
      await stopWatching(rig);
    }
    const used = await peers(rig);
    figure(`back after ${times.map((t) => t.toFixed(1)).join(', ')} s`);
    // Each address once, in this order, and each told by as many messages of the kernel as any other.
    const wanted = Array.from({ length: CHANGES }, (_, n) => outer(first + 1 + n));
    expect(used.filter((peer, i) => peer !== used[i - 1])).toEqual(wanted);
    expect(new Set(wanted.map((address) => used.filter((peer) => peer === address).length)).size).toBe(1);
    const done = await rig.done();
    expect(done.map(([seq]) => seq)).toEqual(done.map(([seq]) => seq).sort((a, b) => a - b));
    // A number that was answered again has the same address.
    expect(new Map(done).size).toBe(new Set(done.map(String)).size);
    expect(Math.max(...times)).toBeLessThanOrEqual(limit);
  });

  it('after a reboot of the fixed end the tunnel is back with the address it was told, and takes the next one', LONG, async () => {
    await rig.move(outer(at), outer(++at));
    expect((await rig.update()).exit).toBe(0);
    await rig.forget('h1');
    await rig.lab.reboot('h1');
    await expect.poll(() => rig.pings(), { timeout: 60_000, interval: 1000 }).toBe(true);
    expect(await rig.differences(outer(at))).toEqual([]);
    await rig.move(outer(at), outer(++at));
    expect((await rig.update()).exit).toBe(0);
    expect(await rig.pings()).toBe(true);
    expect(await rig.differences(outer(at))).toEqual([]);
  });

  it('the key opens no shell, no terminal, no port, no agent and copies nothing', LONG, async () => {
    const intruder = await Intruder.at(rig, outer(at));
    const before = await fixedEnd(rig);
    const refused = { exit: 1, stdout: expect.stringMatching(/^provision 1 refused request\r?\n$/) };
    expect(await intruder.shell()).toMatchObject(refused);
    const terminal = await intruder.shell('-tt');
    expect(terminal).toMatchObject({ exit: 255, stdout: '', stderr: expect.stringContaining('PTY allocation request failed') });
    for (const way of ['local', 'socks', 'through'] as const) {
      const ran = await intruder[way]();
      expect([way, ran.stdout.includes(BANNER), ran.stderr]).toEqual([way, false, expect.stringContaining('administratively prohibited')]);
    }
    expect(await intruder.remote()).toMatchObject({ exit: 255, stderr: expect.stringContaining('remote port forwarding failed') });
    const agent = await intruder.agent();
    // What sshd itself says that this key may: with an agent, a port or a terminal it would say so here.
    expect(agent.stderr).toMatch(/key options: command\s*$/m);
    expect(agent).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^provision 1 seen /) });
    for (const program of ['sftp', 'scp', 'scp -O']) expect([program, (await intruder.copy(program)).exit === 0]).toEqual([program, false]);
    expect(await fixedEnd(rig)).toEqual(before);
  });

  it(`${HOSTILE.length} hostile requests are refused and logged, and change nothing`, LONG, async () => {
    const intruder = await Intruder.at(rig, outer(at));
    const before = await fixedEnd(rig);
    const logged = (await rig.logged()).length;
    const answers = HOSTILE.map(([, answer]) => (answer === 'stale' ? `stale ${before.told.split(' ')[0]}` : answer));
    for (const [i, [request]] of HOSTILE.entries()) {
      const ran = await intruder.ask(request, '-o \'SetEnv=LC_ALL="() { :;}; touch /tmp/owned"\'');
      expect([request, ran.exit, ran.stdout]).toEqual([request, 1, `provision 1 ${answers[i]}\n`]);
    }
    const lines = (await rig.logged()).slice(logged);
    expect(lines.map((line) => line.replace(/^.*: /, ''))).toEqual(answers);
    expect(lines.filter((line) => !line.includes(`${outer(at)} asked: `))).toEqual([]);
    expect(await fixedEnd(rig)).toEqual(before);
    expect(await rig.pings()).toBe(true);
  });

  it('uninstall takes the key away first and leaves the link', LONG, async () => {
    rig.know(outer(at));
    const ran = await rig.provision('updater', 'uninstall', 'pair', '--yes');
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr]).toEqual([0, '']);
    expect(await rig.must('h2', `ls -A ${HOME}`)).toBe('journal\n');
    expect(await rig.must('h1', `ls -A ${HOME}; grep -c receiver /root/.ssh/authorized_keys || true`)).toBe('journal\n0\n');
    expect(await rig.pings()).toBe(true);
  });

  it('behind a gateway: link and install by the outside address', LONG, async () => {
    const gateway = new Gateway(rig);
    await gateway.build(outer(at));
    await gateway.outside(outer(++at), 'one-to-one');
    rig.describe(`{ inside: ${INSIDE}, outside: ${outer(at)} }`);
    const linked = await rig.provision('link', 'pair', '--yes', '--guard', '240');
    expect([linked.exit, linked.exit === 0 ? '' : linked.stderr]).toEqual([0, '']);
    const installed = await install();
    expect([installed.exit, installed.exit === 0 ? '' : installed.stderr]).toEqual([0, '']);
    const was = await rig.requests();
    expect((await rig.update()).exit).toBe(0);
    expect(await rig.requests()).toBe(was);
    for (const kind of ['one-to-one', 'masquerade'] as const) await outsideChanges(gateway, kind);
  });

  /** The outside address changes; only the silence of the tunnel tells h2. */
  async function outsideChanges(gateway: Gateway, kind: Kind): Promise<void> {
    await gateway.outside(outer(++at), kind);
    expect(await rig.pings()).toBe(false);
    const run = await rig.update();
    figure(`behind a gateway (${kind}): another outside address, the update took ${run.seconds.toFixed(1)} s on h2`);
    expect([kind, run.exit]).toEqual([kind, 0]);
    expect([kind, await rig.pings()]).toEqual([kind, true]);
    expect(await rig.differences(outer(at), INSIDE)).toEqual([]);
  }
}, [NFT, CONNTRACK]);
