/** The counters of every playbook, read from what each system prints, and what the simulated systems print held against recorded layouts. */
import { describe, expect, it } from 'vitest';
import { loadPlaybooks } from '../../src/playbook/load.js';
import { fillWords } from '../../src/playbook/template.js';
import { Values } from '../../src/playbook/values.js';
import { statistics } from '../../src/twin/linux/statistics.js';
import { withPair } from './rig.js';

const playbooks = await loadPlaybooks();

function read(playbook: string, text: string): { received: number; sent: number } {
  const rule = playbooks.find((p) => p.name === playbook)?.counters;
  if (rule === undefined) throw new Error(`${playbook} counts nothing`);
  const value = (pattern: string): number => Number(new RegExp(pattern, 'm').exec(text)?.groups?.value);
  return { received: value(rule.received), sent: value(rule.sent) };
}

describe('the counters of a playbook', () => {
  it('are there for every system', () => {
    expect(playbooks.filter((p) => p.counters === undefined).map((p) => p.name)).toEqual([]);
  });

  it.each([
    [
      'linux-gre',
      '7: gre1@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1476 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n    link/gre 203.0.113.1 peer 203.0.113.2\n    RX:  bytes packets errors dropped  missed   mcast           \n           336       4      0       0       0       0 \n    TX:  bytes packets errors dropped carrier collsns           \n           588       7      0       0       0       0 \n',
    ],
    // iproute2 of the 2000s.
    [
      'linux-gre',
      '3: gre1: <POINTOPOINT,UP> mtu 1476 qdisc cbq qlen 100\n    link/gre 1.2.3.4 peer 5.6.7.8\n    RX: bytes  packets  errors  dropped overrun mcast   \n    336        4        0       0       0       0      \n    TX: bytes  packets  errors  dropped carrier collsns \n    588        7        332     0       332     35172  \n',
    ],
    [
      'netbsd-gre',
      'gre1: flags=0x9051<UP,POINTOPOINT,RUNNING,LINK0,MULTICAST> mtu 1476\n\ttunnel inet 203.0.113.1 --> 203.0.113.2\n\tinput: 4 packets, 336 bytes\n\toutput: 7 packets, 588 bytes\n',
    ],
    [
      'netbsd-greconfig',
      'Name  Mtu   Network       Address              Ipkts Ierrs    Opkts Oerrs Colls\ngre1  1450  <Link>                                 4     0        7     1     0\ngre1  1450  10.1.12.36/30 10.1.12.37               4     0        7     1     0\n',
    ],
    [
      'freebsd4-if-gre',
      'Name    Mtu Network       Address              Ipkts Ierrs    Opkts Oerrs  Coll\ngre1   1450 <Link#9>                               4     0        7     0     0 \ngre1   1450 10.1.12.36/30 10.1.12.38               9     -        9     -     - \n',
    ],
    [
      'freebsd-gre',
      'Name    Mtu Network       Address              Ipkts Ierrs Idrop    Opkts Oerrs  Coll\ngre1   1476 <Link#4>                               4     0     0        7     0     0\ngre1      - 10.1.12.36/30 10.1.12.37               0     -     -        0     -     -\n',
    ],
    // Later releases show the interface's name, or an address of colons, where there is no link address.
    [
      'freebsd-gre',
      'Name    Mtu Network       Address              Ipkts Ierrs Idrop    Opkts Oerrs  Coll\ngre1   1476 <Link#4>      gre1                     4     0     0        7     0     0\n',
    ],
    [
      'freebsd-gre',
      'Name    Mtu Network       Address              Ipkts Ierrs Idrop    Opkts Oerrs  Coll\ngre1   1476 <Link#4>      cb:00:71:01              4     0     0        7     0     0\n',
    ],
    [
      'openbsd-gre',
      'Name    Mtu   Network     Address              Ipkts Ifail    Opkts Ofail Colls\ngre1    1476  <Link>                                 4     0        7     0     0\ngre1    1476  10.1.12.36/ 10.1.12.37               4     0        7     0     0\n',
    ],
    [
      'openbsd3-gre',
      'Name  Mtu   Network     Address              Ipkts Ierrs    Opkts Oerrs  Coll\ngre1  1450  <Link>                                4     0        7     0     0\n',
    ],
  ])('%s: reads 4 in and 7 out', (playbook, text) => {
    expect(read(playbook, text)).toEqual({ received: 4, sent: 7 });
  });

  it('are not read from a single packet of one byte by mistake', () => {
    expect(read('netbsd-gre', '\tinput: 1 packet, 1 byte\n\toutput: 0 packets, 0 bytes\n')).toEqual({ received: 1, sent: 0 });
  });
});

describe('what simulated systems count', () => {
  it('is printed by `ip -s link` as iproute2 6.1 does, with columns that grow', () => {
    // Recorded on Debian 12: ip -s link show lo
    expect(
      statistics(
        { inBytes: 223_992_041, inPackets: 1_074_099, outBytes: 223_992_041, outPackets: 1_074_099, outErrors: 0, outDropped: 0, loops: 0 },
        '\n',
      ),
    ).toBe(
      [
        '',
        '    RX:  bytes packets errors dropped  missed   mcast           ',
        '     223992041 1074099      0       0       0       0 ',
        '    TX:  bytes packets errors dropped carrier collsns           ',
        '     223992041 1074099      0       0       0       0 ',
      ].join('\n'),
    );
  });

  it.each([
    'FreeBSD 4.5',
    'FreeBSD 6.4',
    'FreeBSD 13.2',
    'NetBSD 1.5.2',
    'NetBSD 9.3',
    'OpenBSD 3.0',
    'OpenBSD 4.8',
    'OpenBSD 7.5',
    'Debian 12',
  ])('%s: one more packet each way for every ping that crosses', (kind) =>
    withPair(kind, 'NetBSD 10.0', async (rig) => {
      const { plan } = await rig.run('link');
      const name = plan?.ends[0].playbook ?? '';
      const rule = playbooks.find((p) => p.name === name)?.counters;
      if (rule === undefined) throw new Error('no counters');
      const count = () => {
        const said = rig.host('left').exec(fillWords(rule.run, new Values({ interface: 'gre1' })));
        expect([said.exit, said.stderr]).toEqual([0, '']);
        return read(name, said.stdout);
      };
      const before = count();
      rig.host('right').exec(['ping', '-n', '-c', '2', '10.1.12.37']);
      expect(count()).toEqual({ received: before.received + 2, sent: before.sent + 2 });
    }));
});
