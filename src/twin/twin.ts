/**
 * Simulated hosts behind real SSH servers, in one simulated internet (docs/twin.md).
 *
 * In: which hosts with which systems and addresses. Out: ports on 127.0.0.1, host keys, a client key, and the hosts themselves to look
 * into and to break. Nothing but 127.0.0.1 is listened on.
 */
import { ProvisionError } from '../errors/error.js';
import { type DialOptions, Dials, outerOf } from './dial.js';
import { SimulatedHost, type TwinHost } from './host.js';
import { Internet } from './internet.js';
import { fingerprint, makeKey } from './keys.js';
import { type HostServer, serve } from './server.js';
import type { TwinEndpoint, TwinHostSpec } from './system.js';

export { makeSystem, twinKinds } from './families.js';
export type { LoggedCommand, TwinHost } from './host.js';
export type { TwinEndpoint } from './system.js';

export interface Twin {
  readonly internet: Internet;
  readonly hosts: ReadonlyMap<string, TwinHost>;
  readonly endpoints: ReadonlyMap<string, TwinEndpoint>;
  /** A key that every host accepts for every user name. */
  readonly clientKey: { readonly privateKey: string; readonly publicKey: string };
  /** A port that leads from one host to another as the simulated internet carries it: the other one sees the caller's present address. */
  dial(from: string, to: string, options?: DialOptions): Promise<TwinEndpoint>;
  /** Every open connection of this host dies, those that it has opened too. */
  cut(host: string): void;
  /** The host gets another outer address, as by DHCP. Its tunnels keep the old one. */
  readdress(host: string, address: string): void;
  /** IPv4 addresses of an interface in their order; none where there is no such interface. */
  addressesOf(host: string, interfaceName: string): readonly string[];
  /** The first address of a host's first network card, as the host itself knows it. */
  outerOf(host: string): string | undefined;
  /** Closes all connections and ports. */
  close(): Promise<void>;
}

export interface TwinOptions {
  /** Port to listen on for a host; without it, or 0: any free one. */
  readonly portFor?: (name: string) => number;
  /** Further public key lines that may log in. */
  readonly authorizedKeys?: readonly string[];
  /** Simulated round trip between two hosts in milliseconds, as ping shows it. */
  readonly rttMs?: number;
}

/**
 * Boots the hosts and listens.
 * @throws {ProvisionError} TWIN_UNKNOWN when a system is not known; nothing listens then.
 */
export async function startTwin(specs: readonly TwinHostSpec[], options: TwinOptions = {}): Promise<Twin> {
  const internet = new Internet();
  if (options.rttMs !== undefined) internet.rttMs = options.rttMs;
  const made = new Map(specs.map((spec) => [spec.name, new SimulatedHost(spec, internet)]));
  for (const { addresses, outside } of specs) if (addresses[0] !== undefined && outside !== undefined) internet.nat(addresses[0], outside);
  const clientKey = makeKey();
  const keys = [clientKey.publicKey, ...(options.authorizedKeys ?? [])];
  const servers: HostServer[] = [];
  const dials = new Dials();
  const ports = new Map<SimulatedHost, number>();
  const close = async (): Promise<void> => {
    await Promise.all([dials.close(), ...servers.map((s) => s.close())]);
  };
  const endpoints = new Map<string, TwinEndpoint>();
  try {
    for (const [name, host] of made) {
      const key = makeKey();
      const server = await serve(host, key, keys, options.portFor?.(name) ?? 0, dials.sources, (address) => dials.through(host, address, ports));
      ports.set(host, server.port);
      const drop = host.onDown;
      host.onDown = (why) => {
        drop(why);
        dials.drop(host);
      };
      servers.push(server);
      endpoints.set(name, { address: '127.0.0.1', port: server.port, hostKey: key.publicKey, fingerprint: fingerprint(key.publicKey) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { internet, hosts: made, endpoints, clientKey, close, ...between(made, endpoints, dials) };
}

/** What a twin can be told about hosts by name. */
function between(hosts: ReadonlyMap<string, SimulatedHost>, endpoints: ReadonlyMap<string, TwinEndpoint>, dials: Dials) {
  const named = <T>(from: ReadonlyMap<string, T>, name: string): T => {
    const found = from.get(name);
    if (found === undefined) throw new ProvisionError('BUG', `There is no simulated host ${name}.`);
    return found;
  };
  return {
    dial: (from: string, to: string, options: DialOptions = {}) => dials.dial(named(hosts, from), named(hosts, to), named(endpoints, to), options),
    cut: (host: string) => void named(hosts, host).lose(false, 'cut'),
    readdress: (host: string, address: string) => named(hosts, host).system.readdress(address),
    addressesOf: (host: string, name: string) =>
      named(hosts, host)
        .system.stack.interfaces.get(name)
        ?.addresses.map((a) => a.local) ?? [],
    outerOf: (host: string) => outerOf(named(hosts, host)),
  };
}
