/** Drift: each single thing that was changed by hand is put right by the steps it needs and no others, and packets cross again. */
import { describe, expect, it } from 'vitest';
import type { LinkOutcome } from '../../src/model/outcome.js';
import { type Rig, stepIds, withPair } from './rig.js';

const PEER = 'Debian 12';

interface Family {
  readonly kind: string;
  /** Commands that break one thing, and the steps that mend it. */
  readonly drifts: Readonly<Record<string, { readonly by: readonly string[]; readonly steps: readonly string[] }>>;
  readonly bootFile: string;
  readonly boot: string;
}

const created = (...steps: string[]): readonly string[] => steps;
const freebsd = (kind: string, more: Family['drifts'] = {}): Family => ({
  kind,
  drifts: {
    mtu: { by: ['ifconfig gre1 mtu 1400'], steps: ['mtu'] },
    inner: { by: ['ifconfig gre1 inet 10.1.12.37 delete', 'ifconfig gre1 inet 10.1.12.37 10.1.12.99 netmask 255.255.255.252'], steps: ['inner'] },
    outer: { by: ['ifconfig gre1 tunnel 203.0.113.1 203.0.113.99'], steps: ['outer'] },
    down: { by: ['ifconfig gre1 down'], steps: ['up'] },
    destroyed: { by: ['ifconfig gre1 destroy'], steps: created('create', 'outer', 'inner', 'up') },
    ...more,
  },
  bootFile: kind.startsWith('FreeBSD 4.5') ? '/usr/local/etc/rc.d/provision-gre1.sh' : '/etc/rc.conf',
  boot: kind.startsWith('FreeBSD 4.5') ? 'boot-rcd' : 'boot-rcconf',
});

const unloaded = (file: string, ...steps: string[]) => ({ 'driver unloaded': { by: ['ifconfig gre1 destroy', `kldunload ${file}`], steps } });

const cloningNetbsd = (kind: string): Family => ({
  kind,
  drifts: {
    mtu: { by: ['ifconfig gre1 mtu 1400'], steps: ['mtu'] },
    // Changing the pair in place can kill these kernels: the interface is made anew.
    inner: {
      by: [
        'ifconfig gre1 destroy',
        'ifconfig gre1 create',
        'ifconfig gre1 tunnel 203.0.113.1 203.0.113.2',
        'ifconfig gre1 inet 10.1.12.37 10.1.12.99 netmask 255.255.255.252 up',
      ],
      steps: ['create.1', 'create.2', 'outer', 'inner'],
    },
    outer: {
      by: ['ifconfig gre1 down', 'ifconfig gre1 tunnel 203.0.113.1 203.0.113.99', 'ifconfig gre1 up'],
      steps: ['outer.1', 'outer.2', 'outer.3'],
    },
    'outer, live': { by: ['ifconfig gre1 tunnel 203.0.113.1 203.0.113.99'], steps: ['outer.1', 'outer.2', 'outer.3'] },
    down: { by: ['ifconfig gre1 down'], steps: ['up'] },
    destroyed: { by: ['ifconfig gre1 destroy'], steps: created('create', 'outer', 'inner') },
  },
  bootFile: '/etc/ifconfig.gre1',
  boot: 'boot-ifconfig',
});

const oldNetbsd = (kind: string): Family => ({
  kind,
  drifts: {
    mtu: { by: ['ifconfig gre1 mtu 1400'], steps: ['mtu'] },
    // The kernel copies the inner pair into the outer one, so the outer step comes with the inner one.
    inner: {
      by: ['ifconfig gre1 inet 10.1.12.37 10.1.12.99 netmask 255.255.255.252', '/usr/sbin/greconfig -i gre1 -s 203.0.113.1 -d 203.0.113.2'],
      steps: ['inner', 'outer'],
    },
    outer: { by: ['/usr/sbin/greconfig -i gre1 -s 203.0.113.1 -d 203.0.113.99'], steps: ['outer'] },
    down: { by: ['ifconfig gre1 down'], steps: ['up'] },
  },
  bootFile: '/etc/ifconfig.gre1',
  boot: 'boot-ifconfig',
});

const openbsd = (kind: string, ttl: boolean): Family => ({
  kind,
  drifts: {
    mtu: { by: ['ifconfig gre1 mtu 1400'], steps: ['mtu'] },
    inner: { by: ['ifconfig gre1 inet 10.1.12.37 delete', 'ifconfig gre1 inet 10.1.12.37 10.1.12.99 netmask 255.255.255.252'], steps: ['inner'] },
    outer: {
      by: ['ifconfig gre1 down', 'ifconfig gre1 tunnel 203.0.113.1 203.0.113.99', 'ifconfig gre1 up'],
      steps: ['outer.1', 'outer.2', 'outer.3'],
    },
    down: { by: ['ifconfig gre1 down'], steps: ['up'] },
    destroyed: { by: ['ifconfig gre1 destroy'], steps: created('create', 'outer', ...(ttl ? ['ttl'] : []), 'inner', 'up') },
    'sysctl turned off': { by: ['sysctl -w net.inet.gre.allow=0'], steps: ['allow'] },
    ...(ttl ? { ttl: { by: ['ifconfig gre1 tunnelttl 9'], steps: ['ttl'] } } : {}),
  },
  bootFile: '/etc/hostname.gre1',
  boot: 'boot-hostname',
});

const linux = (kind: string, bootFile: string, boot: string, multicast = true): Family => ({
  kind,
  drifts: {
    mtu: { by: ['ip link set dev gre1 mtu 1400'], steps: ['mtu'] },
    inner: { by: ['ip -4 addr flush dev gre1', 'ip addr add 10.1.12.37 peer 10.1.12.99/30 dev gre1'], steps: ['inner.1', 'inner.2'] },
    'no inner address': { by: ['ip -4 addr flush dev gre1'], steps: ['inner'] },
    outer: { by: ['ip link set gre1 type gre local 203.0.113.1 remote 203.0.113.99'], steps: ['outer'] },
    ttl: { by: ['ip link set gre1 type gre ttl 9'], steps: ['outer'] },
    down: { by: ['ip link set dev gre1 down'], steps: ['up'] },
    deleted: { by: ['ip link del gre1'], steps: created('create', 'mtu', ...(multicast ? ['multicast'] : []), 'inner', 'up') },
    ...(kind === 'Debian 12'
      ? { 'driver unloaded': { by: ['ip link del gre1', 'rmmod ip_gre'], steps: created('driver', 'create', 'mtu', 'multicast', 'inner', 'up') } }
      : {}),
  },
  bootFile,
  boot,
});

const FAMILIES: readonly Family[] = [
  freebsd('FreeBSD 4.5', { destroyed: { by: ['ifconfig gre1 destroy'], steps: created('create', 'outer', 'mtu', 'inner', 'up') } }),
  freebsd('FreeBSD 4.11'),
  freebsd('FreeBSD 8.4'),
  freebsd('FreeBSD 13.2', unloaded('if_gre', 'driver', 'create', 'outer', 'inner', 'up')),
  cloningNetbsd('NetBSD 2.0'),
  cloningNetbsd('NetBSD 5.2'),
  cloningNetbsd('NetBSD 9.3'),
  cloningNetbsd('NetBSD 10.0'),
  oldNetbsd('NetBSD 1.4.1'),
  oldNetbsd('NetBSD 1.5.2'),
  oldNetbsd('NetBSD 1.6.2'),
  openbsd('OpenBSD 4.8', false),
  openbsd('OpenBSD 6.3', true),
  openbsd('OpenBSD 7.5', true),
  {
    kind: 'OpenBSD 3.0',
    drifts: {
      // No `tunnel` word here: the address that was set last is the outer pair.
      'no outer': { by: ['ifconfig gre1 inet 203.0.113.1 delete'], steps: ['outer.1', 'outer.2'] },
      inner: {
        by: ['ifconfig gre1 inet 10.1.12.37 delete'],
        steps: ['inner.1', 'inner.2', 'outer.1', 'outer.2'],
      },
      down: { by: ['ifconfig gre1 down'], steps: ['up'] },
      'sysctl turned off': { by: ['sysctl -w net.inet.gre.allow=0'], steps: ['allow'] },
    },
    bootFile: '/etc/hostname.gre1',
    boot: 'boot-hostname',
  },
  linux('Debian 12', '/etc/network/interfaces.d/provision-gre1', 'boot-interfaces'),
  linux('Debian 12 networkd', '/etc/systemd/network/50-provision-gre1.network', 'boot-network'),
  linux('Debian 12 NetworkManager', '/etc/NetworkManager/system-connections/provision-gre1.nmconnection', 'boot-keyfile', false),
  linux('Ubuntu 22.04', '/etc/netplan/60-provision-gre1.yaml', 'boot-netplan', false),
];

const crossed = ({ checks }: LinkOutcome): number => checks.filter((c) => c.id === 'ping' && c.ok).length;

async function mended(rig: Rig, steps: readonly string[]): Promise<void> {
  expect((await rig.run('verify')).state).toBe('differs');
  const again = await rig.run('link');
  expect(stepIds(again.plan)).toEqual(steps.map((s) => `left:${s}`));
  expect([again.state, again.errors, again.warnings]).toEqual(['as-wanted', [], []]);
  expect(crossed(again)).toBe(2);
  const after = await rig.run('verify');
  expect([after.state, crossed(after)]).toEqual(['as-wanted', 2]);
}

describe.each(FAMILIES)('$kind', ({ kind, drifts, bootFile, boot }) => {
  it.each(Object.entries(drifts))('%s: is mended by the steps it needs', (_name, { by, steps }) =>
    withPair(kind, PEER, async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      for (const line of by) expect([line, rig.host('left').exec(line.split(' ')).exit]).toEqual([line, 0]);
      await mended(rig, steps);
    }));

  it('boot file edited: is written again, and nothing else is done', () =>
    withPair(kind, PEER, async (rig) => {
      await rig.run('link');
      const { files } = rig.host('left').system;
      const text = files.read(bootFile) ?? '';
      expect(text).toContain('10.1.12.37');
      files.write(bootFile, text.replaceAll('10.1.12.37', '10.1.12.33'), files.get(bootFile)?.mode);
      await mended(rig, [boot]);
      expect(files.read(bootFile)).toBe(text);
    }));

  it('boot file taken away: is written again, and the tunnel comes back after a reboot', () =>
    withPair(kind, PEER, async (rig) => {
      await rig.run('link');
      const { files } = rig.host('left').system;
      const kept = files.read(bootFile) ?? '';
      if (bootFile === '/etc/rc.conf') files.write(bootFile, kept.replace(/# BEGIN provision[\s\S]*# END provision [^\n]*\n/, ''));
      else files.remove(bootFile);
      await mended(rig, [boot]);
      rig.host('left').reboot();
      expect((await rig.run('verify')).state).toBe('as-wanted');
    }));
});
