/**
 * Everything one run works with: inventory, playbooks, hosts that are real or simulated, and where events go.
 *
 * In: the options of a run. Out: a world whose hosts are opened when needed and closed at the end, whatever happened.
 */
import { ProvisionError } from '../errors/error.js';
import { endsOf } from '../inventory/ends.js';
import type { End, Host, Inventory, Link } from '../model/inventory.js';
import type { Emit } from '../model/outcome.js';
import type { PastRun } from '../model/past.js';
import type { LinkPlan } from '../model/plan.js';
import type { KeptRecording } from '../model/recording.js';
import type { Playbook } from '../playbook/schema.js';
import type { SshTarget } from '../ssh/endpoint.js';
import { Passphrases } from '../ssh/passphrase.js';
import { resolveTarget } from '../ssh/target.js';
import { replayer } from '../survey/recording.js';
import { Hosts } from './hosts.js';

/** Where a simulated host listens; what `twin/` hands over. */
export interface SimulatedHosts {
  readonly kinds: ReadonlyMap<string, string>;
  readonly endpoints: ReadonlyMap<string, { readonly address: string; readonly port: number; readonly hostKey: string }>;
  readonly keyFile: string;
}

export interface RunOptions {
  readonly inventory: Inventory;
  readonly playbooks: readonly Playbook[];
  /** Names of links, checked. */
  readonly links: readonly string[];
  /** Names of hosts that are reached beside the ends of the links, checked. */
  readonly hosts?: readonly string[];
  readonly emit: Emit;
  /** Record unknown host keys instead of refusing them. */
  readonly acceptNew: boolean;
  /** Milliseconds for connecting and for the login. */
  readonly timeoutMs: number;
  /** Connections that may be starting at once. */
  readonly concurrency: number;
  /** Seconds after which a host goes back by itself unless the run has ended well. */
  readonly guardSeconds: number;
  /** Also carry out steps that nothing takes back. */
  readonly oneWay: boolean;
  readonly verbose: boolean;
  readonly logFile: string;
  /** The newest run of each link, from its journal; for telling what it has left. */
  readonly lastRuns?: ReadonlyMap<string, PastRun>;
  /** Ask DNS for the names of hosts, and compare. */
  readonly dns?: boolean;
  /** Open a TCP connection through the tunnel too, and send full segments. */
  readonly tcp?: boolean;
  /** Links of which only one end is set up, with the host of that end: the other host is not dialled. */
  readonly only?: ReadonlyMap<string, string>;
  /** Milliseconds to wait for the other end of such a link; absent: one ping and no waiting. */
  readonly waitMs?: number;
  /** The addresses of this run count, whatever an updater has announced. */
  readonly insists?: boolean;
  /** Recorded facts answer in place of hosts, and a host that has none and is not simulated is an error: no host is dialled, no ssh_config is read. */
  readonly recorded?: ReadonlyMap<string, KeptRecording>;
  readonly signal?: AbortSignal;
  /** auto: hosts with `twin:` are simulated; all: every host. */
  readonly twin?: 'auto' | 'all';
  /** Milliseconds after which a host that does not answer a phase is given up; absent: a minute, or twice `timeoutMs` if that is more. */
  readonly phaseTimeoutMs?: number;
  /** Asked with all plans before anything changes. Absent: nothing is changed. */
  readonly confirm?: (plans: readonly LinkPlan[]) => Promise<boolean>;
}

export interface World {
  readonly options: RunOptions;
  readonly hosts: Hosts;
  simulated(host: string): boolean;
  /** What is dialled for a host; undefined for a simulated one. */
  dialled(host: string): string | undefined;
}

/** A phase may hold pings and a trace that nothing answers. */
const LEAST_PHASE_MS = 60_000;

function simulatedTarget(host: Host, simulated: SimulatedHosts, timeoutMs: number): SshTarget | undefined {
  const endpoint = simulated.endpoints.get(host.name);
  if (endpoint === undefined) return undefined;
  const { address, port, hostKey } = endpoint;
  return {
    name: host.name,
    address,
    port,
    user: 'root',
    identities: [simulated.keyFile],
    identitiesOnly: true,
    jumps: [],
    knownHosts: [],
    strict: 'yes',
    pinned: [hostKey],
    become: host.ssh.become,
    legacy: false,
    connectTimeoutMs: timeoutMs,
    keepaliveMs: 15_000,
  };
}

export function hostOf(inventory: Inventory, name: string): Host {
  const host = inventory.hosts.get(name);
  if (host === undefined) throw new ProvisionError('NAME_UNKNOWN', `There is no host ${name} in the inventory.`);
  return host;
}

export function linkOf(inventory: Inventory, name: string): Link {
  const link = inventory.links.get(name);
  if (link === undefined) throw new ProvisionError('NAME_UNKNOWN', `There is no link ${name} in the inventory.`);
  return link;
}

export function pairOf(inventory: Inventory, link: Link): readonly [End, End] {
  return endsOf(link, inventory);
}

const factsMissing = (host: string): ProvisionError =>
  new ProvisionError('FACTS_MISSING', `There are no recorded facts of ${host}.`, {
    host,
    state: 'Nothing was changed.',
    next: `Where the host can be reached, run: provision facts ${host} --save`,
  });

/** The host of the one end of a link that this run works on; undefined: both. A simulated host is nobody's but ours. */
export function onlyEnd({ options, simulated }: Pick<World, 'options' | 'simulated'>, name: string): string | undefined {
  const named = options.only?.get(name);
  if (named !== undefined) return named;
  const hosts = linkOf(options.inventory, name).ends.map((e) => e.host);
  const ours = hosts.filter((host) => options.inventory.hosts.get(host)?.theirs !== true || simulated(host));
  return ours.length === 1 ? ours[0] : undefined;
}

/** Whether nothing may be dialled for a host: it is another operator's, and no simulated one stands in its place. */
function refuseTheirs(host: Host): void {
  if (host.theirs !== true) return;
  throw new ProvisionError('HOST_THEIRS', `${host.name} is another operator's host (theirs: true), so it is not dialled.`, {
    host: host.name,
    place: host.place,
    state: 'Nothing was changed.',
  });
}

/** Runs some work with hosts that are closed afterwards. */
export async function withWorld<T>(options: RunOptions, simulated: SimulatedHosts | undefined, work: (world: World) => Promise<T>): Promise<T> {
  const { inventory, acceptNew, timeoutMs, recorded } = options;
  const passphrases = new Passphrases();
  const resolved = new Map<string, SshTarget>();
  const target = (name: string): SshTarget => {
    const host = hostOf(inventory, name);
    const standIn = simulated && simulatedTarget(host, simulated, timeoutMs);
    if (standIn !== undefined) return standIn;
    if (recorded !== undefined) throw factsMissing(name);
    refuseTheirs(host);
    // Asked for several times in a run, and each time ssh_config would be read.
    const known = resolved.get(name) ?? resolveTarget(host, inventory, { acceptNew, timeoutMs, passphrases });
    resolved.set(name, known);
    return known;
  };
  const replays = new Map([...(recorded ?? [])].map(([name, recording]) => [name, replayer(recording)]));
  const dialled = (name: string): string | undefined => {
    const recording = recorded?.get(name);
    if (recording !== undefined) return recording.sshAddress;
    return simulated?.endpoints.has(name) === true ? undefined : target(name).address;
  };
  const hosts = new Hosts({
    target,
    simulated: (name) => simulated?.kinds.get(name),
    recorded: (name) => replays.get(name),
    emit: options.emit,
    concurrency: options.concurrency,
    phaseTimeoutMs: options.phaseTimeoutMs ?? Math.max(LEAST_PHASE_MS, timeoutMs * 2),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    return await work({
      options,
      hosts,
      simulated: (name) => simulated?.endpoints.has(name) === true,
      dialled,
    });
  } finally {
    await hosts.close();
  }
}
