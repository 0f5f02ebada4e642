/**
 * `adopt` on real kernels: a tunnel that its administrators have made by hand, in interfaces(5) on one host and by systemd-networkd on the other, becomes a
 * link; the plan of it is empty, and empty again after a reboot of both hosts. Not a byte of the two hosts is changed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeLab, type FileFact, type Lab, startLab } from '../lab/lab.js';
import { sleep } from '../lab/run.js';
import { ADDRESS, stepsOf } from '../lab/tunnel.js';

const BOTH = ['h1', 'h2'] as const;
const { h1 = '', h2 = '' } = ADDRESS;

const STANZA = `
auto gre1
iface gre1 inet tunnel
    address 10.1.12.37
    netmask 255.255.255.252
    dstaddr 10.1.12.38
    mode gre
    local ${h1}
    endpoint ${h2}
    ttl 255
    mtu 1476
`;
const NETDEV = `[NetDev]\nName=gre1\nKind=gre\n\n[Tunnel]\nIndependent=yes\nLocal=${h2}\nRemote=${h1}\nTTL=255\n`;
const NETWORK = '[Match]\nName=gre1\n\n[Address]\nAddress=10.1.12.38/30\nPeer=10.1.12.37/30\n';

describeLab('a tunnel made by hand on two real Linux hosts', () => {
  let lab: Lab;
  let folder: string;
  let before: Map<string, FileFact>[];

  const pings = async (): Promise<boolean> =>
    (await lab.ssh('h1', 'ping -n -c 1 -W 2 10.1.12.38')).exit === 0 && (await lab.ssh('h2', 'ping -n -c 1 -W 2 10.1.12.37')).exit === 0;
  const files = (): Promise<Map<string, FileFact>[]> => Promise.all(BOTH.map((h) => lab.files(h, ['/etc/network', '/etc/systemd/network'])));

  beforeAll(async () => {
    lab = await startLab([
      { name: 'h1', address: h1, network: 'ifupdown' },
      { name: 'h2', address: h2, network: 'networkd' },
    ]);
    folder = join(lab.folder, 'inventory');
    mkdirSync(folder);
    writeFileSync(join(folder, 'hosts.yaml'), `# our two hosts\nhosts:\n  h1: { address: ${h1} }\n  h2: { address: ${h2} }\n`);
    const configured = async (): Promise<string> => (await lab.must('h2', 'networkctl --no-legend --no-pager')).replaceAll(/\s+/g, ' ');
    while (!/vec0 ether routable configured/.test(await configured())) await sleep(500);
    const interfaces = lab.hostPath('h1', '/etc/network/interfaces');
    writeFileSync(interfaces, readFileSync(interfaces, 'utf8') + STANZA);
    writeFileSync(lab.hostPath('h2', '/etc/systemd/network/20-site.netdev'), NETDEV, { mode: 0o644 });
    writeFileSync(lab.hostPath('h2', '/etc/systemd/network/20-site.network'), NETWORK, { mode: 0o644 });
    await lab.must('h1', 'modprobe ip_gre; ifup gre1');
    await lab.must('h2', 'networkctl reload');
    await vi.waitUntil(pings, { timeout: 60_000, interval: 1000 });
    before = await files();
  }, 700_000);
  afterAll(() => lab?.stop(), 60_000);

  it('adopt writes the link, and the plan after it is empty', { timeout: 300_000 }, async () => {
    const ran = await lab.provision(['adopt', 'h1', 'gre1', '--inventory', folder]);
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr + ran.stdout]).toEqual([0, '']);
    const yaml = readFileSync(join(folder, 'h1-h2.yaml'), 'utf8');
    expect(yaml).toContain('subnet: 10.1.12.36/30');
    expect(yaml).toContain('ttl: 255');
    const plan = await lab.provision(['plan', '--json', '--inventory', folder]);
    expect([plan.exit, plan.exit === 0 ? '' : plan.stderr]).toEqual([0, '']);
    expect(stepsOf(plan)).toEqual([]);
    expect((await lab.provision(['verify', '--inventory', folder])).exit).toBe(0);
    expect(await files()).toEqual(before);
  });

  it('after a reboot of both hosts the tunnel is back by its own files, and the plan is empty again', { timeout: 400_000 }, async () => {
    await Promise.all(BOTH.map((h) => lab.reboot(h)));
    await expect.poll(pings, { timeout: 60_000, interval: 1000 }).toBe(true);
    const plan = await lab.provision(['plan', '--json', '--inventory', folder]);
    expect([plan.exit, plan.exit === 0 ? '' : plan.stderr]).toEqual([0, '']);
    expect(stepsOf(plan)).toEqual([]);
    expect(await files()).toEqual(before);
  });

  it('a line that says something else is shown, and the file is left alone', { timeout: 300_000 }, async () => {
    const unit = lab.hostPath('h2', '/etc/systemd/network/20-site.netdev');
    writeFileSync(unit, NETDEV.replace(`Remote=${h1}`, 'Remote=198.51.100.77'));
    const ran = await lab.provision(['link', 'h1-h2', '--yes', '--inventory', folder]);
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toMatch(/BOOT_FILE_FOREIGN[\s\S]*198\.51\.100\.77/);
    expect(readFileSync(unit, 'utf8')).toContain('198.51.100.77');
  });
});
