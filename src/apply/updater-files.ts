/**
 * What an updater needs on each of its two hosts, as files and lines (docs/updater.md). Pure.
 *
 * In: the end, its move, what is known of the other one. Out: texts. Names of files stand here once; who writes and who takes away asks here.
 */
import ipaddr from 'ipaddr.js';
import type { Link } from '../model/inventory.js';
import type { Move, UpdaterConfig } from '../model/updater.js';
import { guardWay } from '../plan/pair.js';
import type { EndInput } from '../plan/wanted.js';
import { meetingText, receiverText, type ScriptNames, shUpdaterText } from '../script/updater-text.js';
import type { SshTarget } from '../ssh/endpoint.js';
import type { MeetingSide } from './updater-ends.js';

export interface Paths {
  readonly home: string;
  readonly receiver: string;
  readonly address: string;
  readonly key: string;
  readonly publicKey: string;
  readonly hosts: string;
  readonly config: string;
  readonly updater: string;
}

export const pathsOf = (home: string): Paths => ({
  home,
  receiver: `${home}/receiver`,
  address: `${home}/address`,
  key: `${home}/updater.key`,
  publicKey: `${home}/updater.key.pub`,
  hosts: `${home}/updater.hosts`,
  config: `${home}/updater.json`,
  updater: `${home}/updater`,
});

/** What the updater of either form remembers. */
export const statePath = (home: string): string => `${home}/updater.state`;

/** What an updater leaves behind while it works, beside what is installed. */
export const worksWith = (home: string): readonly string[] => [
  ...['recent', 'receiver.log', 'address.new', 'updater.log'].map((name) => `${home}/${name}`),
  statePath(home),
  `${statePath(home)}.new`,
];

export interface MeetingPaths {
  /** The script of one end's key, and what it notes of that end. */
  readonly script: string;
  readonly at: string;
  /** The same of the other end. */
  readonly otherAt: string;
  /** What the script leaves behind. */
  readonly more: readonly string[];
}

/** Files of one end at the meeting point. */
export const meetingPaths = (home: string, end: string, other: string): MeetingPaths => ({
  script: `${home}/meeting.${end}`,
  at: `${home}/at.${end}`,
  otherAt: `${home}/at.${other}`,
  more: [`at.${end}.new`, `meeting.${end}.log`, `recent.${end}`].map((name) => `${home}/${name}`),
});

/** Name of our block in authorized_keys. */
export const keyBlock = (link: string, end?: string): string => (end === undefined ? `updater.${link}` : `updater.${link}.${end}`);

/** Version of OpenSSH as `ssh -V` says it: [9, 2]; undefined for anything else. */
export function opensshVersion(said: string): readonly [number, number] | undefined {
  const found = /OpenSSH_(\d{1,2})\.(\d{1,2})/.exec(said);
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

const atLeast = (version: readonly [number, number] | undefined, major: number, minor: number): boolean =>
  version !== undefined && (version[0] > major || (version[0] === major && version[1] >= minor));

/** `restrict` takes away whatever sshd will learn in future; older ones do not know it and would refuse the whole line. */
const WITHOUT_RESTRICT = 'no-pty,no-port-forwarding,no-X11-forwarding,no-agent-forwarding';

const BECOME = { none: '', sudo: 'sudo -n', doas: 'doas -n' } as const;

/** The line of authorized_keys: this key may run the receiver of this link, and nothing else. */
export function keyLine(options: {
  readonly receiver: string;
  readonly publicKey: string;
  readonly become: SshTarget['become'];
  readonly version: ReturnType<typeof opensshVersion>;
  readonly link: string;
}): string {
  const { receiver, become } = options;
  const how = BECOME[become];
  const command =
    how === '' ? `/bin/sh ${receiver}` : `exec /bin/sh -c 'exec ${how} /bin/sh ${receiver} \\"$SSH_CONNECTION\\" \\"$SSH_ORIGINAL_COMMAND\\"'`;
  const limits = atLeast(options.version, 7, 2) ? 'restrict' : WITHOUT_RESTRICT;
  return `${limits},command="${command}" ${options.publicKey.trim().split(/\s+/).slice(0, 2).join(' ')} provision-updater-${options.link}\n`;
}

/** Type of the key: ed25519 came with OpenSSH 6.5, and both ends must know it. */
export const keyType = (...versions: readonly ReturnType<typeof opensshVersion>[]): string =>
  versions.every((version) => atLeast(version, 6, 5)) ? 'ed25519' : 'rsa';

/** A line of known_hosts for the address that is dialled. */
export const hostLine = (address: string, port: number, hostKey: string): string =>
  `${port === 22 ? address : `[${address}]:${port}`} ${hostKey.split(' ').slice(0, 2).join(' ')}\n`;

/** What a client of today must be told to speak to a server of the guide's time; it is for this one host only (`ssh: { legacy: true }`). */
const OF_OLD = [
  ...['-o', 'KexAlgorithms=+diffie-hellman-group14-sha1,diffie-hellman-group1-sha1', '-o', 'Ciphers=+aes128-cbc,3des-cbc'],
  ...['-o', 'HostKeyAlgorithms=+ssh-rsa', '-o', 'PubkeyAcceptedKeyTypes=+ssh-rsa'],
];

/** ssh of the dynamic end, without `-b`, destination and request. Options that an old client does not know are left out. */
export function sshWords(paths: Paths, fixed: UpdaterConfig['fixed'], version: ReturnType<typeof opensshVersion>): string[] {
  const newer = [
    '-F',
    '/dev/null',
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'ConnectTimeout=10',
    '-o',
    'ServerAliveInterval=5',
    '-o',
    'ServerAliveCountMax=3',
  ];
  return [
    ...['ssh', '-T', '-i', paths.key, '-p', String(fixed.port)],
    ...['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${paths.hosts}`, '-o', 'GlobalKnownHostsFile=/dev/null'],
    ...(atLeast(version, 4, 0) ? newer : []),
    ...(fixed.legacy === true && atLeast(version, 7, 0) ? OF_OLD : []),
  ];
}

/** Whether an address is one that the Internet does not carry: then the link lies in such a network, and so may the other end. */
export const isPrivate = (address: string): boolean => ['private', 'carrierGradeNat', 'linkLocal'].includes(ipaddr.parse(address).range());

export function receiverFile(input: EndInput, move: Move, link: Link, names: ScriptNames): string {
  const { end } = input;
  const { state, keep } = guardWay(input);
  return receiverText(
    {
      link: link.name,
      home: keep,
      guard: state,
      outer: end.outer,
      own: [end.inner.local, end.inner.peer],
      any: link.updater.anyAddress,
      private: isPrivate(end.outer.local),
      move,
    },
    names,
  );
}

/** The script of one end at the meeting point. @param input - That end. */
export function meetingFile(via: MeetingSide, { end }: EndInput, link: Link, names: ScriptNames): string {
  return meetingText(
    {
      link: link.name,
      home: via.keep,
      guard: via.state,
      local: via.address,
      end: end.host,
      other: end.peerHost,
      own: [end.inner.local, end.inner.peer],
      private: isPrivate(via.address),
    },
    names,
  );
}

export function updaterFile(input: EndInput, config: UpdaterConfig, version: ReturnType<typeof opensshVersion>, names: ScriptNames): string {
  const { state, keep } = guardWay(input);
  const paths = pathsOf(keep);
  const { fixed, link, move, outer } = config;
  const address = input.playbook.updater?.address ?? { run: ['true'], sed: 'd' };
  const watch = config.watch ?? '';
  return shUpdaterText(
    {
      link,
      home: keep,
      guard: state,
      outer,
      move,
      via: config.via !== undefined,
      ...(config.watch === undefined ? {} : { watch }),
      read: { words: address.run.map((word) => word.replaceAll('{{watch}}', watch)), sed: address.sed },
      ssh: { words: sshWords(paths, fixed, version), to: `${fixed.user}@${fixed.address}` },
    },
    names,
  );
}
