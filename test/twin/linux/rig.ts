/** Simulated Linux hosts for tests: two in one internet, and commands written as a line. */
import { FileTree } from '../../../src/twin/files.js';
import { Internet } from '../../../src/twin/internet.js';
import { family } from '../../../src/twin/linux/index.js';
import { IpStack } from '../../../src/twin/stack.js';
import type { CommandResult, SimulatedSystem } from '../../../src/twin/system.js';

export interface Rig {
  readonly system: SimulatedSystem;
  /** Runs words separated by blanks. */
  readonly run: (line: string) => CommandResult;
  readonly console: readonly string[];
}

/** One booted host. */
export function host(system: string, internet = new Internet(), address = '203.0.113.1', name = `h${address}`): Rig {
  const made = family.make({ name, system, addresses: [address] }, new IpStack(name, internet), new FileTree());
  if (made === undefined) throw new Error(`no such kind: ${system}`);
  const console = made.boot();
  return { system: made, console, run: (line) => made.exec(line.split(' ')) };
}

/** The far end at 203.0.113.2, its tunnel up: 10.1.12.37 to 10.1.12.38. */
export function peer(internet: Internet): Rig {
  const far = host('Debian 12', internet, '203.0.113.2');
  for (const line of [
    'ip link add gre1 type gre local 203.0.113.2 remote 203.0.113.1 ttl 64',
    'ip addr add 10.1.12.37 peer 10.1.12.38/30 dev gre1',
    'ip link set gre1 up',
  ])
    far.run(line);
  return far;
}

export const CREATE = 'ip link add gre1 type gre local 203.0.113.1 remote 203.0.113.2 ttl 64';

/** The near end by hand. */
export function tunnel(near: Rig): void {
  for (const line of [CREATE, 'ip addr add 10.1.12.38 peer 10.1.12.37/30 dev gre1', 'ip link set gre1 up']) near.run(line);
}

export const PING = 'ping -n -c 1 -W 1 10.1.12.37';
