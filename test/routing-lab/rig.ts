/**
 * Three lab hosts with a router between their outer addresses: h1 and h2 run FRR, h3 runs BIRD; h1 has a tunnel to each of the others.
 *
 * in: nothing
 * out: the booted lab, its inventory, and what the daemons say about their neighbours
 * why: a copied TTL of 1 does no harm on one wire; only a hop between the ends shows it
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, type Ran, startLab } from '../lab/lab.js';
import { must } from '../lab/run.js';
import { Standing } from '../lab/standing.js';
import { ADDRESS } from '../lab/tunnel.js';

const NAMES = ['h1', 'h2', 'h3'] as const;
export type HostName = (typeof NAMES)[number];

/** What h2 has behind it and tells by OSPF; on its loopback, so that it is there after a reboot without any cable. */
export const BEHIND_H2 = '10.20.0.1';

/** The outer addresses: each a /32 that only the router (the controller's namespace) can reach. */
const OUTER: Readonly<Record<HostName, string>> = { h1: '192.0.2.1', h2: '192.0.2.2', h3: '192.0.2.3' };
const ROUTER = '198.51.100.254';

/** Inner addresses of the two links. */
export const INNER = { h1h2: '10.1.12.37', h2: '10.1.12.38', h1h3: '10.1.12.41', h3: '10.1.12.42' } as const;

/** An inventory of both links with OSPF. @param bird - More of it at the link with BIRD. */
function inventory(bird = ''): string {
  // With unequal MTUs the state hangs on who is the master, which the higher id is; FRR's own choice hangs on what was up first at its boot.
  const host = (h: HostName): string => `  ${h}: { address: ${OUTER[h]}, routerId: 10.0.0.${h.slice(1)}, ssh: { host: ${ADDRESS[h]} } }\n`;
  const link = (name: string, subnet: string, a: string, b: string, more = ''): string =>
    `  ${name}: { subnet: ${subnet}, ospf: { area: 0, hello: 2, dead: 8${more} }, ends: { ${a}, ${b} } }\n`;
  return [
    'hosts:\n',
    ...NAMES.map(host),
    'links:\n',
    link('frr-frr', '10.1.12.36/30', `h1: { inner: ${INNER.h1h2}, interface: gre1 }`, `h2: { inner: ${INNER.h2}, interface: gre1 }`),
    link('frr-bird', '10.1.12.40/30', `h1: { inner: ${INNER.h1h3}, interface: gre2 }`, `h3: { inner: ${INNER.h3}, interface: gre1 }`, bird),
  ].join('');
}

/** What an administrator has set up before we come: outer address and way to the router, forwarding on h1, the net behind h2. */
function prepare(lab: Lab, host: HostName): void {
  const outer = `    up ip address add ${OUTER[host]}/32 dev vec0\n    up ip route add 192.0.2.0/24 via ${ROUTER} src ${OUTER[host]}\n`;
  const behind = host === 'h2' ? `    up ip address add ${BEHIND_H2}/32 dev lo\n` : '';
  mkdirSync(lab.hostPath(host, '/etc/network/interfaces.d'), { recursive: true });
  writeFileSync(lab.hostPath(host, '/etc/network/interfaces.d/site'), `iface vec0 inet manual\n${outer}${behind}`);
  if (host === 'h1') writeFileSync(lab.hostPath(host, '/etc/sysctl.d/site.conf'), 'net.ipv4.ip_forward=1\n');
  if (host === 'h2') appendFileSync(lab.hostPath(host, '/etc/frr/frr.conf'), 'interface lo\n ip ospf area 0.0.0.0\nexit\n');
}

export class RoutingRig {
  readonly #way: Standing;
  readonly file: string;

  private constructor(readonly lab: Lab) {
    this.#way = new Standing(lab);
    this.file = join(lab.folder, 'inventory.yaml');
    writeFileSync(this.file, inventory());
  }

  static async start(): Promise<RoutingRig> {
    const lab = await startLab(
      NAMES.map((name) => ({ name, address: ADDRESS[name] ?? '', network: 'ifupdown', routing: name === 'h3' ? 'bird' : 'frr' })),
      (made) => {
        for (const name of NAMES) prepare(made, name);
      },
    );
    await must([
      'ip',
      'netns',
      'exec',
      lab.namespace,
      'sysctl',
      '-q',
      '-w',
      'net.ipv4.ip_forward=1',
      'net.ipv4.conf.all.send_redirects=0',
      'net.ipv4.conf.br0.send_redirects=0',
    ]);
    for (const name of NAMES) await must(['ip', '-n', lab.namespace, 'route', 'add', OUTER[name], 'via', ADDRESS[name] ?? '']);
    return new RoutingRig(lab);
  }

  ssh(host: HostName, command: string): Promise<Ran> {
    return this.#way.ssh(host, command);
  }

  must(host: HostName, command: string): Promise<string> {
    return this.#way.must(host, command);
  }

  /** Whether the inventory wants OSPF on the link with BIRD. */
  wantBird(wanted: boolean): void {
    writeFileSync(this.file, inventory(wanted ? '' : ', absent: true'));
  }

  /** Runs a shell line on the router between the outer addresses. */
  router(command: string): Promise<string> {
    return must(['ip', 'netns', 'exec', this.lab.namespace, 'sh', '-c', command]);
  }

  /** Reboots a host from the inside and waits until it answers. */
  async reboot(host: HostName): Promise<void> {
    await this.#way.forget(host);
    await this.lab.reboot(host);
  }

  provision(...args: string[]): Promise<Ran> {
    return this.lab.provision([...args, '--inventory', this.file]);
  }

  /** The state that FRR shows for the neighbour at an inner address, without the role; empty where it shows none. */
  async frr(host: HostName, neighbour: string): Promise<string> {
    const ran = await this.ssh(host, 'vtysh -c "show ip ospf neighbor json"');
    if (ran.exit !== 0) return '';
    const { neighbors = {} } = JSON.parse(ran.stdout) as { neighbors?: Record<string, { ifaceAddress: string; nbrState: string }[]> };
    const found = Object.values(neighbors)
      .flat()
      .find((n) => n.ifaceAddress === neighbour);
    return found?.nbrState.split('/')[0] ?? '';
  }

  /** The same of BIRD. */
  async bird(host: HostName, neighbour: string): Promise<string> {
    const { stdout } = await this.ssh(host, 'birdc show ospf neighbors');
    const line = stdout.split('\n').find((l) => l.trim().endsWith(neighbour));
    return /\s(\w+)\/\w+\s/.exec(line ?? '')?.[1] ?? '';
  }

  /** Both adjacencies, each seen from both of its ends. */
  async states(): Promise<string[]> {
    return Promise.all([this.frr('h1', INNER.h2), this.frr('h2', INNER.h1h2), this.frr('h1', INNER.h3), this.bird('h3', INNER.h1h3)]);
  }

  /** Waits for the states that `wanted` likes and hands back the last ones seen. */
  async await(wanted: (states: readonly string[]) => boolean, limitMs = 90_000): Promise<string[]> {
    for (const until = Date.now() + limitMs; ; ) {
      const states = await this.states();
      if (wanted(states) || Date.now() > until) return states;
    }
  }

  /** Both links as they shall be, or what is there after the limit. */
  full(limitMs?: number): Promise<string[]> {
    return this.await((states) => states.every((s) => s === 'Full'), limitMs);
  }
}
