/**
 * What the updater of a link has told its fixed end, against what this run works with (docs/updater.md).
 *
 * In: a world and a link whose other end may move. Out: what was announced on each host; checks for verify; an error where a run would put an older address
 * in its place. Links between two fixed addresses cost nothing here.
 */
import { resolve4 } from 'node:dns/promises';
import { ProvisionError } from '../errors/error.js';
import type { Inventory } from '../model/inventory.js';
import type { Check } from '../model/outcome.js';
import type { PhaseRunner } from '../model/wire.js';
import { type EndInput, guardWay } from '../plan/pair.js';
import type { Surveyed } from '../survey/survey.js';
import { both, endInputs, type Two } from './pair.js';
import { pathsOf, statePath } from './updater-files.js';
import { hostOf, linkOf, pairOf, type World } from './world.js';

/** What an updater has told, or has noted of its own end where both ends move. */
export interface Announced {
  /** Where it stands, and whose address it is: the other end's, or its own. */
  readonly host: string;
  readonly peer: string;
  readonly address: string;
  readonly seq: number;
  /** The outer address that this run has for it. */
  readonly known: string;
}

const LINE = /^(\d{1,9}) (\d{1,3}(?:\.\d{1,3}){3}) [a-z]+ \d{1,12}\n$/;
/** Milliseconds for a name server. */
const DNS_MS = 3000;

/** `updater.state` of the sh form, and of the Node form. @returns The own outer address that is in use, with the number of the last request. */
function ownState(text: string): { readonly seq: number; readonly address: string } | undefined {
  const [, seq, address] = /^(\d{1,9}) (\d{1,3}(?:\.\d{1,3}){3}) (?:told|wish) /.exec(text) ?? [];
  if (seq !== undefined && address !== undefined) return { seq: Number(seq), address };
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state !== 'object' || state === null || !('seq' in state) || !('local' in state)) return undefined;
    const { seq: number, local } = state;
    return typeof number === 'number' && typeof local === 'string' && isAddress(local) ? { seq: number, address: local } : undefined;
  } catch {
    return undefined;
  }
}

const isAddress = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);

/** Where both ends move, each knows best where it is itself. Behind a gateway it does not. */
async function ownAt(shell: PhaseRunner, inventory: Inventory, input: EndInput): Promise<Announced[]> {
  const { end } = input;
  if (hostOf(inventory, end.host).address?.kind !== 'dynamic') return [];
  const { records } = await shell.run([{ verb: 'look', id: 'announced', path: statePath(guardWay(input).keep) }]);
  const found = ownState(Buffer.from(records.get('announced')?.stdout ?? []).toString('latin1'));
  return found === undefined ? [] : [{ host: end.host, peer: end.host, ...found, known: end.outer.local }];
}

/** What the receiver of one end was told; where both ends move, what its own updater uses. @param shell - Of the host of that end. */
export async function announcedAt(shell: PhaseRunner, inventory: Inventory, input: EndInput): Promise<Announced[]> {
  const { end } = input;
  if (input.link.updater.via !== undefined) return ownAt(shell, inventory, input);
  if (hostOf(inventory, end.peerHost).address?.kind === 'static') return [];
  const { keep } = guardWay(input);
  const { records } = await shell.run([{ verb: 'look', id: 'announced', path: pathsOf(keep).address }]);
  const [, seq, address] = LINE.exec(Buffer.from(records.get('announced')?.stdout ?? []).toString('latin1')) ?? [];
  if (seq === undefined || address === undefined) return [];
  return [{ host: end.host, peer: end.peerHost, address, seq: Number(seq), known: end.outer.remote }];
}

export async function announcedOn(world: World, name: string, found: Two<Surveyed>): Promise<Announced[]> {
  const ends = await both(endInputs(world, name, found), async (input) =>
    input.elsewhere === true ? [] : announcedAt(await world.hosts.shell(input.end.host), world.options.inventory, input),
  );
  return ends.flat();
}

const older = ({ host, peer, address, known }: Announced): string =>
  `${peer === host ? `the updater of ${host} is` : `${peer} has told ${host} that it is`} at ${address}; this run knows it at ${known}`;

export function announcedChecks(announced: readonly Announced[]): Check[] {
  return announced.map((one) => ({
    id: 'announced',
    host: one.host,
    ok: one.address === one.known,
    text:
      one.address === one.known
        ? `${one.host}: ${one.peer === one.host ? 'its updater' : one.peer} has announced ${one.address}, which is in use`
        : `${one.host}: ${older(one)}`,
  }));
}

/** The dynamic end knows best where it is: a run with an older address would cut the tunnel that the updater keeps. */
export function staleAddress(link: string, announced: readonly Announced[]): ProvisionError | undefined {
  const found = announced.find((one) => one.address !== one.known && one.seq > 0);
  if (found === undefined) return undefined;
  return new ProvisionError('ADDRESS_STALE', `${older(found)}.`, {
    host: found.host,
    state: 'Nothing was changed.',
    next: `Run: provision repoint ${link} --end ${found.peer} --address ${found.address}`,
  });
}

async function lookedUp(name: string): Promise<readonly string[] | string> {
  const late = new Promise<string>((resolve) => setTimeout(() => resolve(`no answer within ${DNS_MS / 1000} s`), DNS_MS).unref());
  return Promise.race([late, resolve4(name).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))]);
}

/** What DNS says of the hosts that have a `hostname`. No name is asked for where a host is simulated. */
export async function dnsChecks(world: World, name: string): Promise<Check[]> {
  const { inventory } = world.options;
  const checks = pairOf(inventory, linkOf(inventory, name)).map(async (end): Promise<Check[]> => {
    const { hostname } = hostOf(inventory, end.peerHost);
    if (hostname === undefined || world.simulated(end.peerHost)) return [];
    const said = await lookedUp(hostname);
    const ok = typeof said !== 'string' && said.includes(end.outer.remote);
    const answer = typeof said === 'string' ? `cannot be looked up: ${said}` : `is ${said.join(', ')} in DNS`;
    return [{ id: 'dns', host: end.peerHost, ok, text: `${hostname} ${answer}; ${end.outer.remote} is in use` }];
  });
  return (await Promise.all(checks)).flat();
}
