/** The tunnel of the guide on every simulated OpenBSD, and what is peculiar to each. */
import { describe, expect, it } from 'vitest';
import { family as freebsd } from '../../../src/twin/freebsd/index.js';
import { family } from '../../../src/twin/openbsd/index.js';
import { answers, type Host, MOSTLY, pair, WLAN } from '../freebsd/pair.js';

function cloning(h: Host, local: string, remote: string, inner: string, peer: string): void {
  h.quiet('ifconfig gre1 create');
  h.quiet(`ifconfig gre1 tunnel ${local} ${remote}`);
  h.quiet(`ifconfig gre1 inet ${inner} ${peer} netmask 255.255.255.252`);
}

/** 3.0: the address that is set last is the outer pair too. */
function fixed(h: Host, local: string, remote: string, inner: string, peer: string): void {
  h.quiet(`ifconfig gre1 inet ${inner} ${peer} netmask 255.255.255.252`);
  h.quiet(`ifconfig gre1 inet ${local} ${remote} netmask 255.255.255.255 alias`);
}

function both(kind: string) {
  const p = pair(family, kind);
  const make = kind === 'OpenBSD 3.0' ? fixed : cloning;
  make(p.wlan, WLAN, MOSTLY, '10.1.12.38', '10.1.12.37');
  make(p.mostly, MOSTLY, WLAN, '10.1.12.37', '10.1.12.38');
  return p;
}

const allow = 'sysctl -w net.inet.gre.allow=1';

describe.each(family.kinds)('%s', (kind) => {
  it('passes nothing until net.inet.gre.allow is set on both ends', () => {
    const { wlan, mostly } = both(kind);
    expect(answers(wlan, '10.1.12.37')).toBe(false);
    expect(wlan.quiet(allow)).toBe('net.inet.gre.allow: 0 -> 1\n');
    expect(answers(wlan, '10.1.12.37')).toBe(false);
    mostly.quiet(allow);
    expect(answers(wlan, '10.1.12.37')).toBe(true);
    expect(answers(mostly, '10.1.12.38')).toBe(true);
  });

  it('forgets tunnel and sysctl at a reboot when they stand in no file', () => {
    const { wlan } = both(kind);
    wlan.quiet(allow);
    wlan.system.boot();
    expect(wlan.quiet('sysctl -n net.inet.gre.allow')).toBe('0\n');
    expect(wlan.run('ifconfig gre1').stdout).not.toContain('10.1.12.38');
    // The other end of 3.0 has a host route to us through its tunnel: see the test below.
    expect(answers(wlan, MOSTLY)).toBe(kind !== 'OpenBSD 3.0');
  });

  it('ends ping with 1 when nothing answers', () => {
    expect(pair(family, kind).wlan.run('ping -n -c 1 203.0.113.9').exit).toBe(1);
  });
});

describe('OpenBSD 3.0', () => {
  it('has two units at boot, no create, no tunnel word and an MTU that does not move', () => {
    const { wlan } = pair(family, 'OpenBSD 3.0');
    expect(wlan.quiet('ifconfig gre1')).toBe('gre1: flags=8010<POINTOPOINT,MULTICAST> mtu 1450\n');
    expect(wlan.run('ifconfig gre1 create')).toMatchObject({ exit: 1, stderr: 'ifconfig: create: bad value\n' });
    expect(wlan.run(`ifconfig gre1 tunnel ${WLAN} ${MOSTLY}`)).toMatchObject({ exit: 1, stderr: 'ifconfig: tunnel: bad value\n' });
    expect(wlan.run('ifconfig gre1 mtu 1476')).toMatchObject({ exit: 0, stderr: 'ifconfig: SIOCSIFMTU: Invalid argument\n' });
    expect(wlan.run('ifconfig gre1 up').exit).toBe(0);
    expect(wlan.quiet('ifconfig gre1')).toBe('gre1: flags=8010<POINTOPOINT,MULTICAST> mtu 1450\n');
    expect(wlan.run('sysctl net.inet.gre.allow=1').exit).toBe(2);
  });

  it('takes every address that is set for the outer pair: setting the inner one again breaks the tunnel', () => {
    const { wlan, mostly } = both('OpenBSD 3.0');
    wlan.quiet(allow);
    mostly.quiet(allow);
    expect(answers(wlan, '10.1.12.37')).toBe(true);
    expect(wlan.quiet('ifconfig gre1')).toBe(
      'gre1: flags=8011<UP,POINTOPOINT,MULTICAST> mtu 1450\n' +
        '\tinet 10.1.12.38 --> 10.1.12.37 netmask 0xfffffffc \n' +
        '\tinet 217.154.12.2 --> 212.25.240.34 netmask 0xffffffff \n',
    );
    wlan.quiet('ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252');
    expect(answers(wlan, '10.1.12.37')).toBe(false);
  });

  it('sends everything for the outer peer into the tunnel until its host route is deleted', () => {
    const { wlan, mostly } = both('OpenBSD 3.0');
    expect(answers(wlan, MOSTLY)).toBe(false);
    expect(wlan.quiet(`route -n get ${MOSTLY}`)).toContain('interface: gre1');
    for (const [h, peer] of [
      [wlan, MOSTLY],
      [mostly, WLAN],
    ] as const) {
      h.quiet(allow);
      expect(h.quiet(`route delete -host ${peer}`)).toBe(`delete host ${peer}\n`);
    }
    expect(answers(wlan, MOSTLY)).toBe(true);
    expect(answers(wlan, '10.1.12.37')).toBe(true);
    wlan.system.boot();
    expect(answers(wlan, MOSTLY)).toBe(true);
  });

  it('copies the inner TTL: a packet with TTL 1 does not get across', () => {
    const { wlan, mostly } = both('OpenBSD 3.0');
    wlan.quiet(allow);
    mostly.quiet(allow);
    expect(wlan.run('ping -c 1 -t 1 10.1.12.37').exit).toBe(1);
  });

  it('says Permission denied while GRE is not allowed', () => {
    const { wlan } = both('OpenBSD 3.0');
    expect(wlan.run('ping -c 1 10.1.12.37').stderr).toBe('ping: sendto: Permission denied\nping: wrote 10.1.12.37 64 chars, ret=-1\n');
  });

  it('comes back from hostname.gre1 with an alias and two dest lines', () => {
    const { wlan, mostly } = both('OpenBSD 3.0');
    const lines = ['inet 10.1.12.38 255.255.255.252 NONE', 'dest 10.1.12.37', `inet alias ${WLAN} 255.255.255.255 NONE`, `dest ${MOSTLY}`];
    wlan.system.files.write('/etc/hostname.gre1', `${lines.join('\n')}\n`, 0o640);
    wlan.system.files.write('/etc/sysctl.conf', 'net.inet.gre.allow=1\n');
    mostly.quiet(allow);
    wlan.system.boot();
    expect(answers(mostly, '10.1.12.38')).toBe(true);
  });
});

describe('OpenBSD 4.8', () => {
  it('shows the pair as a physical address', () => {
    expect(both('OpenBSD 4.8').wlan.quiet('ifconfig gre1')).toBe(
      'gre1: flags=9011<UP,POINTOPOINT,LINK0,MULTICAST> mtu 1476\n\tpriority: 0\n\tgroups: gre\n' +
        '\tphysical address inet 217.154.12.2 --> 212.25.240.34\n' +
        '\tinet 10.1.12.38 --> 10.1.12.37 netmask 0xfffffffc\n',
    );
  });
});

describe('OpenBSD 6.3', () => {
  it('refuses another pair while it is up, warns, exits 0 and keeps the old one', () => {
    const { wlan } = both('OpenBSD 6.3');
    expect(wlan.run(`ifconfig gre1 tunnel ${WLAN} 203.0.113.9`)).toEqual({ exit: 0, stdout: '', stderr: 'ifconfig: SIOCSLIFPHYADDR: Device busy\n' });
    expect(wlan.quiet('ifconfig gre1')).toContain(`\ttunnel: inet ${WLAN} -> ${MOSTLY} ttl 64 nodf\n`);
    wlan.quiet('ifconfig gre1 down');
    wlan.quiet(`ifconfig gre1 tunnel ${WLAN} 203.0.113.9`);
    expect(wlan.quiet('ifconfig gre1')).toContain('203.0.113.9');
  });
});

describe('OpenBSD 7.5', () => {
  it('reads back with the tunnel line last', () => {
    const { wlan } = both('OpenBSD 7.5');
    wlan.quiet('ifconfig gre1 description hoptun');
    expect(wlan.quiet('ifconfig gre1')).toBe(
      'gre1: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1476\n\tdescription: hoptun\n\tindex 4 priority 0 llprio 6\n' +
        '\tencap: vnetid none txprio payload rxprio packet\n\tgroups: gre\n' +
        '\tinet 10.1.12.38 --> 10.1.12.37 netmask 0xfffffffc\n' +
        '\ttunnel: inet 217.154.12.2 --> 212.25.240.34 ttl 64 nodf ecn\n',
    );
  });

  it('warns and exits 0 when pair or MTU are refused, and takes another pair while up', () => {
    const { wlan } = both('OpenBSD 7.5');
    expect(wlan.run('ifconfig gre1 tunnel 0.0.0.0 203.0.113.9')).toMatchObject({ exit: 0, stderr: 'ifconfig: SIOCSLIFPHYADDR: Invalid argument\n' });
    expect(wlan.run('ifconfig gre1 mtu 100')).toMatchObject({ exit: 0, stderr: 'ifconfig: gre1: SIOCSIFMTU: Invalid argument\n' });
    wlan.quiet(`ifconfig gre1 tunnel ${WLAN} 203.0.113.9`);
    expect(wlan.run('ifconfig gre1 create')).toMatchObject({ exit: 1, stderr: 'ifconfig: gre1: SIOCIFCREATE: File exists\n' });
    expect(wlan.run('ifconfig gre7')).toEqual({ exit: 1, stdout: '', stderr: 'gre7: no such interface\n' });
    expect(wlan.run('ifconfig -l').exit).toBe(1);
    wlan.quiet('ifconfig gre2 create');
    expect(wlan.quiet('ifconfig gre2')).toContain('\ttunnel: (unset) ttl 64 nodf ecn\n');
  });

  it('swallows packets in silence while GRE is not allowed, and pings its own end', () => {
    const { wlan } = both('OpenBSD 7.5');
    expect(wlan.run('ping -c 1 10.1.12.37')).toMatchObject({ exit: 1, stderr: '' });
    expect(answers(wlan, '10.1.12.38')).toBe(true);
  });

  const boot = (text: string, mode = 0o640) => {
    const { wlan, mostly } = both('OpenBSD 7.5');
    wlan.system.files.write('/etc/hostname.gre1', text, mode);
    wlan.system.files.write('/etc/sysctl.conf', 'net.inet.gre.allow=1\n');
    mostly.quiet(allow);
    const console = wlan.system.boot();
    return { wlan, console, up: answers(mostly, '10.1.12.38') };
  };

  it('comes back from hostname.gre1 with dest', () => {
    const text = `description "hop tun"\ntunnel ${WLAN} ${MOSTLY}\ninet 10.1.12.38 255.255.255.252\ndest 10.1.12.37\nmtu 1450\nup\n`;
    const { wlan, up } = boot(text);
    expect(up).toBe(true);
    expect(wlan.quiet('ifconfig gre1')).toContain('description: hop tun\n');
    expect(wlan.quiet('ifconfig gre1')).toContain('mtu 1450\n');
  });

  it('falls into the trap of the positional inet line', () => {
    const { up, console } = boot(`tunnel ${WLAN} ${MOSTLY}\ninet 10.1.12.38 10.1.12.37 netmask 255.255.255.252\nup\n`);
    expect(up).toBe(false);
    expect(console.join('\n')).toContain('bad value');
  });

  it('runs ! lines with $if and mends an insecure mode', () => {
    const { wlan, up, console } = boot(`tunnel ${WLAN} ${MOSTLY}\n!ifconfig $if inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252\n`, 0o644);
    expect(up).toBe(true);
    expect(console).toContain('WARNING: /etc/hostname.gre1 is insecure, fixing permissions.');
    expect(wlan.system.files.get('/etc/hostname.gre1')?.mode).toBe(0o640);
  });

  it('tells commands that it does not understand instead of guessing', () => {
    expect(boot('!for i in 1 2; do true; done\n').console.join('\n')).toContain('not understood');
  });
});

describe('across systems', () => {
  it('meets FreeBSD 4.5 of the guide at an MTU of 1450', () => {
    const { wlan, mostly } = pair(freebsd, 'FreeBSD 4.5', family, 'OpenBSD 3.0');
    fixed(mostly, MOSTLY, WLAN, '10.1.12.37', '10.1.12.38');
    mostly.quiet(allow);
    for (const line of ['kldload if_gre.ko', 'sysctl -w net.inet.ip.gre_default_mtu=1450', 'ifconfig gre1 create']) wlan.quiet(line);
    for (const line of [`tunnel ${WLAN} ${MOSTLY}`, 'mtu 1450', 'inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252', 'up']) {
      wlan.quiet(`ifconfig gre1 ${line}`);
    }
    expect(answers(wlan, '10.1.12.37')).toBe(true);
    expect(answers(mostly, '10.1.12.38')).toBe(true);
  });
});
