/**
 * Simulated hosts behind real SSH servers, in one simulated internet (docs/twin.md).
 *
 * In: which hosts with which systems and addresses. Out: ports on 127.0.0.1, host keys, a client key, and the hosts themselves to look
 * into and to break. Nothing but 127.0.0.1 is listened on.
 */
import { SimulatedHost, type TwinHost } from './host.js';
import { Internet } from './internet.js';
import { fingerprint, makeKey } from './keys.js';
import { type HostServer, serve } from './server.js';
import type { TwinHostSpec } from './system.js';

export { makeSystem, twinKinds } from './families.js';
export type { LoggedCommand, TwinHost } from './host.js';

export interface TwinEndpoint {
  readonly address: '127.0.0.1';
  readonly port: number;
  /** Public key line, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

export interface Twin {
  readonly internet: Internet;
  readonly hosts: ReadonlyMap<string, TwinHost>;
  readonly endpoints: ReadonlyMap<string, TwinEndpoint>;
  /** A key that every host accepts for every user name. */
  readonly clientKey: { readonly privateKey: string; readonly publicKey: string };
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
  const made = specs.map((spec) => new SimulatedHost(spec, internet));
  const clientKey = makeKey();
  const keys = [clientKey.publicKey, ...(options.authorizedKeys ?? [])];
  const servers: HostServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((s) => s.close()));
  };
  const endpoints = new Map<string, TwinEndpoint>();
  try {
    for (const host of made) {
      const key = makeKey();
      const server = await serve(host, key, keys, options.portFor?.(host.spec.name) ?? 0);
      servers.push(server);
      endpoints.set(host.spec.name, { address: '127.0.0.1', port: server.port, hostKey: key.publicKey, fingerprint: fingerprint(key.publicKey) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { internet, hosts: new Map(made.map((h) => [h.spec.name, h])), endpoints, clientKey, close };
}
