/**
 * Simulated hosts in the place of real ones: which hosts of an inventory are simulated, and how they are reached.
 *
 * In: an inventory. Out: a running twin and, for each simulated host, where it listens on 127.0.0.1 with which key. No name is resolved and no address
 * of the inventory is dialled for such a host.
 */
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host, Inventory } from '../model/inventory.js';
import type { TwinHostSpec } from './system.js';
import type { Twin } from './twin.js';

/** What a host without `twin:` simulates in a rehearsal. */
export const DEFAULT_KIND = 'Debian 12';

export interface AttachedTwin {
  readonly twin: Twin;
  /** What each simulated host simulates. */
  readonly kinds: ReadonlyMap<string, string>;
  /** The private key that logs in everywhere, 0600 in a folder of its own. */
  readonly keyFile: string;
  /** The host keys of all simulated hosts, as ssh's UserKnownHostsFile. */
  readonly knownHostsFile: string;
  close(): Promise<void>;
}

function addressesOf(host: Host): string[] {
  const { address } = host;
  if (address?.kind === 'static') return [address.address];
  if (address?.kind === 'dynamic') return address.present === undefined ? [] : [address.present];
  return address?.kind === 'nat' ? [address.inside] : [];
}

/**
 * Specs of the hosts to simulate. `all`: every host of the links and their meeting points; `auto`: those that say `twin:`.
 * @param hosts - More of them, that need be no end of a link.
 */
export function twinSpecs(inventory: Inventory, links: readonly string[], which: 'auto' | 'all', hosts: readonly string[] = []): TwinHostSpec[] {
  const ofLinks = links.flatMap((l) => {
    const { ends = [], updater } = inventory.links.get(l) ?? {};
    return [...ends.map((e) => e.host), ...(updater?.via === undefined ? [] : [updater.via])];
  });
  const names = new Set([...ofLinks, ...hosts]);
  return [...names].flatMap((name) => {
    const host = inventory.hosts.get(name);
    const system = host?.twin ?? (which === 'all' ? DEFAULT_KIND : undefined);
    if (host === undefined || system === undefined) return [];
    const { address } = host;
    return [{ name, system, addresses: addressesOf(host), ...(address?.kind === 'nat' ? { outside: address.outside } : {}) }];
  });
}

/** Whether a process of that id is there. One that may not be signalled is. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Takes away the folders of our own runs that were killed before they could do so: each holds a private key. Folders of others are left alone. */
export function removeStale(base: string): void {
  for (const name of readdirSync(base)) {
    const pid = /^provision-twin-(\d{1,10})-[A-Za-z0-9]{6}$/.exec(name)?.[1];
    if (pid === undefined || alive(Number(pid))) continue;
    const path = join(base, name);
    try {
      const found = lstatSync(path);
      if (found.isDirectory() && found.uid === process.getuid?.()) rmSync(path, { recursive: true, force: true });
    } catch {
      // Another run was faster; nothing is lost.
    }
  }
}

/** One line for each simulated host, as sshd's clients keep them. */
function knownHosts(twin: Twin): string {
  return [...twin.endpoints.values()].map((e) => `[${e.address}]:${e.port} ${e.hostKey}\n`).join('');
}

/** Folders of twins that stand. The second Ctrl-C leaves at once, and close() is never reached. */
const open = new Set<string>();

function removeOpen(): void {
  for (const folder of open) rmSync(folder, { recursive: true, force: true });
}

/** Starts the twin. Undefined where nothing is to be simulated. The folder of its keys goes with the process, however that ends; a killed one's, with the next run. */
export async function attachTwin(specs: readonly TwinHostSpec[]): Promise<AttachedTwin | undefined> {
  if (specs.length === 0) return undefined;
  removeStale(tmpdir());
  const folder = mkdtempSync(join(tmpdir(), `provision-twin-${process.pid}-`));
  if (open.size === 0) process.once('exit', removeOpen);
  open.add(folder);
  const forget = (): void => {
    open.delete(folder);
    rmSync(folder, { recursive: true, force: true });
    if (open.size === 0) process.off('exit', removeOpen);
  };
  const keyFile = join(folder, 'key');
  const knownHostsFile = join(folder, 'known_hosts');
  try {
    // A run over real hosts loads no simulated one.
    const { startTwin } = await import('./twin.js');
    const twin = await startTwin(specs);
    writeFileSync(keyFile, twin.clientKey.privateKey, { mode: 0o600 });
    writeFileSync(knownHostsFile, knownHosts(twin), { mode: 0o600 });
    const close = async (): Promise<void> => {
      await twin.close();
      forget();
    };
    return { twin, kinds: new Map(specs.map((s) => [s.name, s.system])), keyFile, knownHostsFile, close };
  } catch (error) {
    forget();
    throw error;
  }
}
