/**
 * The main job on real kernels: two Linux hosts, one on ifupdown and one on systemd-networkd, and a third one with tunnels of its own to both.
 * One lab, tests in order: each begins where the one before it ended.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab, type FileFact, type Lab, type Ran, startLab } from './lab.js';
import { must, sleep } from './run.js';
import { ADDRESS, inventoryFile, stateOf, stepsOf } from './tunnel.js';

const BOTH = ['h1', 'h2'] as const;
const FOLDERS = ['/etc', '/var/lib', '/root'];

describeLab('a link between two real Linux hosts', () => {
  let lab: Lab;
  let inventory: string;
  const before: Record<string, { links: string; addresses: string; files: Map<string, FileFact> }> = {};

  const link = (...more: string[]): Promise<Ran> => lab.provision(['link', 'pair', '--yes', '--guard', '240', '--inventory', inventory, ...more]);
  const pings = async (): Promise<boolean> =>
    (await lab.ssh('h1', 'ping -n -c 1 -W 2 10.1.12.38')).exit === 0 && (await lab.ssh('h2', 'ping -n -c 1 -W 2 10.1.12.37')).exit === 0;
  /** What of /etc and the like is not as in `was`. */
  const changed = (was: Map<string, FileFact>, now: Map<string, FileFact>): string[] =>
    [...new Set([...was.keys(), ...now.keys()])].filter(
      (path) => was.get(path)?.sha256 !== now.get(path)?.sha256 || was.get(path)?.mode !== now.get(path)?.mode,
    );

  beforeAll(async () => {
    const from = Date.now();
    lab = await startLab([
      { name: 'h1', address: ADDRESS.h1 ?? '', network: 'ifupdown' },
      { name: 'h2', address: ADDRESS.h2 ?? '', network: 'networkd' },
      { name: 'h3', address: ADDRESS.h3 ?? '', network: 'ifupdown', shell: 'tcsh', sh: 'busybox' },
    ]);
    console.log(`lab: three hosts answer SSH after ${((Date.now() - from) / 1000).toFixed(1)} s`);
    inventory = inventoryFile(lab, 'pair');
    const configured = async (): Promise<string> => (await lab.must('h2', 'networkctl --no-legend --no-pager')).replaceAll(/\s+/g, ' ');
    while (!/vec0 ether routable configured/.test(await configured())) await sleep(500);
  }, 700_000);
  afterAll(() => lab?.stop(), 60_000);

  it('a dry run changes nothing: links, addresses, routes, modules, sysctls, files', { timeout: 300_000 }, async () => {
    // The first look at all sysctls mounts what systemd mounts on demand (binfmt_misc), so it does not count.
    await Promise.all(BOTH.map((h) => stateOf(lab, h)));
    const was = await Promise.all(BOTH.map(async (h) => ({ state: await stateOf(lab, h), files: await lab.files(h, FOLDERS) })));
    const ran = await lab.provision(['link', 'pair', '--dry-run', '--inventory', inventory]);
    expect(ran.exit).toBe(2);
    expect(ran.stdout).toContain('modprobe ip_gre');
    for (const [i, h] of BOTH.entries()) {
      expect(await stateOf(lab, h)).toEqual(was[i]?.state);
      expect(changed(was[i]?.files ?? new Map(), await lab.files(h, FOLDERS))).toEqual([]);
    }
  });

  it('two other tunnels of the same hosts are made by hand, and pinged from here on without a pause', { timeout: 120_000 }, async () => {
    for (const [h, n] of [
      ['h1', 8],
      ['h2', 9],
    ] as const) {
      const near = ADDRESS[h];
      await lab.must(
        h,
        `ip link add gre${n} type gre local ${near} remote ${ADDRESS.h3} ttl 64; ip addr add 10.9.${n}.1 peer 10.9.${n}.2/30 dev gre${n}; ip link set gre${n} up`,
      );
      await lab.must(
        'h3',
        `ip link add gre${n} type gre local ${ADDRESS.h3} remote ${near} ttl 64; ip addr add 10.9.${n}.2 peer 10.9.${n}.1/30 dev gre${n}; ip link set gre${n} up`,
      );
      await lab.must(h, `ping -n -c 1 -W 3 10.9.${n}.2`);
      await lab.must(h, `(trap "" HUP; exec ping -n -i 0.5 10.9.${n}.2 >/run/side.ping 2>&1 </dev/null &)`);
    }
    for (const h of BOTH) {
      const { links, addresses } = await stateOf(lab, h);
      before[h] = { links: links ?? '', addresses: addresses ?? '', files: await lab.files(h, FOLDERS) };
    }
  });

  it('link makes the tunnel: real GRE on the wire, pings both ways, one connection and one fresh one per host', { timeout: 300_000 }, async () => {
    const logins = async (h: string): Promise<number> => Number(await lab.must(h, 'journalctl -q --no-pager -t sshd | grep -c "Accepted publickey"'));
    const was = await Promise.all(BOTH.map(logins));
    const capture = await lab.capture('h2', `ip proto 47 and host ${ADDRESS.h1} and host ${ADDRESS.h2}`);
    const from = Date.now();
    const ran = await link();
    console.log(`figure: provision link on two real hosts took ${((Date.now() - from) / 1000).toFixed(1)} s`);
    expect(ran.stderr + ran.stdout).toContain('as wanted');
    expect(ran.exit).toBe(0);
    const now = await Promise.all(BOTH.map(logins));
    // Each of our own looks at the journal is a login too.
    expect(now.map((n, i) => n - (was[i] ?? 0) - 1)).toEqual([2, 2]);
    expect(await pings()).toBe(true);
    const wire = await capture.stop();
    expect(wire).toContain(`IP ${ADDRESS.h1} > ${ADDRESS.h2}: GREv0`);
    expect(wire).toContain(`IP ${ADDRESS.h2} > ${ADDRESS.h1}: GREv0`);
    // The comparison that the unlink test relies on does see what was written.
    expect(changed(before.h1?.files ?? new Map(), await lab.files('h1', FOLDERS))).toContain('/etc/network/interfaces.d/provision-gre1');
  });

  it('a second run has no step, and verify agrees', { timeout: 300_000 }, async () => {
    const from = Date.now();
    expect(stepsOf(await link('--json'))).toEqual([]);
    console.log(`figure: a second run with nothing to do took ${((Date.now() - from) / 1000).toFixed(1)} s`);
    expect((await lab.provision(['verify', '--inventory', inventory])).exit).toBe(0);
  });

  it.each([
    ['MTU', 'h1', 'ip link set gre1 mtu 1400', ['h1 mtu']],
    ['inner', 'h1', 'ip addr flush dev gre1', ['h1 inner']],
    ['outer', 'h2', `ip link set gre1 type gre local ${ADDRESS.h2} remote 198.51.100.77 ttl 64`, ['h2 outer']],
    ['down', 'h2', 'ip link set gre1 down', ['h2 up']],
    ['deleted', 'h2', 'ip link del gre1', ['h2 create', 'h2 multicast', 'h2 inner', 'h2 up']],
    ['boot file edited', 'h1', 'echo "# by hand" >>/etc/network/interfaces.d/provision-gre1', ['h1 boot-interfaces']],
  ] as const)('drift: %s is repaired by only the steps it needs', { timeout: 300_000 }, async (_name, host, command, steps) => {
    await lab.must(host, command);
    const ran = await link('--json');
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr]).toEqual([0, '']);
    expect(stepsOf(ran).filter((s) => s !== 'h2 mtu')).toEqual(steps);
  });

  it('unlink leaves links, addresses and files as they were, file by file but for the journal of the link', { timeout: 300_000 }, async () => {
    const ran = await lab.provision(['unlink', 'pair', '--yes', '--guard', '240', '--inventory', inventory]);
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr]).toEqual([0, '']);
    for (const h of BOTH) {
      const { links, addresses, left } = await stateOf(lab, h);
      expect(links).toBe(before[h]?.links);
      expect(addresses).toBe(before[h]?.addresses);
      expect(left).toBe('');
      const noise = /^\/var\/lib\/(systemd|dbus|private)\//;
      const kept = ['/var/lib/provision', '/var/lib/provision/pair', '/var/lib/provision/pair/journal'];
      expect(changed(before[h]?.files ?? new Map(), await lab.files(h, FOLDERS)).filter((p) => !noise.test(p))).toEqual(kept);
    }
  });

  it('rollback brings back what unlink has taken away, and then takes itself back', { timeout: 300_000 }, async () => {
    const back = () => lab.provision(['rollback', 'pair', '--yes', '--guard', '240', '--inventory', inventory]);
    const ran = await back();
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr]).toEqual([0, '']);
    expect(await pings()).toBe(true);
    expect(stepsOf(await link('--json'))).toEqual([]);
    const again = await back();
    expect([again.exit, again.exit === 0 ? '' : again.stderr]).toEqual([0, '']);
    for (const h of BOTH) {
      const { links, addresses, left } = await stateOf(lab, h);
      expect([links, addresses, left]).toEqual([before[h]?.links, before[h]?.addresses, '']);
    }
  });

  it('a controller killed in the middle: both hosts go back by themselves', { timeout: 300_000 }, async () => {
    const running = lab.startProvision(['link', 'pair', '--yes', '--guard', '30', '--inventory', inventory]);
    running.child.stderr?.on('data', (text: string) => {
      if (/done ip link add/.test(text)) running.child.kill('SIGKILL');
    });
    const ran = await running.done;
    expect(ran.exit).toBe(null);
    expect(ran.stderr).toContain('done ip link add');
    // Arming, the second look and the first step take a slow machine more than ten seconds.
    await sleep(31_000);
    for (const h of BOTH) {
      // A slow host may need a moment for its undo.
      await expect.poll(async () => (await stateOf(lab, h)).links, { timeout: 60_000, interval: 1000 }).toBe(before[h]?.links);
      const { addresses, left } = await stateOf(lab, h);
      expect(addresses).toBe(before[h]?.addresses);
      expect(left).not.toContain('pv-');
    }
  });

  it('Ctrl-C in the middle: what was done is taken back, and said', { timeout: 300_000 }, async () => {
    const running = lab.startProvision(['link', 'pair', '--yes', '--guard', '240', '--inventory', inventory]);
    let stopped = false;
    running.child.stderr?.on('data', (text: string) => {
      // Once: the second Ctrl-C would leave at once and let the guards do it.
      if (stopped || !/done ip link add/.test(text)) return;
      stopped = true;
      running.child.kill('SIGINT');
    });
    const ran = await running.done;
    expect(ran.stderr).toContain('INTERRUPTED');
    expect(ran.exit).toBe(3);
    for (const h of BOTH) expect((await stateOf(lab, h)).links).toBe(before[h]?.links);
  });

  it('a full disk at the boot file: rolled back on both hosts, exit 3', { timeout: 300_000 }, async () => {
    await lab.must('h1', 'mount -t tmpfs -o size=64k,nr_inodes=1 none /etc/network/interfaces.d');
    const ran = await link();
    await lab.must('h1', 'umount /etc/network/interfaces.d');
    expect(ran.stderr).toContain('DISK_FULL');
    expect(ran.exit).toBe(3);
    for (const h of BOTH) expect((await stateOf(lab, h)).links).toBe(before[h]?.links);
  });

  it('the other tunnels lost no ping during all of this', { timeout: 120_000 }, async () => {
    for (const h of BOTH) {
      await lab.ssh(h, 'pkill -INT -x ping; sleep 0.3');
      const said = await lab.must(h, 'cat /run/side.ping');
      const answered = new Set([...said.matchAll(/icmp_seq=(\d+) ttl/g)].map((m) => Number(m[1])));
      const last = Math.max(0, ...answered);
      const sent = Number(/(\d+) packets transmitted/.exec(said)?.[1] ?? 0);
      console.log(`figure: ${h}: other tunnel, ${sent} pings sent, ${answered.size} answered`);
      expect(last).toBeGreaterThan(20);
      expect(answered.size).toBe(last);
      // The one that was on its way when ping was stopped has no answer yet.
      expect(sent - last).toBeLessThanOrEqual(1);
    }
  });

  it('after a reboot of both hosts the tunnel is back without us, and nothing is left to do', { timeout: 400_000 }, async () => {
    expect((await link()).exit).toBe(0);
    await lab.reboot('h1');
    const words = ['verify', '--reboot', 'h2', '--tcp', '--yes', '--json', '--inventory', inventory];
    // Nothing is asked of the host before provision is done: it alone waits for the boot.
    const ran = await lab.reboot('h2', () => lab.provision(words));
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toMatch(/"rebooted":\s*true/);
    expect(ran.stdout).toMatch(/TCP carries 8192 bytes each way in full segments/);
    const [said] = /h2: rebooted, and let us in again after \d+ s/.exec(ran.stdout) ?? [];
    expect(said).toBeDefined();
    console.log(`figure: ${said}`);
    await expect.poll(pings, { timeout: 60_000, interval: 1000 }).toBe(true);
    expect(stepsOf(await lab.provision(['plan', 'pair', '--json', '--inventory', inventory]))).toEqual([]);
  });

  it('a wrong key, an unknown and a changed host key each have their own error; --accept-new takes only the unknown one', {
    timeout: 300_000,
  }, async () => {
    const home = join(lab.folder, 'other-home');
    mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(home, '.ssh/wrong')]);
    const wrong = await lab.provision(['plan', '--inventory', inventoryFile(lab, 'wrong', `identity: ${join(home, '.ssh/wrong')}`)]);
    expect(wrong.stderr).toContain('SSH_AUTH');
    expect(wrong.exit).toBe(1);
    writeFileSync(join(home, '.ssh/id_ed25519'), readFileSync(lab.keyFile));
    chmodSync(join(home, '.ssh/id_ed25519'), 0o600);
    const unknown = await lab.provision(['plan', '--inventory', inventory], { HOME: home });
    expect(unknown.stderr).toMatch(/HOST_KEY_UNKNOWN[\s\S]*SHA256:/);
    expect(unknown.exit).toBe(1);
    expect((await lab.provision(['plan', '--accept-new', '--inventory', inventory], { HOME: home })).exit).toBe(0);
    expect((await lab.provision(['plan', '--inventory', inventory], { HOME: home })).exit).toBe(0);
    const other = readFileSync(join(home, '.ssh/wrong.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(join(home, '.ssh/known_hosts'), `h1 ${other}\nh2 ${other}\n`);
    const changedKey = await lab.provision(['plan', '--accept-new', '--inventory', inventory], { HOME: home });
    expect(changedKey.stderr).toContain('HOST_KEY_CHANGED');
    expect(changedKey.exit).toBe(1);
  });

  it('a host whose cable is out is down: said once, within the time given', { timeout: 300_000 }, async () => {
    await lab.cable('h2', 'down');
    const ran = await lab.provision(['plan', '--timeout', '4', '--inventory', inventory]);
    await lab.cable('h2', 'up');
    expect(ran.stderr).toContain('HOST_DOWN');
    expect(ran.exit).toBe(1);
  });

  it('root with tcsh and a busybox sh is served like any other; without ip_gre the kernel is said to lack it', { timeout: 300_000 }, async () => {
    const third = inventoryFile(lab, 'third', '', ['h3', 'h1']);
    const facts = await lab.provision(['facts', 'h3', '--json', '--inventory', third]);
    expect(facts.exit).toBe(0);
    expect(JSON.parse(facts.stdout)).toMatchObject({ facts: [{ system: 'Linux' }] });
    await lab.must(
      'h3',
      'ip link del gre8; ip link del gre9; modprobe -r ip_gre; find /usr/lib/modules -name "ip_gre.ko" -exec mv {} /root/ ";"; depmod',
    );
    const ran = await lab.provision(['plan', '--inventory', third]);
    expect(ran.stderr).toContain('DRIVER_MISSING');
    expect(ran.exit).toBe(1);
  });

  it('sudo: a password and requiretty each have their own error; with NOPASSWD it works', { timeout: 300_000 }, async () => {
    await lab.must('h3', 'useradd -m -s /bin/sh op; mkdir -p /home/op/.ssh; cp /root/.ssh/authorized_keys /home/op/.ssh/; chown -R op /home/op/.ssh');
    const inventoryOp = inventoryFile(lab, 'op', 'user: op, become: sudo', ['h3', 'h1']);
    const facts = async (rule: string): Promise<Ran> => {
      writeFileSync(lab.hostPath('h3', '/etc/sudoers.d/op'), `${rule}\n`, { mode: 0o440 });
      return lab.provision(['facts', 'h3', '--inventory', inventoryOp]);
    };
    for (const [rule, code] of [
      ['op ALL=(root) ALL', 'SUDO_PASSWORD'],
      ['Defaults:op requiretty\nop ALL=(root) NOPASSWD: /bin/sh', 'SUDO_TTY'],
    ] as const) {
      const ran = await facts(rule);
      expect([ran.exit, ran.stderr]).toEqual([1, expect.stringContaining(code)]);
    }
    const allowed = await facts('op ALL=(root) NOPASSWD: /bin/sh');
    expect([allowed.exit, allowed.exit === 0 ? '' : allowed.stderr]).toEqual([0, '']);
  });
});
