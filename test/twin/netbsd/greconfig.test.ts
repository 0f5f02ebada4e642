import { afterEach, describe, expect, it } from 'vitest';
import { startTwin, type Twin } from '../../../src/twin/twin.js';

let twin: Twin | undefined;
afterEach(async () => twin?.close());

async function pair(a = 'NetBSD 1.5.2', b = a) {
  twin = await startTwin([
    { name: 'mostly', system: a, addresses: ['212.25.240.34'] },
    { name: 'wlan', system: b, addresses: ['217.154.12.2'] },
  ]);
  const run = (host: string) => (line: string) => {
    const found = twin?.hosts.get(host);
    if (found === undefined) throw new Error(host);
    return found.exec(line.split(' '));
  };
  return { mostly: run('mostly'), wlan: run('wlan'), twin };
}

const INNER = 'ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up';
const OUTER = '/usr/sbin/greconfig -i gre1 -v -s 212.25.240.34 -d 217.154.12.2';

describe('NetBSD 1.5.2', () => {
  it('carries a ping once both ends are set up as in the guide', async () => {
    const { mostly, wlan } = await pair();
    expect(mostly(INNER)).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(mostly(OUTER).stdout).toBe('Setting source address to 212.25.240.34...\nSetting destination address to 217.154.12.2...\n');
    expect(mostly('ping -n -c 1 -w 2 10.1.12.38').exit).toBe(2);
    wlan('ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252 up');
    wlan('greconfig -i gre1 -s 217.154.12.2 -d 212.25.240.34');
    expect(mostly('ping -n -c 3 10.1.12.38').stdout).toContain('3 packets transmitted, 3 packets received, 0.0% packet loss');
    expect(wlan('ping -n -c 1 10.1.12.37').exit).toBe(0);
    expect(mostly('ifconfig gre1').stdout).toBe(
      'gre1: flags=8011<UP,POINTOPOINT,MULTICAST> mtu 1450\n\tinet 10.1.12.37 --> 10.1.12.38 netmask 0xfffffffc \n',
    );
    expect(mostly('greconfig -i gre1').stdout).toBe('212.25.240.34 -> 217.154.12.2, running IP-Proto 47\n');
  });

  it('loses the outer pair when the inner step is run again', async () => {
    const { mostly } = await pair();
    mostly(INNER);
    mostly(OUTER);
    mostly(INNER);
    expect(mostly('greconfig -i gre1').stdout).toBe('10.1.12.37 -> 10.1.12.38, running IP-Proto 47\n');
  });

  it('refuses an MTU above 1450 with a warning and exit 0, and takes 1476 when patched', async () => {
    const { mostly, wlan } = await pair('NetBSD 1.5.2', 'NetBSD 1.5.2 patched');
    expect(mostly('ifconfig gre1 mtu 1476')).toEqual({ exit: 0, stdout: '', stderr: 'ifconfig: SIOCSIFMTU: Invalid argument\n' });
    expect(wlan('ifconfig gre1 mtu 1476')).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(mostly('sysctl -n net.inet.ip.grettl').exit).toBe(1);
    expect(wlan('sysctl -n net.inet.ip.grettl').stdout).toBe('30\n');
  });

  it('forces a unit without outer addresses down again, with exit 0', async () => {
    const { mostly } = await pair();
    expect(mostly('ifconfig gre0 up')).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(mostly('ifconfig gre0').stdout).toBe('gre0: flags=8010<POINTOPOINT,MULTICAST> mtu 1450\n');
  });

  it('copies the inner TTL, so a packet with TTL 1 dies on the way', async () => {
    const { mostly, wlan } = await pair();
    mostly(INNER);
    mostly(OUTER);
    wlan('ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252 up');
    wlan('greconfig -i gre1 -s 217.154.12.2 -d 212.25.240.34');
    expect(mostly('ping -n -c 1 -T 1 10.1.12.38').exit).toBe(2);
    expect(mostly('ping -n -c 1 10.1.12.38').exit).toBe(0);
  });

  it('answers the decision tree of the guide', async () => {
    const { mostly, wlan } = await pair('NetBSD 1.5.2 nogre', 'NetBSD 1.6.2');
    expect(mostly('ifconfig -l').stdout).toBe('ne0 lo0 ppp0 ppp1 sl0 sl1 strip0 strip1 tun0 tun1\n');
    expect(mostly('ifconfig -C').stdout).not.toContain('gre');
    expect(wlan('ifconfig -l').stdout).toBe('ne0 lo0\n');
    expect(wlan('ifconfig -C').stdout).toContain('gre');
  });

  it('comes up again from ifconfig.gre1 and netstart.local alone', async () => {
    const { mostly, twin } = await pair();
    const host = twin?.hosts.get('mostly');
    mostly(INNER);
    mostly(OUTER);
    host?.reboot();
    expect(mostly('ifconfig gre1').stdout).toBe('gre1: flags=8010<POINTOPOINT,MULTICAST> mtu 1450\n');
    host?.system.files.write('/etc/ifconfig.gre1', 'inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up\n');
    host?.system.files.write('/etc/netstart.local', '/usr/sbin/greconfig -i gre1 -s 212.25.240.34 -d 217.154.12.2\n');
    host?.reboot();
    expect(mostly('greconfig -i gre1').stdout).toBe('212.25.240.34 -> 217.154.12.2, running IP-Proto 47\n');
    expect(mostly('ping -n -c 1 217.154.12.2').exit).toBe(0);
  });
});
