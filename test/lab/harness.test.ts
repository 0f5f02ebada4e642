/**
 * The lab itself: two real kernels, a tunnel made by hand, and everything a test may do to a host.
 * Without this, a failure of a later lab test could be the lab's.
 */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab, type Lab, startLab } from './lab.js';
import { run } from './run.js';

const OUTER = { left: '198.51.100.1', right: '198.51.100.2' };
const INNER = { left: '10.1.12.37', right: '10.1.12.38' };

async function tunnelByHand(lab: Lab, host: 'left' | 'right', peer: 'left' | 'right'): Promise<void> {
  await lab.must(host, `ip tunnel add gre1 mode gre local ${OUTER[host]} remote ${OUTER[peer]} ttl 64`);
  await lab.must(host, `ip address add ${INNER[host]} peer ${INNER[peer]} dev gre1`);
  await lab.must(host, 'ip link set gre1 up');
}

describeLab('the lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    const from = Date.now();
    lab = await startLab([
      { name: 'left', address: OUTER.left, network: 'ifupdown' },
      { name: 'right', address: OUTER.right, network: 'networkd' },
    ]);
    console.log(`lab: two hosts answer SSH after ${((Date.now() - from) / 1000).toFixed(1)} s`);
  }, 700_000);
  afterAll(async () => {
    await lab?.stop();
    if (!lab) return;
    expect(existsSync(lab.folder)).toBe(false);
    expect((await run(['ip', 'netns', 'list'])).stdout).not.toContain(lab.namespace);
  }, 60_000);

  it('has one host on ifupdown and one on systemd-networkd', async () => {
    expect(await lab.must('left', 'ifquery --state; hostname')).toContain('vec0=vec0');
    const configured = async () => (await lab.must('right', 'networkctl --no-legend --no-pager; hostname')).replaceAll(/\s+/g, ' ');
    await expect.poll(configured, { timeout: 20_000, interval: 500 }).toMatch(/vec0 ether routable configured right/);
  });

  it('carries a ping through a tunnel made by hand, as protocol 47 on the wire', async () => {
    await tunnelByHand(lab, 'left', 'right');
    await tunnelByHand(lab, 'right', 'left');
    const capture = await lab.capture('right');
    expect(await lab.must('left', `ping -c 3 -i 0.2 -W 2 ${INNER.right}`)).toContain('3 received');
    expect(await capture.stop()).toContain(`IP ${OUTER.left} > ${OUTER.right}: GREv0`);
  });

  it('loses a tunnel that nobody made for the next boot, by a reboot', async () => {
    await lab.reboot('left');
    expect((await lab.ssh('left', 'ip link show gre1')).exit).not.toBe(0);
    await tunnelByHand(lab, 'left', 'right');
    expect((await lab.ssh('left', `ping -c 1 -W 2 ${INNER.right}`)).exit).toBe(0);
  }, 240_000);

  it('is off at once when the power fails, and comes back with the files it had written', async () => {
    const before = await lab.bootId('right');
    await lab.must('right', 'echo kept >/etc/kept');
    await lab.powerCut('right');
    expect((await lab.ssh('right', 'true')).exit).toBe(255);
    expect((await lab.files('right', ['/etc'])).get('/etc/kept')?.size).toBe(5);
    await lab.powerOn('right');
    expect(await lab.bootId('right')).not.toBe(before);
  }, 240_000);

  it('sees a cut cable as a host that does not answer', async () => {
    await lab.cable('left', 'down');
    expect((await lab.ssh('left', 'true')).exit).toBe(255);
    await lab.cable('left', 'up');
    expect((await lab.ssh('left', 'true')).exit).toBe(0);
  });

  it('reads the files of a host without asking it, and sees one changed byte', async () => {
    const before = await lab.files('left', ['/etc', '/var/lib/provision']);
    await lab.must('left', 'printf x >>/etc/hosts');
    const after = await lab.files('left', ['/etc', '/var/lib/provision']);
    const changed = [...after].filter(([path, fact]) => fact.sha256 !== before.get(path)?.sha256).map(([path]) => path);
    expect(changed).toEqual(['/etc/hosts']);
    expect(before.get('/etc/hosts')?.mode).toBe(0o100644);
  });
});

describeLab('hosts of the lab that are less usual', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab([
      { name: 'csh', address: '198.51.100.1', network: 'ifupdown', shell: 'tcsh', sh: 'busybox', noGre: true },
      { name: 'sudoer', address: '198.51.100.2', network: 'ifupdown', user: { name: 'op', become: 'sudo' } },
      { name: 'doer', address: '198.51.100.3', network: 'networkd', user: { name: 'op', become: 'doas' } },
    ]);
  }, 700_000);
  afterAll(() => lab?.stop(), 60_000);

  it('has root with tcsh, a busybox /bin/sh and no GRE at all', async () => {
    expect((await lab.ssh('csh', 'echo x 2>&1 | cat 2>&1')).stderr).toContain('Ambiguous output redirect.');
    expect(await lab.must('csh', 'readlink /bin/sh; echo "help" | /bin/sh')).toContain('busybox');
    expect((await lab.ssh('csh', 'modprobe ip_gre')).exit).not.toBe(0);
  });

  it.each(['sudoer', 'doer'])('lets only a user into %s, who becomes root without a password', async (name) => {
    expect(await lab.must(name, 'id -u')).toBe('0\n');
    const words = lab.sshWords(name).map((word) => (word.startsWith('op@') ? word.replace('op@', 'root@') : word));
    expect((await lab.run([...words, 'true'])).stderr).toContain('Permission denied');
  });
});
