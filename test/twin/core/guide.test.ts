import { describe, expect, it } from 'vitest';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';
import { twinKinds } from '../../../src/twin/twin.js';

function guide(netbsd: string, other: string) {
  const internet = new Internet();
  const a = new SimulatedHost({ name: 'mostly', system: netbsd, addresses: ['212.25.240.34'] }, internet);
  const b = new SimulatedHost({ name: 'wlan', system: other, addresses: ['217.154.12.2'] }, internet);
  const on = (host: SimulatedHost) => (line: string) => host.exec(line.split(' '));
  return { mostly: on(a), wlan: on(b), internet };
}

const MOSTLY = [
  'ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up',
  '/usr/sbin/greconfig -i gre1 -v -s 212.25.240.34 -d 217.154.12.2',
];

describe('the example of the guide', () => {
  it('works between NetBSD 1.5.2 and FreeBSD 4.5 with exactly the commands of the guide', () => {
    const { mostly, wlan } = guide('NetBSD 1.5.2', 'FreeBSD 4.5');
    const commands = [
      'kldload if_gre.ko',
      'sysctl -w net.inet.ip.gre_default_mtu=1450',
      'ifconfig gre1 create',
      'ifconfig gre1 tunnel 217.154.12.2 212.25.240.34',
      'ifconfig gre1 mtu 1450',
      'ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252',
      'ifconfig gre1 up',
    ];
    for (const line of MOSTLY) expect(mostly(line)).toMatchObject({ exit: 0, stderr: '' });
    for (const line of commands) expect([line, wlan(line)]).toMatchObject([line, { exit: 0, stderr: '' }]);
    expect(mostly('ping -n -c 3 10.1.12.38').exit).toBe(0);
    expect(wlan('ping -n -c 3 10.1.12.37').exit).toBe(0);
    expect(wlan('ifconfig gre1').stdout).toContain('mtu 1450');
  });

  it('works between NetBSD 1.5.2 and Debian 12', () => {
    const { mostly, wlan } = guide('NetBSD 1.5.2', 'Debian 12');
    for (const line of MOSTLY) mostly(line);
    for (const line of [
      'ip link add gre1 type gre local 217.154.12.2 remote 212.25.240.34 ttl 64',
      'ip addr add 10.1.12.38 peer 10.1.12.37/30 dev gre1',
      'ip link set gre1 mtu 1450 up',
    ]) {
      expect([line, wlan(line)]).toMatchObject([line, { exit: 0 }]);
    }
    expect(wlan('ping -n -c 1 10.1.12.37').exit).toBe(0);
    expect(mostly('ping -n -c 1 10.1.12.38').exit).toBe(0);
  });

  it('has systems of four families to choose from', () => {
    for (const family of ['NetBSD', 'FreeBSD', 'OpenBSD', 'Debian']) expect(twinKinds().some((k) => k.startsWith(family))).toBe(true);
  });
});
