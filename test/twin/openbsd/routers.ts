/** Simulated OpenBSD hosts with routing daemons for tests: a tunnel by hand, a file for a daemon, what its commands say. */

import { FileTree } from '../../../src/twin/files.js';
import { Internet } from '../../../src/twin/internet.js';
import { family as linux } from '../../../src/twin/linux/index.js';
import { family as openbsd } from '../../../src/twin/openbsd/index.js';
import { IpStack } from '../../../src/twin/stack.js';
import type { CommandResult, SimulatedSystem } from '../../../src/twin/system.js';

export interface Router {
  readonly system: SimulatedSystem;
  run(line: string): CommandResult;
  /** Writes the file of a daemon and loads it. */
  load(daemon: 'ospfd' | 'bgpd', text: string, mode?: number): string;
}

export function router(kind: string, internet = new Internet(), address = '203.0.113.1'): Router {
  const family = kind.startsWith('OpenBSD') ? openbsd : linux;
  const system = family.make({ name: `h${address}`, system: kind, addresses: [address] }, new IpStack(`h${address}`, internet), new FileTree());
  if (system === undefined) throw new Error(`no such kind: ${kind}`);
  system.boot();
  const run = (line: string): CommandResult => system.exec(line.split(' '));
  const load = (daemon: string, text: string, mode = 0o600): string => {
    system.files.write(`/etc/${daemon}.conf`, text, mode);
    const said = run(`${daemon.replace('d', 'ctl')} reload`).stdout;
    run('sleep 1');
    return said;
  };
  return { system, run, load };
}

const OUTER = ['203.0.113.1', '203.0.113.2'] as const;
const INNER = ['10.1.12.37', '10.1.12.38'] as const;

/** @param end - 0 or 1. */
export function tunnel(at: Router, end: 0 | 1, mtu = 1476): void {
  const [outer, far, inner, peer] = [OUTER[end], OUTER[1 - end] ?? '', INNER[end], INNER[1 - end] ?? ''];
  const ofOpenBsd = [
    'sysctl -w net.inet.gre.allow=1',
    'ifconfig gre1 create',
    'ifconfig gre1 link0',
    `ifconfig gre1 tunnel ${outer} ${far}`,
    `ifconfig gre1 mtu ${mtu}`,
    `ifconfig gre1 inet ${inner} ${peer} netmask 255.255.255.252`,
    'ifconfig gre1 up',
  ];
  const ofLinux = [
    `ip link add gre1 type gre local ${outer} remote ${far} ttl 64`,
    `ip addr add ${inner} peer ${peer}/30 dev gre1`,
    `ip link set gre1 mtu ${mtu} up`,
  ];
  for (const line of at.system.uname.sysname === 'OpenBSD' ? ofOpenBsd : ofLinux) {
    const { exit, stderr } = at.run(line);
    if (exit !== 0) throw new Error(`${line}: ${stderr}`);
  }
}

export function pair(left: string, right = left): readonly [Router, Router] {
  const internet = new Internet();
  const both = [router(left, internet), router(right, internet, '203.0.113.2')] as const;
  tunnel(both[0], 0);
  tunnel(both[1], 1);
  return both;
}
