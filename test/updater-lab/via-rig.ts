/**
 * Three lab hosts: a and b have a link and both change their address, m stays and is where they meet.
 *
 * in: numbers of addresses
 * out: the link with its two updaters, changes of an address as DHCP makes them, looks at all three hosts
 * why: the test's own ways in to a and b are addresses of scope link, which no updater takes for the outer one
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileFact, type Lab, type Ran, startLab } from '../lab/lab.js';
import { sleep } from '../lab/run.js';
import { Standing } from '../lab/standing.js';
import { startUpdater, stopUpdater } from './changes.js';
import { updaterSsh } from './key.js';
import { HOME, INNER, know, ownFiles, readdress } from './rig.js';

const MEETING = '198.51.100.1';
const WAY_IN = { a: '198.51.100.2', b: '198.51.100.3' } as const;
/** Network of the outer addresses of a and b, on the same cable. */
const MOVING = '203.0.113.0/24';
export const ENDS = ['a', 'b'] as const;
export type End = (typeof ENDS)[number];
export type HostName = End | 'm';

const OTHER = { a: 'b', b: 'a' } as const;
const INNER_OF = { a: INNER.h1, b: INNER.h2 } as const;

/** Outer address number n of an end. */
export const outerOf = (end: End, n: number): string => `203.0.113.${(end === 'a' ? 10 : 110) + n}`;

export class MeetingRig {
  readonly #way: Standing;
  readonly #file: string;
  /** Numbers of the present addresses. */
  readonly #at = { a: 0, b: 0 };

  private constructor(readonly lab: Lab) {
    this.#way = new Standing(lab);
    this.#file = join(lab.folder, 'meeting.yaml');
    const host = (end: End): string => `  ${end}: { address: { dynamic: vec0 }, ssh: { host: ${WAY_IN[end]} } }\n`;
    const ends = ENDS.map((end) => `      ${end}: { inner: ${INNER_OF[end]}, interface: gre1 }\n`).join('');
    const link = `  pair:\n    subnet: 10.1.12.36/30\n    updater: { via: m }\n    ends:\n${ends}`;
    writeFileSync(this.#file, `hosts:\n  m: { address: ${MEETING} }\n${host('a')}${host('b')}links:\n${link}`);
  }

  static async start(): Promise<MeetingRig> {
    const lab = await startLab([
      { name: 'm', address: MEETING, network: 'ifupdown' },
      { name: 'a', address: WAY_IN.a, network: 'ifupdown', scope: 'link' },
      { name: 'b', address: WAY_IN.b, network: 'networkd', scope: 'link' },
    ]);
    const rig = new MeetingRig(lab);
    await Promise.all((['m', ...ENDS] as const).map((host) => rig.must(host, `ip route add ${MOVING} dev vec0`)));
    for (const end of ENDS) await rig.must(end, `ip addr add ${outerOf(end, 0)}/32 dev vec0`);
    rig.know();
    return rig;
  }

  /** The controller hears what the present addresses are. */
  know(): void {
    for (const end of ENDS) know(this.lab, end, this.address(end));
  }

  address(end: End): string {
    return outerOf(end, this.#at[end]);
  }

  provision(...words: string[]): Promise<Ran> {
    return this.lab.provision([...words, '--inventory', this.#file]);
  }

  must(host: HostName, command: string): Promise<string> {
    return this.#way.must(host, command);
  }

  ssh(host: HostName, command: string): Promise<Ran> {
    return this.#way.ssh(host, command);
  }

  /** Another address for each of these ends, at the same time. */
  async move(...ends: readonly End[]): Promise<void> {
    const old = new Map(ends.map((end) => [end, this.address(end)]));
    for (const end of ends) this.#at[end] += 1;
    await Promise.all(ends.map((end) => this.must(end, readdress(old.get(end) ?? '', this.address(end)))));
  }

  /** The sh form on both ends. */
  async startUpdaters(seconds: number): Promise<void> {
    for (const end of ENDS) await startUpdater((command) => this.must(end, command), seconds);
  }

  async stopUpdaters(): Promise<void> {
    for (const end of ENDS) await stopUpdater((command) => this.must(end, command));
  }

  /** Whether a ping is answered from each end. */
  async pings(): Promise<boolean> {
    const said = await Promise.all(ENDS.map((end) => this.ssh(end, `ping -n -c 1 -W 2 ${INNER_OF[OTHER[end]]}`)));
    return said.every((ran) => ran.exit === 0);
  }

  /** @returns Seconds until both ends are answered; more than the limit where they are not within it. */
  async back(limit: number): Promise<number> {
    const from = Date.now();
    while (!(await this.pings()) && Date.now() - from < limit * 1000) await sleep(300);
    return (Date.now() - from) / 1000;
  }

  /** What of the kernels, the boot files and the meeting point does not have the present addresses. */
  async differences(): Promise<string[]> {
    const { a, b } = { a: this.address('a'), b: this.address('b') };
    const kernel = 'ip -d link show gre1 | grep -o "remote [0-9.]* local [0-9.]*"';
    const said = [
      [await this.must('a', `${kernel}; grep -o "remote [0-9.]*" /etc/network/interfaces.d/provision-gre1`), `remote ${b} local ${a}\nremote ${b}\n`],
      [
        await this.must('b', `${kernel}; grep -E "^(Local|Remote)=" /etc/systemd/network/50-provision-gre1.netdev`),
        `remote ${a} local ${b}\nLocal=${b}\nRemote=${a}\n`,
      ],
      [await this.must('m', `cd ${HOME}; cut -d" " -f2 at.a at.b`), `${a}\n${b}\n`],
    ];
    return said.flatMap(([is, wanted]) => (is === wanted ? [] : [`${is}, not ${wanted}`]));
  }

  /** All of m that an installation or a key could change, by path. */
  files(): Promise<Map<string, FileFact>> {
    return ownFiles(this.lab, 'm', '/var/lib/provision');
  }

  /** A request by the key of an end, with the very words by which its updater calls ssh. */
  async ask(end: End, request: string): Promise<Ran> {
    const ssh = await updaterSsh((command) => this.must(end, command));
    return this.ssh(end, `${ssh} -b ${this.address(end)} root@${MEETING} '${request}' </dev/null`);
  }
}
