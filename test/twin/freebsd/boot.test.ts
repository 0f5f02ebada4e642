/** What a simulated FreeBSD brings back at boot, and from which file (os-facts.md 2.6, 16.8). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { family } from '../../../src/twin/freebsd/index.js';
import { readAssignments, splitCommand } from '../../../src/twin/freebsd/words.js';
import { answers, type Host, MOSTLY, pair, WLAN } from './pair.js';

const INNER = 'inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252';

/** wlan of the kind; the other end stands already. */
function ready(kind: string): { wlan: Host; mostly: Host } {
  const p = pair(family, kind, family, 'FreeBSD 13.2');
  p.mostly.quiet('ifconfig gre1 create');
  p.mostly.quiet(`ifconfig gre1 tunnel ${MOSTLY} ${WLAN}`);
  p.mostly.quiet('ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252');
  return p;
}

function append(h: Host, path: string, text: string, mode = 0o644): void {
  h.system.files.write(path, (h.system.files.read(path) ?? '') + text, mode);
}

const CLONED = `cloned_interfaces="\${cloned_interfaces} gre1"\nifconfig_gre1="${INNER} tunnel ${WLAN} ${MOSTLY} mtu 1450 up"\n`;

const major = (kind: string): number => Number(kind.split(' ')[1]?.split('.')[0]);
const routeNeeded = (kind: string): boolean => major(kind) >= 6 && major(kind) <= 10;

describe.each(family.kinds.filter(routeNeeded))('%s with the old driver', (kind) => {
  it('comes up dead from rc.conf alone, because the default route is set after the tunnel', () => {
    const { wlan } = ready(kind);
    append(wlan, '/etc/rc.conf', CLONED);
    wlan.system.boot();
    expect(wlan.quiet('ifconfig gre1')).toMatch(/^gre1: flags=9011<UP,POINTOPOINT,LINK0,MULTICAST>/);
    expect(wlan.run('ping -c 1 10.1.12.37')).toMatchObject({ exit: 2, stderr: 'ping: sendto: Network is down\n' });
    wlan.quiet(`ifconfig gre1 tunnel ${WLAN} ${MOSTLY}`);
    expect(answers(wlan, '10.1.12.37')).toBe(true);
  });
});

describe.each(family.kinds)('%s', (kind) => {
  it('brings a tunnel back from rc.conf and loader.conf', () => {
    const { wlan, mostly } = ready(kind);
    append(wlan, '/etc/rc.conf', CLONED);
    append(wlan, '/boot/loader.conf', 'if_gre_load="YES"\n');
    // 6 to 10: set before the default route is there, the pair is dead until it is set again (see below).
    if (routeNeeded(kind)) append(wlan, '/etc/rc.local', `ifconfig gre1 tunnel ${WLAN} ${MOSTLY}\n`);
    wlan.system.boot();
    expect(wlan.quiet('ifconfig gre1')).toContain('mtu 1450\n');
    expect(answers(mostly, '10.1.12.38')).toBe(true);
    expect(answers(wlan, '10.1.12.37')).toBe(true);
  });

  it('does nothing with ifconfig_gre1 alone', () => {
    const { wlan } = ready(kind);
    append(wlan, '/etc/rc.conf', `ifconfig_gre1="${INNER}"\n`);
    append(wlan, '/boot/loader.conf', 'if_gre_load="YES"\n');
    wlan.system.boot();
    expect(wlan.run('ifconfig gre1').exit).toBe(1);
  });

  it('comes up the same after two boots', () => {
    const { wlan } = ready(kind);
    append(wlan, '/etc/rc.conf', CLONED);
    wlan.system.boot();
    const first = wlan.system.snapshot();
    wlan.system.boot();
    expect(wlan.system.snapshot()).toEqual(first);
  });
});

describe('rc.conf', () => {
  it('lets the last assignment win and reads rc.conf.local after rc.conf', () => {
    const { wlan } = ready('FreeBSD 13.2');
    append(wlan, '/etc/rc.conf', 'cloned_interfaces="gre1"\ncloned_interfaces="gre2"\n');
    append(wlan, '/etc/rc.conf.local', `cloned_interfaces="\${cloned_interfaces} gre3" # more\n`);
    wlan.system.boot();
    expect(wlan.quiet('ifconfig -l')).toBe('vtnet0 lo0 gre2 gre3\n');
    expect(wlan.quiet('sysrc -n cloned_interfaces')).toBe('gre2 gre3\n');
  });

  it('uses create_args, aliases, start_if, static routes and the description', () => {
    const { wlan, mostly } = ready('FreeBSD 12.4');
    append(wlan, '/etc/rc.conf', `cloned_interfaces=gre1\ncreate_args_gre1="tunnel ${WLAN} ${MOSTLY}"\nifconfig_gre1="${INNER}"\n`);
    append(wlan, '/etc/rc.conf', 'ifconfig_gre1_alias0="inet 10.2.0.1 10.2.0.2 netmask 255.255.255.252"\nifconfig_gre1_descr="hop tun"\n');
    append(wlan, '/etc/rc.conf', 'static_routes="far"\nroute_far="-net 10.9.0.0/16 10.1.12.37"\n');
    append(wlan, '/etc/start_if.gre1', 'ifconfig gre1 mtu 1400\n');
    wlan.system.boot();
    expect(wlan.quiet('ifconfig gre1')).toContain('mtu 1400\n\tdescription: hop tun\n');
    expect(wlan.quiet('ifconfig gre1')).toContain('\tinet 10.2.0.1 --> 10.2.0.2 netmask 0xfffffffc\n');
    expect(wlan.quiet('route -n get 10.9.1.1')).toContain('interface: gre1');
    expect(answers(mostly, '10.1.12.38')).toBe(true);
  });

  it('leaves the host without a network when it has a syntax error', () => {
    const { wlan } = ready('FreeBSD 13.2');
    append(wlan, '/etc/rc.conf', 'ifconfig_gre1="inet\n');
    expect(wlan.system.boot().join('\n')).toContain('Syntax error');
    expect(answers(wlan, MOSTLY)).toBe(false);
  });

  it('is applied to one interface by service netif start', () => {
    const { wlan, mostly } = ready('FreeBSD 13.2');
    append(wlan, '/etc/rc.conf', CLONED);
    expect(wlan.quiet('service netif start gre1')).toBe('Starting Network: gre1.\n');
    expect(answers(mostly, '10.1.12.38')).toBe(true);
  });

  it('is written by sysrc', () => {
    const { wlan } = ready('FreeBSD 13.2');
    expect(wlan.quiet('sysrc cloned_interfaces+=gre1')).toBe('cloned_interfaces:  -> gre1\n');
    expect(wlan.quiet('sysrc cloned_interfaces+=gre1')).toBe('cloned_interfaces: gre1 -> gre1\n');
    expect(wlan.system.files.read('/etc/rc.conf')).toMatch(/\ncloned_interfaces="gre1"\n$/);
    expect(wlan.run('sysrc -n nosuch').exit).toBe(1);
    expect(ready('FreeBSD 6.4').wlan.run('sysrc -n hostname').exit).toBe(127);
  });

  it('takes any value in single quotes as it is', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const values = new Map<string, string>();
        expect(readAssignments(`a='${value.replaceAll("'", "'\\''")}'\nb=x`, values)).toEqual([]);
        expect([values.get('a'), values.get('b')]).toEqual([value, 'x']);
      }),
    );
  });
});

describe('FreeBSD 4.5', () => {
  const script = [
    '#!/bin/sh',
    '[ "$1" = start ] || exit 0',
    'kldload /modules/if_gre.ko',
    'sysctl -w net.inet.ip.gre_default_mtu=1450 >/dev/null 2>&1',
    'ifconfig gre1 create',
    `ifconfig gre1 tunnel ${WLAN} ${MOSTLY}`,
    `ifconfig gre1 ${INNER}`,
    'ifconfig gre1 up',
  ];

  it('runs an executable script in /usr/local/etc/rc.d with start', () => {
    const { wlan, mostly } = ready('FreeBSD 4.5');
    wlan.system.files.write('/usr/local/etc/rc.d/gre.sh', `${script.join('\n')}\n`, 0o755);
    wlan.system.boot();
    expect(wlan.quiet('ifconfig gre1')).toContain('mtu 1450\n');
    expect(answers(mostly, '10.1.12.38')).toBe(true);
    wlan.system.files.write('/usr/local/etc/rc.d/gre.sh', `${script.join('\n')}\n`, 0o644);
    wlan.system.boot();
    expect(wlan.run('ifconfig gre1').exit).toBe(1);
  });

  it('runs rc.local, and reads sysctl.conf too early for a module loaded there', () => {
    const { wlan } = ready('FreeBSD 4.5');
    wlan.system.files.write('/etc/rc.local', `${script.filter((l) => !l.includes('$1') && !l.includes('sysctl')).join('\n')}\n`);
    wlan.system.files.write('/etc/sysctl.conf', 'net.inet.ip.gre_default_mtu=1450\n');
    expect(wlan.system.boot()).toContain("sysctl: unknown oid 'net.inet.ip.gre_default_mtu'");
    expect(wlan.quiet('ifconfig gre1')).toContain('mtu 1476\n');
  });

  it('tells what it does not understand', () => {
    const { wlan } = ready('FreeBSD 4.5');
    wlan.system.files.write('/etc/rc.local', 'if [ -x /bin/foo ]; then foo; fi\n');
    expect(wlan.system.boot()).toContain('/etc/rc.local: not understood: if [ -x /bin/foo ]; then foo; fi');
    expect(splitCommand('a "b c" \'d e\'')).toEqual(['a', 'b c', 'd e']);
    expect(splitCommand('a; b')).toBeUndefined();
  });
});
