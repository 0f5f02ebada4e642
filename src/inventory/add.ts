/**
 * New hosts and links of an inventory: what they will be and what that changes in which file. Pure.
 *
 * In: the files of an inventory and what is wanted. Out: the changed file and the lines that are new; nothing is written here.
 */
import { ProvisionError } from '../errors/error.js';
import { usable } from './address.js';
import { found, linkSubnets, poolNamed } from './allocate.js';
import type { Source } from './document.js';
import { EditRefused, type Entry, withEntry } from './edit.js';
import { NAME } from './forms.js';
import { type Draughted, problemsAfter } from './load.js';
import { freeBlock, freeInterface } from './pools.js';
import { show } from './problems.js';
import { hostRanges } from './ranges.js';
import { nearest } from './suggest.js';

export interface Added {
  readonly source: Source;
  readonly before: string;
  /** As they stand in the file, with the blanks before them. */
  readonly lines: readonly string[];
}

const STATE = { state: 'Nothing was written.' };
const usage = (message: string, next: string): ProvisionError => new ProvisionError('USAGE', message, { ...STATE, next });

function assertName(name: string, what: 'host' | 'link', taken: boolean): void {
  const bad = NAME.find(name);
  if (bad !== undefined) throw usage(bad.message, bad.next);
  if (taken)
    throw usage(
      `There is a ${what} ${name} already.`,
      what === 'link' ? 'Give another with --name.' : 'Take another name, or change it in the file.',
    );
}

function put(drafted: Draughted, file: string, entry: Entry): Added {
  const source = drafted.sources.find((s) => s.file === file);
  if (source === undefined)
    throw usage(`${show(file)} is no file of the inventory.`, `Take one of: ${drafted.sources.map((s) => s.file).join(', ')}`);
  let text: string;
  try {
    text = withEntry(source.text, entry);
  } catch (error) {
    if (!(error instanceof EditRefused)) throw error;
    throw new ProvisionError('INVENTORY_EDIT', `${source.file} cannot be changed in place.`, {
      why: error.message,
      ...STATE,
      next: `Write it by hand under ${entry.section}: ${entry.lines.map((l) => l.trim()).join(' ')}`,
    });
  }
  const changed = { file, text };
  const [bad] = problemsAfter(drafted, [changed]);
  if (bad !== undefined) throw bad;
  return { source: changed, before: source.text, lines: entry.lines };
}

/** The file that has the section last; else the last file. */
const fileWith = ({ docs, sources }: Draughted, section: string): string => {
  const having = docs.filter(({ value }) => typeof value === 'object' && value !== null && section in value);
  return having.at(-1)?.file ?? sources.at(-1)?.file ?? '';
};

export interface HostWish {
  readonly name: string;
  /** An IPv4 address, or `dynamic`. */
  readonly address: string;
  readonly user?: string;
  readonly file?: string;
}

/** @throws ProvisionError where the inventory would not be good. */
export function addedHost(drafted: Draughted, { name, address, user, file }: HostWish): Added {
  assertName(name, 'host', drafted.draft.hosts.has(name));
  if (!/^[A-Za-z0-9.]+$/.test(address))
    throw usage(`${show(address)} is no IPv4 address.`, 'Write four decimal parts, for example 203.0.113.1, or: dynamic');
  if (user !== undefined && !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(user))
    throw usage(`${show(user)} is no name of an account.`, 'Write the account that logs in there.');
  const ssh = user === undefined ? '' : `, ssh: { user: "${user}" }`;
  return put(drafted, file ?? fileWith(drafted, 'hosts'), { section: 'hosts', name, lines: [`  ${name}: { address: ${address}${ssh} }`] });
}

export interface LinkWish {
  readonly ends: readonly [string, string];
  readonly name?: string;
  readonly pool?: string;
  /** On both ends; else a name that no link of the inventory has on either. */
  readonly interface?: string;
  /** Names that are no use: the hosts have them already. */
  readonly notInterface: readonly string[];
  readonly file?: string;
}

function usedInterfaces({ draft }: Draughted, { ends, notInterface }: LinkWish): Set<string> {
  return new Set([...notInterface, ...[...draft.links.values()].flatMap((l) => ends.flatMap((host) => l.value.ends[host]?.interface ?? []))]);
}

/** @returns The change and what was chosen. @throws ProvisionError as {@link addedHost}. */
export function addedLink(drafted: Draughted, wish: LinkWish): Added & { readonly name: string; readonly interface: string } {
  const { hosts, links } = drafted.draft;
  const { ends } = wish;
  for (const host of ends) {
    if (hosts.has(host)) continue;
    const near = nearest(host, hosts.keys());
    throw new ProvisionError('NAME_UNKNOWN', `There is no host ${show(host)} in the inventory.`, {
      ...STATE,
      next: near === undefined ? `Add it with: provision add host ${show(host)} ADDRESS` : `Did you mean ${near}?`,
    });
  }
  const name = wish.name ?? ends.join('-');
  assertName(name, 'link', links.has(name));
  const pool = poolNamed(drafted, wish.pool, name);
  const block = found(freeBlock(pool.value, [...linkSubnets(drafted).values(), ...hostRanges(drafted.draft)], 30), pool, 30);
  const chosen = wish.interface ?? freeInterface('gre', usedInterfaces(drafted, wish));
  const both = usable(block);
  const lines = [
    `  ${name}:`,
    '    kind: gre',
    `    pool: ${pool.name}`,
    `    subnet: ${block.text}`,
    '    ends:',
    ...ends.map((host, i) => `      ${host}: { inner: ${both[i]}, interface: ${chosen} }`),
  ];
  const file = wish.file ?? hosts.get(ends[0])?.place.file ?? fileWith(drafted, 'links');
  return { ...put(drafted, file, { section: 'links', name, lines }), name, interface: chosen };
}
