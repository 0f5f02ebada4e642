/** Two simulated hosts on one internet, for the tests of the BSD families. */
import { FileTree } from '../../../src/twin/files.js';
import { Internet } from '../../../src/twin/internet.js';
import { IpStack } from '../../../src/twin/stack.js';
import type { CommandResult, SimulatedSystem, SystemFamily } from '../../../src/twin/system.js';

export const WLAN = '217.154.12.2';
export const MOSTLY = '212.25.240.34';

export interface Host {
  readonly system: SimulatedSystem;
  /** Runs a command line of plain words. */
  run(line: string): CommandResult;
  /** Its standard output; the command must have succeeded without a word on standard error. */
  quiet(line: string): string;
}

export function host(family: SystemFamily, kind: string, address: string, internet: Internet): Host {
  const name = address === WLAN ? 'wlan' : 'mostly';
  const system = family.make({ name, system: kind, addresses: [address] }, new IpStack(name, internet), new FileTree());
  if (system === undefined) throw new Error(`unknown kind ${kind}`);
  system.boot();
  const run = (line: string): CommandResult => system.exec(line.split(' '));
  return {
    system,
    run,
    quiet(line) {
      const result = run(line);
      if (result.exit !== 0 || result.stderr !== '') throw new Error(`${kind}: ${line}: ${JSON.stringify(result)}`);
      return result.stdout;
    },
  };
}

export function pair(family: SystemFamily, kind: string, otherFamily = family, otherKind = kind): { internet: Internet; wlan: Host; mostly: Host } {
  const internet = new Internet();
  return { internet, wlan: host(family, kind, WLAN, internet), mostly: host(otherFamily, otherKind, MOSTLY, internet) };
}

export const answers = (from: Host, to: string): boolean => from.run(`ping -n -c 1 ${to}`).exit === 0;
