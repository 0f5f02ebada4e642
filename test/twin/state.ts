/** What a rollback must bring back on a simulated host, read from the host itself. */
import type { AttachedTwin } from '../../src/twin/attach.js';

/**
 * Interfaces as the host shows them (a pair that an old driver keeps in a unit without addresses cannot be seen there), and all files.
 * Drivers and their sysctls may stay.
 */
export function stateOf(twin: AttachedTwin, host: string): unknown {
  const system = twin.twin.hosts.get(host)?.system;
  const interfaces = [...(system?.stack.interfaces.values() ?? [])]
    .filter((i) => !/^(gre0|gretap0|erspan0)$/.test(i.name) || i.addresses.length > 0)
    .map(({ name, up, mtu, addresses, tunnel }) => {
      const outer = tunnel === undefined || (!up && addresses.length === 0) ? '' : `${tunnel.local} ${tunnel.remote}`;
      return { name, up, mtu, addresses, outer };
    });
  return { files: system?.files.snapshot(), interfaces };
}
