/**
 * Simulated hosts in the place of real ones: which hosts of an inventory are simulated, and how they are reached.
 *
 * In: an inventory. Out: a running twin and, for each simulated host, where it listens on 127.0.0.1 with which key. No name is resolved and no address
 * of the inventory is dialled for such a host.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host, Inventory } from '../model/inventory.js';
import type { TwinHostSpec } from './system.js';
import { startTwin, type Twin } from './twin.js';

/** What a host without `twin:` simulates in a rehearsal. */
export const DEFAULT_KIND = 'Debian 12';

export interface AttachedTwin {
  readonly twin: Twin;
  /** What each simulated host simulates. */
  readonly kinds: ReadonlyMap<string, string>;
  /** The private key that logs in everywhere, 0600 in a folder of its own. */
  readonly keyFile: string;
  close(): Promise<void>;
}

function addressesOf(host: Host): string[] {
  const { address } = host;
  if (address?.kind === 'static') return [address.address];
  return address?.kind === 'nat' ? [address.inside] : [];
}

/** Specs of the hosts to simulate. `all`: every host of the links; `auto`: those that say `twin:`. */
export function twinSpecs(inventory: Inventory, links: readonly string[], which: 'auto' | 'all'): TwinHostSpec[] {
  const names = new Set(links.flatMap((l) => inventory.links.get(l)?.ends.map((e) => e.host) ?? []));
  return [...names].flatMap((name) => {
    const host = inventory.hosts.get(name);
    const system = host?.twin ?? (which === 'all' ? DEFAULT_KIND : undefined);
    return host === undefined || system === undefined ? [] : [{ name, system, addresses: addressesOf(host) }];
  });
}

/** Starts the twin. Undefined where nothing is to be simulated. */
export async function attachTwin(specs: readonly TwinHostSpec[]): Promise<AttachedTwin | undefined> {
  if (specs.length === 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'provision-twin-'));
  const keyFile = join(folder, 'key');
  try {
    const twin = await startTwin(specs);
    writeFileSync(keyFile, twin.clientKey.privateKey, { mode: 0o600 });
    const close = async (): Promise<void> => {
      await twin.close();
      rmSync(folder, { recursive: true, force: true });
    };
    return { twin, kinds: new Map(specs.map((s) => [s.name, s.system])), keyFile, close };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
