/**
 * The hosts of an ssh_config as hosts of ours.
 *
 * In: the user's own file, or another one. Out: hosts. What a host's settings mean is asked of the reader that connections use, so both are the same.
 * Of the user's own file only the addresses are written: provision reads that file itself whenever it connects. Of another file everything is copied.
 */
import { ProvisionError } from '../errors/error.js';
import { outerForm } from '../inventory/address.js';
import { DIAL, DNS_NAME, type Form, IDENTITY, JUMP, USER } from '../inventory/forms.js';
import { readSshConfig, type SshConfig } from '../ssh/config.js';
import { HONOURED, REFUSED } from '../ssh/directives.js';
import { namedHosts } from '../ssh/host-names.js';
import { LeftOuts } from './left-out.js';
import type { Imported, ImportedHost } from './model.js';
import { Names } from './names.js';

export interface SshConfigSource {
  readonly file: string;
  readonly home: string;
  readonly localUser: string;
  /** It is the file that provision reads by itself. */
  readonly own: boolean;
}

/** Directives that have a place in the inventory. */
const CARRIED = new Set(['hostname', 'user', 'port', 'identityfile', 'proxyjump']);

function checked(config: SshConfig, keyword: string, form: Form, name: string, out: LeftOuts): string | undefined {
  const line = config.get(keyword);
  const text = line?.args.join(' ');
  if (line === undefined || text === undefined) return undefined;
  const problem = form.find(text);
  if (problem === undefined) return text;
  out.add(name, problem.message.replace(/\.$/, ''), line.shown);
  return undefined;
}

/** `%h` and the like are filled by ssh for each host; what a name does not hold stays as it is. */
const filled = (text: string | undefined, name: string): string | undefined => text?.replaceAll('%h', name).replaceAll('%%', '%');

function settings(config: SshConfig, name: string, out: LeftOuts): ImportedHost['ssh'] {
  const user = checked(config, 'user', USER, name, out);
  const jump = checked(config, 'proxyjump', JUMP, name, out);
  const port = Number(config.get('port')?.args[0] ?? 22);
  const keys = config
    .all('identityfile')
    .map((l) => l.args.join(' '))
    .filter((k) => k.toLowerCase() !== 'none');
  const good = keys.filter((k) => IDENTITY.find(k) === undefined && !/[%$]/.test(k));
  for (const key of keys) if (!good.includes(key)) out.add(name, 'a path with tokens is filled by ssh alone', `IdentityFile ${key}`);
  return {
    ...(Number.isInteger(port) && port > 0 && port < 65536 && port !== 22 ? { port } : {}),
    ...(user === undefined ? {} : { user }),
    ...(good.length === 0 ? {} : { identity: good }),
    ...(jump === undefined || jump === 'none' ? {} : { jump }),
  };
}

/** Directives that matter and that the inventory has no key for. */
function nameOthers(config: SshConfig, name: string, own: boolean, out: LeftOuts): void {
  for (const keyword of [...HONOURED, ...Object.keys(REFUSED)]) {
    const line = config.get(keyword);
    if (line === undefined || CARRIED.has(keyword)) continue;
    const refusal = REFUSED[keyword];
    if (refusal !== undefined && !refusal.neutral.includes(line.args.join(' ').toLowerCase())) out.add(name, refusal.why, line.shown);
    else if (refusal === undefined && !own) out.add(name, 'the inventory has no key for it', line.shown);
  }
}

function hostOf(source: SshConfigSource, name: string, names: Names, addresses: Set<string>, out: LeftOuts): ImportedHost {
  const { file, home, localUser, own } = source;
  const config = readSshConfig({ host: name, home, localUser, ...(own ? {} : { configFile: file }) });
  const ours = names.for(name);
  nameOthers(config, name, own, out);
  const target = filled(config.get('hostname')?.args[0], name) ?? name;
  const address = outerForm(target) === undefined && !addresses.has(target) ? target : undefined;
  if (address !== undefined) addresses.add(address);
  const label = DNS_NAME.find(target) === undefined && /[A-Za-z]/.test(target) && target.includes('.') ? { hostname: target } : {};
  // A name of ours that ssh_config knows is dialled by it; only one that had to be changed needs the old one.
  const dial = own ? (ours === name ? undefined : name) : address === undefined ? target : undefined;
  const fits = dial === undefined || DIAL.find(dial) === undefined;
  if (!fits) out.add(name, 'no name or address that can be dialled', 'HostName');
  const ssh = { ...(dial === undefined || !fits ? {} : { host: dial }), ...(own ? {} : settings(config, name, out)) };
  return { name: ours, ...label, ...(address === undefined ? {} : { address }), ssh };
}

export function importSshConfig(source: SshConfigSource): Imported {
  const { names, others, files } = namedHosts(source.file, source.home);
  const out = new LeftOuts();
  const ours = new Names();
  const addresses = new Set<string>();
  const hosts = names.flatMap((name): ImportedHost[] => {
    try {
      return [hostOf(source, name, ours, addresses, out)];
    } catch (error) {
      if (!(error instanceof ProvisionError)) throw error;
      out.add(name, `${error.message} ${error.details.why ?? ''}`.trim());
      return [];
    }
  });
  const still = source.own
    ? 'it names no single host; it holds for the hosts above all the same'
    : 'it names no single host; what it sets is in the hosts it matches';
  const short = (file: string): string => (file.startsWith(`${source.home}/`) ? `~${file.slice(source.home.length)}` : file);
  for (const line of others) out.add(`${short(line.file)} line ${line.line}`, still, `${line.shown} ${line.args.join(' ')}`);
  const notes = source.own
    ? ['How to log in is not copied: provision reads this ssh_config itself whenever it connects to a host by these names.']
    : ['How to log in is copied as ssh would read it from this file.'];
  return { kind: 'ssh_config', files: files.map(short), hosts, links: [], leftOut: out.all, renamed: ours.renamed, notes };
}
