/** What fails in silence on FreeBSD, and what each release prints (os-facts.md 0.3, 2.3 to 2.5, 13.4, 16.4, 16.5). */
import { describe, expect, it } from 'vitest';
import { family } from '../../../src/twin/freebsd/index.js';
import { Internet } from '../../../src/twin/internet.js';
import { answers, type Host, host, MOSTLY, pair, WLAN } from './pair.js';

const REFUSED = "ifconfig: SIOCSIFPHYADDR: Can't assign requested address\n";

function one(kind: string, options = ''): Host {
  return host(family, `${kind}${options}`, WLAN, new Internet());
}

function up(kind: string): Host {
  const h = one(kind, ' loaded');
  h.quiet('ifconfig gre1 create');
  h.quiet(`ifconfig gre1 tunnel ${WLAN} ${MOSTLY}`);
  h.quiet('ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252');
  return h;
}

describe('read-back', () => {
  it.each(['FreeBSD 4.11', 'FreeBSD 5.5'])('%s shows LINK0 and no metric', (kind) => {
    expect(up(kind).quiet('ifconfig gre1')).toBe(
      'gre1: flags=9051<UP,POINTOPOINT,RUNNING,LINK0,MULTICAST> mtu 1476\n' +
        `\ttunnel inet ${WLAN} --> ${MOSTLY}\n\tinet 10.1.12.38 --> 10.1.12.37 netmask 0xfffffffc \n`,
    );
  });

  it.each(['FreeBSD 8.4', 'FreeBSD 10.4'])('%s shows LINK0, metric and the key in decimal', (kind) => {
    const h = up(kind);
    h.quiet('ifconfig gre1 grekey 5');
    expect(h.quiet('ifconfig gre1')).toBe(
      'gre1: flags=9051<UP,POINTOPOINT,RUNNING,LINK0,MULTICAST> metric 0 mtu 1472\n' +
        `\ttunnel inet ${WLAN} --> ${MOSTLY}\n\tinet 10.1.12.38 --> 10.1.12.37 netmask 0xfffffffc \n\tgrekey: 5\n`,
    );
  });

  it.each(['FreeBSD 11.4', 'FreeBSD 13.2'])('%s shows description, options, groups and the key in hexadecimal', (kind) => {
    const h = up(kind);
    h.quiet('ifconfig gre1 description hoptun');
    h.quiet('ifconfig gre1 grekey 5');
    expect(h.quiet('ifconfig gre1')).toBe(
      'gre1: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> metric 0 mtu 1476\n\tdescription: hoptun\n\toptions=80000<LINKSTATE>\n' +
        `\ttunnel inet ${WLAN} --> ${MOSTLY}\n\tinet 10.1.12.38 --> 10.1.12.37 netmask 0xfffffffc\n` +
        '\tgroups: gre\n\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>\n\tgrekey: 0x5 (5)\n',
    );
  });

  it.each(['FreeBSD 14.1', 'FreeBSD 15.0'])('%s shows LOWER_UP', (kind) => {
    expect(up(kind).quiet('ifconfig gre1')).toMatch(/^gre1: flags=1008051<UP,POINTOPOINT,RUNNING,MULTICAST,LOWER_UP> metric 0 mtu 1476\n/);
  });

  it('shows no tunnel line after create', () => {
    const h = one('FreeBSD 13.2');
    h.quiet('ifconfig gre1 create');
    expect(h.quiet('ifconfig gre1')).toMatch(/^gre1: flags=8010<POINTOPOINT,MULTICAST> metric 0 mtu 1476\n/);
    expect(h.quiet('ifconfig gre1')).not.toContain('tunnel');
  });
});

describe.each(family.kinds)('%s', (kind) => {
  it('warns and exits 0 when a pair is refused, and keeps what was there', () => {
    const h = up(kind);
    h.quiet('ifconfig gre2 create');
    expect(h.run(`ifconfig gre2 tunnel ${WLAN} ${MOSTLY}`)).toEqual({ exit: 0, stdout: '', stderr: REFUSED });
    expect(h.run(`ifconfig gre1 tunnel 0.0.0.0 ${MOSTLY}`)).toEqual({ exit: 0, stdout: '', stderr: REFUSED });
    expect(h.quiet('ifconfig gre1')).toContain(`\ttunnel inet ${WLAN} --> ${MOSTLY}\n`);
    expect(h.quiet('ifconfig gre2')).not.toContain('tunnel');
  });

  it('only warns of a bad MTU up to 12 and fails later', () => {
    const silent = Number(kind.split(' ')[1]?.split('.')[0]) <= 12;
    const h = up(kind);
    expect(h.run('ifconfig gre1 mtu 100')).toEqual(
      silent
        ? { exit: 0, stdout: '', stderr: 'ifconfig: ioctl (set mtu): Invalid argument\n' }
        : { exit: 1, stdout: '', stderr: 'ifconfig: ioctl SIOCSIFMTU (set mtu): Invalid argument\n' },
    );
    expect(h.quiet('ifconfig gre1')).toContain('mtu 1476\n');
  });

  it('drops routes through the tunnel when its address is set again', () => {
    const h = up(kind);
    h.quiet('route add -net 10.9.0.0/16 10.1.12.37');
    h.quiet('ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252');
    expect(h.quiet('route -n get 10.9.0.1')).toContain('destination: default');
    expect(h.quiet('ifconfig gre1').match(/\tinet /g)).toHaveLength(1);
  });

  it('re-points live: inner address and UP stay', () => {
    const h = up(kind);
    h.quiet(`ifconfig gre1 tunnel ${WLAN} 203.0.113.9`);
    expect(h.quiet('ifconfig gre1')).toContain(`\ttunnel inet ${WLAN} --> 203.0.113.9\n\tinet 10.1.12.38 --> 10.1.12.37`);
    h.quiet('ifconfig gre1 deletetunnel');
    expect(h.quiet('ifconfig gre1')).toMatch(/UP,POINTOPOINT,(LINK0,)?MULTICAST/);
    expect(h.run('ping -c 1 10.1.12.37').stderr).toBe('ping: sendto: Network is down\n');
  });

  it('exits 1 for a second create and never makes a second interface', () => {
    const h = up(kind);
    const { exit, stderr } = h.run('ifconfig gre1 create');
    expect(exit).toBe(1);
    expect(['ifconfig: create: bad value\n', 'ifconfig: interface gre1 already exists\n', 'ifconfig: SIOCIFCREATE: File exists\n']).toContain(stderr);
  });

  it('destroys a tunnel with its addresses and routes', () => {
    const h = up(kind);
    h.quiet('ifconfig gre1 destroy');
    expect(h.quiet('ifconfig -l')).not.toContain('gre');
    expect(h.quiet('route -n get 10.1.12.37')).toContain('destination: default');
    expect(h.run('ifconfig lo0 destroy')).toMatchObject({ exit: 1, stderr: 'ifconfig: SIOCIFDESTROY: Invalid argument\n' });
  });

  it('says that there is no driver with nogre, and has it without a file with builtin', () => {
    expect(one(kind, ' nogre').run('ifconfig gre1 create').exit).toBe(1);
    expect(one(kind, ' nogre').run('kldload if_gre')).toMatchObject({ exit: 1, stderr: "kldload: can't load if_gre: No such file or directory\n" });
    const built = one(kind, ' builtin');
    built.quiet('ifconfig gre1 create');
    expect(built.quiet('ifconfig -C')).toContain('gre');
    expect(built.run('kldstat -n if_gre.ko').exit).toBe(1);
    expect(built.run('ls /modules/if_gre.ko /boot/kernel/if_gre.ko').exit).toBe(1);
  });
});

describe('own inner address', () => {
  it.each(['FreeBSD 4.5', 'FreeBSD 6.4'])('%s does not answer itself without the route of the guide', (kind) => {
    const h = up(kind);
    expect(answers(h, '10.1.12.38')).toBe(false);
    expect(h.quiet('route add -host 10.1.12.38 127.0.0.1')).toBe('add host 10.1.12.38: gateway 127.0.0.1\n');
    expect(answers(h, '10.1.12.38')).toBe(true);
    expect(h.run('route add -host 10.1.12.38 127.0.0.1')).toEqual({
      exit: 0,
      stdout: 'add host 10.1.12.38: gateway 127.0.0.1: File exists\n',
      stderr: 'route: writing to routing socket: File exists\n',
    });
  });

  it.each(['FreeBSD 8.4', 'FreeBSD 14.1'])('%s answers itself and refuses the route', (kind) => {
    const h = up(kind);
    expect(answers(h, '10.1.12.38')).toBe(true);
    expect(h.run('route add -host 10.1.12.38 127.0.0.1')).toMatchObject({
      exit: 1,
      stdout: 'add host 10.1.12.38: gateway 127.0.0.1: route already in table\n',
    });
  });
});

describe('drivers', () => {
  it('of 4.8 to 10 run only if a route to the neighbour address was there when the pair was set', () => {
    const h = one('FreeBSD 10.4');
    h.quiet('route delete default');
    h.quiet('ifconfig gre1 create');
    h.quiet(`ifconfig gre1 tunnel ${WLAN} ${MOSTLY}`);
    h.quiet('route add default 217.154.12.254');
    expect(h.quiet('ifconfig gre1')).not.toContain('RUNNING');
    h.quiet(`ifconfig gre1 tunnel ${WLAN} ${MOSTLY}`);
    expect(h.quiet('ifconfig gre1')).toContain('RUNNING');
  });

  it('of 12 and later run only while the source address is there', () => {
    const h = one('FreeBSD 13.2');
    h.quiet('ifconfig gre1 create');
    h.quiet(`ifconfig gre1 tunnel 217.154.12.9 ${MOSTLY}`);
    expect(h.quiet('ifconfig gre1')).not.toContain('RUNNING');
    h.quiet('ifconfig vtnet0 inet 217.154.12.9 netmask 255.255.255.255 alias');
    expect(h.quiet('ifconfig gre1')).toContain('RUNNING');
  });

  it('of 4.8 to 10 speak another protocol after -link0, and nothing passes', () => {
    const { wlan, mostly } = pair(family, 'FreeBSD 9.3');
    for (const [h, a, b, i, j] of [
      [wlan, WLAN, MOSTLY, '10.1.12.38', '10.1.12.37'],
      [mostly, MOSTLY, WLAN, '10.1.12.37', '10.1.12.38'],
    ] as const) {
      h.quiet('ifconfig gre1 create');
      h.quiet(`ifconfig gre1 tunnel ${a} ${b}`);
      h.quiet(`ifconfig gre1 inet ${i} ${j} netmask 255.255.255.252`);
    }
    expect(answers(wlan, '10.1.12.37')).toBe(true);
    mostly.quiet('ifconfig gre1 -link0');
    expect(answers(wlan, '10.1.12.37')).toBe(false);
  });

  it('are loaded by naming the interface to ifconfig, reading included, but not with -n', () => {
    const h = one('FreeBSD 13.2');
    expect(h.run('ifconfig -n gre1').exit).toBe(1);
    expect(h.run('kldstat -q -m if_gre').exit).toBe(1);
    expect(h.run('ifconfig gre1').exit).toBe(1);
    expect(h.run('kldstat -q -m if_gre')).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(h.run('kldload if_gre').stderr).toBe("kldload: can't load if_gre: module already loaded or in kernel\n");
    expect(h.quiet('kldload -n if_gre')).toBe('');
    h.quiet('kldunload if_gre');
    expect(h.run('kldstat -q -n if_gre').exit).toBe(1);
    const built = one('FreeBSD 13.2', ' builtin');
    expect([built.run('kldstat -q -m if_gre').exit, built.run('kldstat -q -n if_gre').exit]).toEqual([0, 1]);
    expect(one('FreeBSD 4.5').run('kldstat -q -m if_gre')).toMatchObject({ exit: 1, stdout: '' });
  });
});

describe('ping', () => {
  it('takes -W for milliseconds from 6.2 on and does not know it before', () => {
    expect(up('FreeBSD 13.2').run(`ping -n -c 1 -W 2 ${MOSTLY}`).exit).toBe(2);
    expect(one('FreeBSD 4.5').run(`ping -n -c 1 -W 2000 ${MOSTLY}`)).toMatchObject({ exit: 64 });
  });

  it('refuses a packet that is larger than the tunnel when it must not be cut', () => {
    const h = up('FreeBSD 13.2');
    expect(h.run('ping -c 1 -D -s 1449 10.1.12.37')).toMatchObject({ exit: 2, stderr: 'ping: sendto: Message too long\n' });
  });
});
