import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CREATE, host } from './rig.js';

const VOCABULARY =
  'ip -d -j -br -o -4 link addr route tunnel show add set del change replace flush get name dev type gre local remote ttl key mtu up down multicast on peer via default gre1 gre0 eth0 any inherit 10.1.12.38/30 10.1.12.37 203.0.113.1 203.0.113.2 1476 64 modprobe modinfo -n -q -r ip_gre lsmod sysctl -w -p net.ipv4.ip_forward=1 ping -c 1 -W -M do -s -I -t traceroute systemctl is-active networkctl reload nmcli connection netplan ifup ifdown ifquery gre1 -a cat ls test -e [ ] command -v readlink'.split(
    ' ',
  );

describe('a simulated Linux', () => {
  it.each(['Debian 12', 'Debian 12 networkd', 'Debian 12 NetworkManager', 'Ubuntu 22.04'])('answers any words without falling over (%s)', (kind) => {
    const h = host(kind);
    h.run(CREATE);
    const words = fc.array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...VOCABULARY) }, fc.string()), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(words, (list) => {
        const done = h.system.exec(list.map((w) => (/^\d+$/.test(w) && Number(w) > 9000 ? '5' : w)));
        expect(done.exit).toBeGreaterThanOrEqual(0);
        expect(done.stderr === '' || done.stderr.endsWith('\n')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('boots with any text in its network files, loopback at least', () => {
    const line = fc.constantFrom(
      'auto gre1',
      'iface gre1 inet static',
      '    address 10.0.0.1/30',
      '    up false',
      'source /etc/network/*',
      'iface',
      '[NetDev]',
      'Name=gre1',
      'tunnels: {a: 1}',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 12 }), (lines) => {
        for (const [kind, path] of [
          ['Debian 12', '/etc/network/interfaces.d/x'],
          ['Debian 12 networkd', '/etc/systemd/network/50-x.netdev'],
          ['Debian 12 NetworkManager', '/etc/NetworkManager/system-connections/x.nmconnection'],
          ['Ubuntu 22.04', '/etc/netplan/60-x.yaml'],
        ] as const) {
          const h = host(kind);
          h.system.files.write(path, lines.join('\n'), 0o600);
          h.system.boot();
          expect(h.run('ip link show lo').exit).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });
});
