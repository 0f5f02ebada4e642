/**
 * One host of an Ansible inventory as a host of ours: how it is reached, and as whom.
 *
 * In: its variables. Out: our values; every variable that is not carried over is named. A secret is never looked at, only named.
 */
import { outerForm } from '../inventory/address.js';
import { DIAL, DNS_NAME, type Form, IDENTITY, JUMP, USER } from '../inventory/forms.js';
import { shellWords } from './ansible-ini.js';
import type { Held, HostVars } from './ansible-vars.js';
import type { LeftOuts } from './left-out.js';
import type { ImportedHost } from './model.js';

const SECRET = /pass(word|wd|phrase)?$|_pass\b|secret|token|vault|private_key$/i;
const SSH_CONNECTIONS = new Set([
  'ssh',
  'smart',
  'paramiko',
  'paramiko_ssh',
  'ansible.builtin.ssh',
  'ansible.builtin.paramiko_ssh',
  'ansible.netcommon.libssh',
]);

/** Names of today and of before Ansible 2.0, in the order in which they count. */
const KNOWN = {
  host: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  key: ['ansible_ssh_private_key_file', 'ansible_private_key_file'],
  args: ['ansible_ssh_common_args'],
  become: ['ansible_become', 'ansible_sudo'],
  method: ['ansible_become_method'],
  as: ['ansible_become_user', 'ansible_sudo_user'],
  connection: ['ansible_connection'],
} as const;
const OURS: ReadonlySet<string> = new Set(Object.values(KNOWN).flat());

const NOTHING_HERE = 'means nothing here';
const LOGIN = /^ansible_(ssh|scp|sftp|paramiko|become|su|pipelining|connection)/;
const MAY_MATTER = 'may matter for the login and is not understood';
const IS_SECRET = 'a secret, never carried over: use a key or the agent';
const ODD = {
  vault: 'behind a tag such as !vault; secrets are never carried over',
  template: 'a template, which only Ansible can evaluate',
  structure: 'a list or map',
} as const;

/** Names one variable that is left out, where it stands, so that a group's is named once. */
function leave(found: Held, name: string, why: string, out: LeftOuts): void {
  out.add(found.at, why, name);
}

/** The text of the first variable of these that is there; what cannot be read is named. */
function take(vars: HostVars['vars'], names: readonly string[], out: LeftOuts): { text: string; name: string; held: Held } | undefined {
  for (const name of names) {
    const held = vars.get(name);
    if (held === undefined) continue;
    if ('odd' in held.value) leave(held, name, ODD[held.value.odd], out);
    else if (held.value.text !== '') return { text: held.value.text, name, held };
  }
  return undefined;
}

function formed(vars: HostVars['vars'], names: readonly string[], form: Form, out: LeftOuts): string | undefined {
  const found = take(vars, names, out);
  if (found === undefined) return undefined;
  const problem = form.find(found.text);
  if (problem === undefined) return found.text;
  leave(found.held, found.name, problem.message.replace(/\.$/, ''), out);
  return undefined;
}

/** Only a jump host is understood of the arguments for ssh; beside anything else it would be half of what was meant. */
export function jumpOf(args: string): string | undefined {
  const words = shellWords(args) ?? [];
  const [first = '', second] = words;
  const joined = /^-J(.+)$/.exec(first)?.[1] ?? /^-oProxyJump=(.+)$/i.exec(first)?.[1];
  const parted = first === '-J' ? second : first === '-o' ? /^ProxyJump[= ](.+)$/i.exec(second ?? '')?.[1] : undefined;
  const jump = words.length === 1 ? joined : words.length === 2 ? parted : undefined;
  return jump !== undefined && JUMP.find(jump) === undefined ? jump : undefined;
}

function jump(vars: HostVars['vars'], out: LeftOuts): string | undefined {
  const found = take(vars, KNOWN.args, out);
  if (found === undefined) return undefined;
  const made = jumpOf(found.text);
  if (made === undefined) leave(found.held, found.name, 'of the arguments for ssh only -J HOST or -o ProxyJump=HOST alone is understood', out);
  return made;
}

function become(vars: HostVars['vars'], out: LeftOuts): 'sudo' | 'doas' | undefined {
  const wanted = take(vars, KNOWN.become, out);
  const method = take(vars, KNOWN.method, out);
  const as = take(vars, KNOWN.as, out);
  const on = wanted !== undefined && /^(true|yes|on|1|y|t)$/i.test(wanted.text);
  if (!on) return undefined;
  if (as !== undefined && as.text !== 'root') {
    leave(as.held, as.name, `provision becomes root and nobody else; ${wanted.name} is left out too`, out);
    return undefined;
  }
  const how = method?.text ?? 'sudo';
  if (how === 'sudo' || how === 'doas') return how;
  if (method !== undefined) leave(method.held, method.name, `${how} is not understood; sudo and doas are`, out);
  return undefined;
}

function port(vars: HostVars['vars'], out: LeftOuts): number | undefined {
  const found = take(vars, KNOWN.port, out);
  if (found === undefined) return undefined;
  const number = Number(found.text);
  if (/^\d{1,5}$/.test(found.text) && number > 0 && number < 65536) return number === 22 ? undefined : number;
  leave(found.held, found.name, 'no port from 1 to 65535', out);
  return undefined;
}

function nameRest(vars: HostVars['vars'], out: LeftOuts): void {
  for (const [name, held] of vars) {
    if (OURS.has(name)) continue;
    if (SECRET.test(name)) leave(held, name, IS_SECRET, out);
    else if ('odd' in held.value && held.value.odd === 'vault') leave(held, name, ODD.vault, out);
    else leave(held, name, LOGIN.test(name) ? MAY_MATTER : NOTHING_HERE, out);
  }
}

/** Why the host is no host for us, or nothing. */
function notBySsh(vars: HostVars['vars'], out: LeftOuts): string | undefined {
  const found = take(vars, KNOWN.connection, out);
  if (found === undefined || SSH_CONNECTIONS.has(found.text)) return undefined;
  return `not reached by SSH (ansible_connection=${found.text})`;
}

/** How the host is dialled: by its address, which a link needs too, or by a name. */
function dialled(
  source: string,
  vars: HostVars['vars'],
  addresses: Set<string>,
  out: LeftOuts,
): Pick<ImportedHost, 'address' | 'hostname'> & { host?: string } {
  // Where Ansible is told an address that cannot be read here, its name would be another host.
  const told = KNOWN.host.some((name) => vars.has(name));
  const dial = formed(vars, KNOWN.host, DIAL, out) ?? (!told && DIAL.find(source) === undefined ? source : undefined);
  if (dial === undefined) return {};
  if (outerForm(dial) === undefined) {
    // An address is one host's; a second host behind it is dialled there all the same.
    if (addresses.has(dial)) return { host: dial };
    addresses.add(dial);
    return { address: dial };
  }
  return { host: dial, ...(DNS_NAME.find(dial) === undefined && dial.includes('.') ? { hostname: dial } : {}) };
}

/** @param addresses - Those that hosts have already; this one's is added. @returns undefined where it is left out. */
export function ansibleHost(
  source: string,
  name: string,
  { vars, groups }: HostVars,
  addresses: Set<string>,
  out: LeftOuts,
): ImportedHost | undefined {
  nameRest(vars, out);
  const not = notBySsh(vars, out);
  if (not !== undefined) {
    out.add(source, not);
    return undefined;
  }
  const { host, ...reached } = dialled(source, vars, addresses, out);
  const [user, key, jumps, number, root] = [
    formed(vars, KNOWN.user, USER, out),
    formed(vars, KNOWN.key, IDENTITY, out),
    jump(vars, out),
    port(vars, out),
    become(vars, out),
  ];
  return {
    name,
    ...reached,
    ssh: {
      ...(host === undefined ? {} : { host }),
      ...(number === undefined ? {} : { port: number }),
      ...(user === undefined ? {} : { user }),
      ...(key === undefined ? {} : { identity: [key] }),
      ...(jumps === undefined ? {} : { jump: jumps }),
      ...(root === undefined ? {} : { become: root }),
    },
    ...(groups.length === 0 ? {} : { note: groups.join(', ') }),
  };
}
