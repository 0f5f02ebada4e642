/** The guide's own steps, on every simulated FreeBSD. */
import { describe, expect, it } from 'vitest';
import { family } from '../../../src/twin/freebsd/index.js';
import { answers, type Host, MOSTLY, pair, WLAN } from './pair.js';

function tunnel(h: Host, local: string, remote: string, inner: string, peer: string): void {
  if (h.run('kldload if_gre').exit !== 0) throw new Error('kldload');
  h.quiet('ifconfig gre1 create');
  h.quiet(`ifconfig gre1 tunnel ${local} ${remote}`);
  h.quiet(`ifconfig gre1 inet ${inner} ${peer} netmask 255.255.255.252`);
  h.quiet('ifconfig gre1 up');
}

function both(kind: string) {
  const p = pair(family, kind);
  tunnel(p.wlan, WLAN, MOSTLY, '10.1.12.38', '10.1.12.37');
  tunnel(p.mostly, MOSTLY, WLAN, '10.1.12.37', '10.1.12.38');
  return p;
}

describe('FreeBSD 4.5 with the module of the guide', () => {
  it('answers the outer ping before there is a tunnel', () => {
    const { wlan } = pair(family, 'FreeBSD 4.5');
    expect(wlan.quiet(`ping -n -c 2 ${MOSTLY}`)).toContain('2 packets transmitted, 2 packets received, 0% packet loss');
    expect(wlan.run(`traceroute -n ${MOSTLY}`).stdout.split('\n')).toHaveLength(5);
  });

  it('has the module as a file, not loaded, and no sysctl before it is loaded', () => {
    const { wlan } = pair(family, 'FreeBSD 4.5');
    expect(wlan.quiet('kldstat')).toBe('Id Refs Address    Size     Name\n 1    1 0xc0100000 3a8d5c   kernel\n');
    expect(wlan.run('sysctl -n net.inet.ip.gre_default_mtu')).toEqual({
      exit: 1,
      stdout: '',
      stderr: "sysctl: unknown oid 'net.inet.ip.gre_default_mtu'\n",
    });
    expect(wlan.run('ifconfig gre1 create')).toMatchObject({ exit: 1, stderr: 'ifconfig: SIOCIFCREATE: Invalid argument\n' });
    expect(wlan.quiet('test -f /modules/if_gre.ko')).toBe('');
    expect(wlan.quiet('kldload if_gre.ko')).toBe('');
    expect(wlan.quiet('kldstat').split('\n')[2]).toBe(' 2    1 0xc14ab000 4000     if_gre.ko');
    expect(wlan.run('kldload /modules/if_gre.ko').stderr).toBe("kldload: can't load /modules/if_gre.ko: File exists\n");
  });

  it('lowers only the MTU of interfaces made after the sysctl', () => {
    const { wlan } = pair(family, 'FreeBSD 4.5');
    wlan.quiet('kldload if_gre.ko');
    wlan.quiet('ifconfig gre0 create');
    expect(wlan.quiet('sysctl -w net.inet.ip.gre_default_mtu=1450')).toBe('net.inet.ip.gre_default_mtu: 1476 -> 1450\n');
    wlan.quiet('ifconfig gre1 create');
    expect(wlan.quiet('ifconfig gre0')).toBe('gre0: flags=8010<POINTOPOINT,MULTICAST> mtu 1476\n');
    expect(wlan.quiet('ifconfig gre1')).toBe('gre1: flags=8010<POINTOPOINT,MULTICAST> mtu 1450\n');
    expect(wlan.quiet('ifconfig -l')).toBe('fxp0 lo0 gre0 gre1\n');
  });

  it('reads back as the guide shows it', () => {
    const { wlan } = both('FreeBSD 4.5');
    expect(wlan.quiet('ifconfig gre1')).toBe(
      'gre1: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1476\n' +
        '\ttunnel inet 217.154.12.2 --> 212.25.240.34\n' +
        '\tinet 10.1.12.38 --> 10.1.12.37 netmask 0xfffffffc \n',
    );
  });
});

describe.each(family.kinds)('%s', (kind) => {
  it('pings across by the guide, both ways', () => {
    const { wlan, mostly } = both(kind);
    expect(answers(wlan, '10.1.12.37')).toBe(true);
    expect(answers(mostly, '10.1.12.38')).toBe(true);
    expect(wlan.run('ping -c 1 -s 1448 10.1.12.37').exit).toBe(0);
  });

  it('forgets a tunnel that stands in no file', () => {
    const { wlan, mostly } = both(kind);
    wlan.system.boot();
    expect(wlan.run('ifconfig gre1')).toMatchObject({ exit: 1, stderr: 'ifconfig: interface gre1 does not exist\n' });
    expect(answers(mostly, '10.1.12.38')).toBe(false);
    expect(answers(mostly, WLAN)).toBe(true);
  });

  it('ends ping with 2 when nothing answers', () => {
    const { wlan } = pair(family, kind);
    expect(wlan.run('ping -n -c 1 203.0.113.9')).toMatchObject({ exit: 2, stderr: '' });
  });
});
