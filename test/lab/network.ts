/**
 * The lab's own small world: one network namespace with a bridge, a tap per host, and the controller's address.
 *
 * in: a unique name and the addresses of the hosts
 * out: the namespace; nothing outside it can be reached from it, so no test can touch a real network
 */
import { must, start } from './run.js';

const BRIDGE = 'br0';

/** The controller's address beside the hosts: .254 of their /24. */
export function controllerAddress(hostAddress: string): string {
  return `${hostAddress.split('.').slice(0, 3).join('.')}.254`;
}

/** Makes the namespace with loopback and bridge. forward_delay 0: else each cable that comes up would stay deaf for 15 s. */
export async function makeNamespace(namespace: string, address: string): Promise<void> {
  await must(['ip', 'netns', 'add', namespace]);
  await must(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
  await must(['ip', '-n', namespace, 'link', 'add', BRIDGE, 'type', 'bridge', 'forward_delay', '0']);
  await must(['ip', '-n', namespace, 'address', 'add', `${address}/24`, 'dev', BRIDGE]);
  await must(['ip', '-n', namespace, 'link', 'set', BRIDGE, 'up']);
}

/** Adds a tap device for one host to the bridge. */
export async function addTap(namespace: string, tap: string): Promise<void> {
  await must(['ip', '-n', namespace, 'tuntap', 'add', tap, 'mode', 'tap']);
  await must(['ip', '-n', namespace, 'link', 'set', tap, 'master', BRIDGE, 'up']);
}

/** Plugs a host's cable in or out: at the bridge, because a guest that sends into a tap that is down gives its network card up for good. */
export async function setCable(namespace: string, tap: string, state: 'up' | 'down'): Promise<void> {
  await must(['bridge', '-n', namespace, 'link', 'set', 'dev', tap, 'state', state === 'up' ? 'forwarding' : 'disabled']);
}

/** A capture that runs until it is stopped. */
export interface Capture {
  /** Ends the capture: one line of text per packet, as tcpdump prints them. */
  stop(): Promise<string>;
}

/** Starts to capture what passes a host's cable; resolves once tcpdump listens. `filter` is a pcap filter. */
export async function startCapture(namespace: string, tap: string, filter: string): Promise<Capture> {
  const words = ['ip', 'netns', 'exec', namespace, 'tcpdump', '--immediate-mode', '-l', '-nn', '-i', tap, ...filter.split(' ')];
  const { child, done } = start(words, { timeout: 600_000 });
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (text: string) => {
      if (text.includes('listening on')) resolve();
    });
    void done.then((ran) => reject(new Error(`tcpdump: exit ${ran.exit}: ${ran.stderr}`)));
  });
  return {
    async stop() {
      child.kill('SIGINT');
      return (await done).stdout;
    },
  };
}
