/**
 * authorized_keys as sshd reads it: which line lets a key in, and what that line allows.
 *
 * In: the text of the file, a key, where the client comes from. Out: what the login may do, or undefined. A line with an option that this release of
 * sshd does not know is no line at all, and the next one is looked at; so is one with an option that is not simulated and that would keep somebody out.
 */
import { knowsEd25519, type SshHost, since } from './openssh.js';

export interface Access {
  /** Runs in place of whatever is asked for. */
  readonly command?: string;
  readonly pty: boolean;
  /** Connections to other hosts (direct-tcpip). */
  readonly forwarding: boolean;
}

interface Option {
  readonly name: string;
  readonly value?: string;
}

/** When an option came, as OpenSSH's release; those without a number were always there. */
const OPTIONS: Readonly<Record<string, readonly [number, number] | undefined>> = {
  command: undefined,
  from: undefined,
  environment: undefined,
  permitopen: undefined,
  'no-pty': undefined,
  'no-port-forwarding': undefined,
  'no-agent-forwarding': undefined,
  'no-x11-forwarding': undefined,
  'no-user-rc': [4, 9],
  restrict: [7, 2],
  pty: [7, 2],
  'port-forwarding': [7, 2],
  'agent-forwarding': [7, 2],
  'x11-forwarding': [7, 2],
  'user-rc': [7, 2],
  permitlisten: [7, 8],
};
const VALUED = new Set(['command', 'from', 'environment', 'permitopen', 'permitlisten']);

/** Options at the beginning of a line: commas between them, values in double quotes, `\"` inside. Undefined: not of that form. */
function readOptions(line: string): { readonly options: readonly Option[]; readonly rest: string } | undefined {
  const options: Option[] = [];
  let rest = line;
  for (;;) {
    const [all, name = '', value] = /^([A-Za-z0-9-]+)(?:="((?:\\"|[^"])*)")?/.exec(rest) ?? [];
    if (all === undefined) return undefined;
    options.push({ name: name.toLowerCase(), ...(value === undefined ? {} : { value: value.replaceAll('\\"', '"') }) });
    rest = rest.slice(all.length);
    if (/^[ \t]/.test(rest)) return { options, rest: rest.trimStart() };
    if (!rest.startsWith(',')) return undefined;
    rest = rest.slice(1);
  }
}

function known(host: SshHost, { name, value }: Option): boolean {
  if (!Object.hasOwn(OPTIONS, name) || VALUED.has(name) !== (value !== undefined)) return false;
  const came = OPTIONS[name];
  return came === undefined || since(host, ...came);
}

/** `from=`: patterns with * and ?; one with an exclamation mark keeps out. */
function comesFrom(patterns: string, source: string): boolean {
  const fits = (pattern: string): boolean => {
    const escaped = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${escaped}$`).test(source);
  };
  const list = patterns.split(',');
  return !list.some((p) => p.startsWith('!') && fits(p.slice(1))) && list.some((p) => !p.startsWith('!') && fits(p));
}

function accessOf(options: readonly Option[]): Access {
  let pty = true;
  let forwarding = true;
  let command: string | undefined;
  for (const { name, value } of options) {
    if (name === 'restrict' || name === 'no-pty') pty = false;
    if (name === 'pty') pty = true;
    // Which places a `permitopen` names is not simulated: it keeps out.
    if (name === 'restrict' || name === 'no-port-forwarding' || name === 'permitopen') forwarding = false;
    if (name === 'port-forwarding') forwarding = true;
    // The first one counts.
    if (name === 'command') command ??= value;
  }
  return { pty, forwarding, ...(command === undefined ? {} : { command }) };
}

interface KeyLine {
  readonly options: readonly Option[];
  readonly type: string;
  readonly blob: string;
}

function readLine(line: string): KeyLine | undefined {
  const key = /^(ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/=]+)(?:[ \t]|$)/;
  const bare = key.exec(line);
  const given = bare === null ? readOptions(line) : undefined;
  const [, type = '', blob = ''] = bare ?? key.exec(given?.rest ?? '') ?? [];
  return type === '' ? undefined : { options: given?.options ?? [], type, blob };
}

export interface Client {
  /** Base64, as it stands in the file. */
  readonly blob: string;
  readonly source: string;
}

/** The first line that lets this key in. */
export function findAccess(host: SshHost, text: string, client: Client): Access | undefined {
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const read = line === '' || line.startsWith('#') ? undefined : readLine(line);
    if (read === undefined || read.blob !== client.blob) continue;
    if (read.type === 'ssh-ed25519' && !knowsEd25519(host)) continue;
    if (!read.options.every((option) => known(host, option))) continue;
    const from = read.options.filter((o) => o.name === 'from');
    if (from.every((o) => comesFrom(o.value ?? '', client.source))) return accessOf(read.options);
  }
  return undefined;
}

/** The file of one account. StrictModes: one that others may write is not read. */
export function authorizedText(host: SshHost, home: string): string {
  const file = host.files.get(`${home}/.ssh/authorized_keys`);
  return file === undefined || (file.mode & 0o022) !== 0 || (host.files.directoryMode(`${home}/.ssh`) & 0o022) !== 0 ? '' : file.content;
}
