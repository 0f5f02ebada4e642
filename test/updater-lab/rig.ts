/**
 * Two lab hosts with a link whose one end changes its address: h1 stays, h2 changes.
 *
 * in: addresses for h2
 * out: the link and its updater, changes of the address as DHCP makes them, looks at both ends
 * why: the test's own way in to h2 is an address of scope link, which the updater does not take for the outer one, so that it stands through every change
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeAddress } from '../../src/address/store.js';
import { makeFolders } from '../../src/report/folders.js';
import { type FileFact, type Lab, type Ran, startLab } from '../lab/lab.js';
import { Standing } from '../lab/standing.js';

export const FIXED = '198.51.100.1';
/** Where only the test and the controller dial h2. */
export const WAY_IN = '198.51.100.2';
/** Network of h2's outer addresses; h1 reaches it on its own cable. */
const MOVING = '203.0.113.0/24';
export const INNER = { h1: '10.1.12.37', h2: '10.1.12.38' } as const;
export const HOME = '/var/lib/provision/pair';
export const BOOT = { h1: '/etc/network/interfaces.d/provision-gre1', h2: '/etc/systemd/network/50-provision-gre1.netdev' } as const;

export type HostName = 'h1' | 'h2';

/** Outer address of h2 number n. */
export const outer = (n: number): string => `203.0.113.${10 + n}`;

/** What the controller knows as the present address of a host. */
export function know(lab: Lab, host: string, address: string): void {
  const folder = join(lab.state, 'provision/addresses');
  makeFolders(folder, 0o700);
  storeAddress(folder, host, address);
}

/** The words that give a host another address, as after a new lease. */
export const readdress = (from: string, to: string): string => `ip addr add ${to}/32 dev vec0 && ip addr del ${from}/32 dev vec0`;

/** Files that an updater, what it installs or its key could change, by path. @param folder - That of the link, or one above it. */
export async function ownFiles(lab: Lab, host: string, folder: string): Promise<Map<string, FileFact>> {
  const found = await lab.files(host, ['/etc', '/root', folder, '/tmp']);
  // systemd makes and removes folders for its own services.
  return new Map([...found].filter(([path]) => path !== '/tmp' && !path.startsWith('/tmp/systemd-private')));
}

/** What one run of the updater did, on the clock of the host. */
export interface UpdaterRun {
  readonly exit: number;
  readonly seconds: number;
}

export class UpdaterRig {
  readonly #way: Standing;

  private constructor(readonly lab: Lab) {
    this.#way = new Standing(lab);
  }

  static async start(first: string): Promise<UpdaterRig> {
    const lab = await startLab([
      { name: 'h1', address: FIXED, network: 'ifupdown' },
      { name: 'h2', address: WAY_IN, network: 'networkd', scope: 'link' },
    ]);
    const rig = new UpdaterRig(lab);
    const route = `ip route add ${MOVING} dev vec0`;
    await rig.must('h1', `${route} && sed -i '/address/a\\    up ${route}' /etc/network/interfaces`);
    await rig.must('h2', `ip addr add ${first}/32 dev vec0`);
    rig.describe('{ dynamic: vec0 }');
    rig.know(first);
    return rig;
  }

  /** What the inventory says of h2's address. */
  describe(address: string): void {
    const hosts = `hosts:\n  h1: { address: ${FIXED} }\n  h2: { address: ${address}, ssh: { host: ${WAY_IN} } }\n`;
    const ends = `    ends:\n      h1: { inner: ${INNER.h1}, interface: gre1 }\n      h2: { inner: ${INNER.h2}, interface: gre1 }\n`;
    writeFileSync(join(this.lab.folder, 'moving.yaml'), `${hosts}links:\n  pair:\n    subnet: 10.1.12.36/30\n${ends}`);
  }

  /** What the controller knows as h2's present address. */
  know(address: string): void {
    know(this.lab, 'h2', address);
  }

  provision(...words: string[]): Promise<Ran> {
    return this.lab.provision([...words, '--inventory', join(this.lab.folder, 'moving.yaml')]);
  }

  must(host: HostName, command: string, timeout?: number): Promise<string> {
    return this.#way.must(host, command, timeout);
  }

  ssh(host: HostName, command: string, timeout?: number): Promise<Ran> {
    return this.#way.ssh(host, command, timeout);
  }

  forget(host: HostName): Promise<void> {
    return this.#way.forget(host);
  }

  /** h2 has another address, as after a new lease. @returns seconds since 1970 at which the old one was gone. */
  async move(from: string, to: string): Promise<number> {
    return Number(await this.must('h2', `${readdress(from, to)} && date +%s.%N`));
  }

  /** The sh form, once, by hand. */
  async update(): Promise<UpdaterRun> {
    const said = await this.must('h2', `date +%s.%N; sh ${HOME}/updater; echo $?; date +%s.%N`);
    const [from = 0, exit = -1, to = 0] = said.trim().split('\n').map(Number);
    return { exit, seconds: to - from };
  }

  /** Whether a ping is answered from each end. */
  async pings(): Promise<boolean> {
    const [near, far] = await Promise.all([this.ssh('h1', `ping -n -c 1 -W 2 ${INNER.h2}`), this.ssh('h2', `ping -n -c 1 -W 2 ${INNER.h1}`)]);
    return near.exit === 0 && far.exit === 0;
  }

  /** Both ends' outer pair as the kernel has it, their boot files, and what the two scripts have noted. */
  async outers(): Promise<Readonly<Record<'h1' | 'h2' | 'boot1' | 'boot2' | 'told' | 'state', string>>> {
    const outerOf = 'ip -d link show gre1 | grep -o "remote [0-9.]* local [0-9.]*"';
    const [h1 = '', boot1 = '', told = ''] = (await this.must('h1', `${outerOf}; grep -o "remote [0-9.]*" ${BOOT.h1}; cat ${HOME}/address`)).split(
      '\n',
    );
    const [h2 = '', boot2 = '', state = ''] = (await this.must('h2', `${outerOf}; grep Local= ${BOOT.h2}; cat ${HOME}/updater.state`)).split('\n');
    return { h1, h2, boot1, boot2, told, state };
  }

  /** What of both ends, their boot files and the notes of both scripts does not have this address. @param local - What h2 itself has, behind a gateway. */
  async differences(address: string, local = address): Promise<string[]> {
    const { h1, h2, boot1, boot2, told, state } = await this.outers();
    const pairs = [
      [h1, `remote ${address} local ${FIXED}`],
      [boot1, `remote ${address}`],
      [told.split(' ')[1], address],
      [h2, `remote ${FIXED} local ${local}`],
      [boot2, `Local=${local}`],
      [state.split(' ').slice(1, 3).join(' '), `${local} told`],
    ];
    return pairs.flatMap(([is, wanted]) => (is === wanted ? [] : [`${is}, not ${wanted}`]));
  }

  /** Files that the updater or its key could change, by path. */
  files(host: HostName): Promise<Map<string, FileFact>> {
    return ownFiles(this.lab, host, HOME);
  }

  /** Inner addresses and all routes of one end. */
  inner(host: HostName): Promise<string> {
    return this.must(host, 'ip -o -4 addr show dev gre1 | sed "s/ *valid_lft.*//"; ip -4 route show dev gre1');
  }

  /** How often anybody logged in on h1 from one of h2's outer addresses. */
  async requests(): Promise<number> {
    return Number(
      await this.must('h1', 'journalctl -q --no-pager -o cat -t sshd | grep -c "Accepted publickey for root from 203[.]0[.]113[.]" || true'),
    );
  }

  /** What the receiver has logged, oldest first. */
  async logged(): Promise<string[]> {
    return (await this.must('h1', 'journalctl -q --no-pager -o cat -t provision')).split('\n').filter((line) => line.startsWith('updater of '));
  }

  /** Numbers and addresses of the requests that were answered as done, oldest first. */
  async done(): Promise<(readonly [seq: number, address: string])[]> {
    return (await this.logged()).flatMap((line) => [...line.matchAll(/: done (\d+) (\S+) /g)].map((m) => [Number(m[1]), m[2] ?? ''] as const));
  }
}
