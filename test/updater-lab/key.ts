/**
 * The updater's key in the wrong hands: everything that ssh can be asked for, by somebody who sits on h2 as root.
 *
 * in: a rig with an installed updater, h2's present address
 * out: what each attempt got
 * why: the key lies on a host that others may break into; it must open nothing but the receiver, and the receiver must take nothing but its requests
 */
import type { Ran } from '../lab/lab.js';
import { FIXED, HOME, type UpdaterRig } from './rig.js';

export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Where a forwarded port is looked for, on either host. */
const PORT = 42_022;
/** The first bytes that an sshd sends: seen through a forwarded port they show that it is one. */
export const BANNER = 'SSH-2.0';

/** Reads what a local port of h2 says first, once it listens, after having said `hello` itself. */
const peek = (hello: string): string =>
  `for i in $(seq 60); do (exec 3<>/dev/tcp/127.0.0.1/${PORT}) 2>/dev/null && break; sleep 0.5; done; ` +
  `exec 3<>/dev/tcp/127.0.0.1/${PORT}; printf '${hello}' >&3; timeout 15 head -c 40 <&3 | tr -d '\\000'`;

/** Runs ssh in the background while something else looks, then ends it. */
const beside = (ssh: string, look: string): string =>
  `${ssh} >/run/lab.err 2>&1 </dev/null & pid=$!; ${look}; kill $pid; wait $pid; cat /run/lab.err >&2; exit 0`;

/** The words by which the updater of a host calls ssh, but for the address that it comes from, destination and request. @param must - Runs a line on that host. */
export async function updaterSsh(must: (command: string) => Promise<string>): Promise<string> {
  const line = await must(`sed -n '/^pv_ssh/,/^}/p' ${HOME}/updater | grep ' -b '`);
  return line.slice(0, line.indexOf(' -b ')).trim();
}

export class Intruder {
  readonly #rig: UpdaterRig;
  readonly #ssh: string;
  readonly #address: string;

  private constructor(rig: UpdaterRig, ssh: string, address: string) {
    this.#rig = rig;
    this.#ssh = ssh;
    this.#address = address;
  }

  /** With the very words by which the installed updater calls ssh. */
  static async at(rig: UpdaterRig, address: string): Promise<Intruder> {
    return new Intruder(rig, await updaterSsh((command) => rig.must('h2', command)), address);
  }

  #words(options: string, request?: string): string {
    return `${this.#ssh} -b ${this.#address} ${options} root@${FIXED}${request === undefined ? '' : ` ${quoted(request)}`}`;
  }

  /** One request, or a shell where there is none. @param more - Options of ssh. */
  ask(request?: string, more = '', input = '/dev/null'): Promise<Ran> {
    return this.#rig.ssh('h2', `${this.#words(more, request)} <${input}`);
  }

  /** A shell that is typed to. */
  shell(more = ''): Promise<Ran> {
    return this.#rig.ssh('h2', `echo 'id; touch /tmp/owned' | ${this.#words(more)}`);
  }

  /** A port of h2 that leads to h1's sshd. */
  local(): Promise<Ran> {
    return this.#rig.ssh('h2', beside(this.#words(`-N -L ${PORT}:127.0.0.1:22`), peek('hello\\n')));
  }

  /** A SOCKS port of h2, asked for h1's sshd. */
  socks(): Promise<Ran> {
    return this.#rig.ssh('h2', beside(this.#words(`-N -D ${PORT}`), peek('\\004\\001\\000\\026\\177\\000\\000\\001\\000')));
  }

  /** A port of h1 that leads to h2. */
  remote(): Promise<Ran> {
    return this.#rig.ssh('h2', `timeout 60 ${this.#words(`-N -o ExitOnForwardFailure=yes -R ${PORT}:127.0.0.1:22`)} </dev/null`);
  }

  /** h2's own input and output led to h1's sshd. */
  through(): Promise<Ran> {
    return this.ask(undefined, '-W 127.0.0.1:22');
  }

  /** The agent of h2 lent to h1. */
  agent(): Promise<Ran> {
    return this.#rig.ssh(
      'h2',
      `eval $(ssh-agent) >/dev/null; ${this.#words('-v -A', 'provision 1 see')} </dev/null; code=$?; ssh-agent -k >/dev/null; exit $code`,
    );
  }

  /** A file brought to h1. @param program - `sftp`, `scp` (by SFTP) or `scp -O` (the old way). */
  copy(program: string): Promise<Ran> {
    const options = this.#ssh.replace("'ssh' '-T'", '').replace(/'-p' '(\d+)'/, '-o Port=$1');
    const batch =
      program === 'sftp' ? `echo 'put /etc/hostname /tmp/owned' | sftp ${options} -o BindAddress=${this.#address} -b - root@${FIXED}` : '';
    const copied = `${program} ${options} -o BindAddress=${this.#address} /etc/hostname root@${FIXED}:/tmp/owned </dev/null`;
    return this.#rig.ssh('h2', batch === '' ? copied : batch);
  }
}

/** All of h1 that somebody with the key could want to change, and what of theirs was run: nothing. */
export async function fixedEnd(
  rig: UpdaterRig,
): Promise<Readonly<Record<'h1' | 'boot1' | 'told' | 'owned' | 'link', string>> & { readonly files: ReadonlyMap<string, unknown> }> {
  const { h1, boot1, told } = await rig.outers();
  const files = await rig.files('h1');
  for (const own of ['receiver.log', 'recent']) files.delete(`${HOME}/${own}`);
  const owned = await rig.must('h1', 'ls -A /tmp /root | grep owned || true');
  return { h1, boot1, told, owned, link: await rig.must('h1', 'ip -d link show gre1'), files };
}

/** What is no request, or none that this link allows; and the receiver's word for it. */
export const HOSTILE: readonly (readonly [request: string, answer: string])[] = [
  ['id', 'refused request'],
  ['/bin/sh -i', 'refused request'],
  ['provision 1 move 50; touch /tmp/owned', 'refused request'],
  ['provision 1 move $(touch /tmp/owned)', 'refused request'],
  ['provision 1 move `touch /tmp/owned`', 'refused request'],
  ['provision 1 move 50 | tee /tmp/owned', 'refused request'],
  ['provision 1 move 50\ntouch /tmp/owned', 'refused request'],
  ['provision 1 move 50 & touch /tmp/owned', 'refused request'],
  ['provision 1 move *', 'refused request'],
  ['provision 1 move -1', 'refused request'],
  ['provision 1 move 1234567890', 'refused request'],
  ['provision 1 move a', 'refused request'],
  ['provision 1 move', 'refused request'],
  ['provision 1 move 50 203.0.113.99 203.0.113.98', 'refused request'],
  ['provision 1 see 50', 'refused request'],
  ['PROVISION 1 see', 'refused request'],
  ['x'.repeat(5000), 'refused request'],
  ['provision 2 move 50', 'refused version'],
  ['provision 1 move 50 203.0.113.99', 'refused given'],
  [`provision 1 move 50 ${FIXED}`, 'refused given'],
  ['provision 1 move 50 10.1.12.38', 'refused given'],
  // With the number of what was carried out last.
  ['provision 1 move 0', 'stale'],
];
