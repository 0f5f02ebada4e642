/**
 * Parts of a target, each from the inventory where it speaks and from ssh_config where it does not:
 * identities and agent, host keys, algorithms, the line itself (timeouts, keepalive, family).
 */
import type { SshSettings } from '../model/inventory.js';
import { type AlgorithmRules, allowedAlgorithms } from './algorithms.js';
import type { SshConfig } from './config.js';
import { type ConfigLine, configError } from './config-file.js';
import type { SshTarget } from './endpoint.js';
import { knownHostsName } from './knownhosts.js';
import { absolute, expandPath, milliseconds, type Tokens, wholeNumber, word, yesNo } from './values.js';

type Part<K extends keyof SshTarget> = Pick<SshTarget, K>;

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const CONNECT_MS = 10_000;
const KEEPALIVE_MS = 15_000;

function agentPath(config: SshConfig, tokens: Tokens): string | undefined {
  const line = config.get('identityagent');
  const fromEnv = tokens.env.SSH_AUTH_SOCK || undefined;
  if (!line) return fromEnv;
  const value = word(line);
  if (value.toLowerCase() === 'none') return undefined;
  if (value === 'SSH_AUTH_SOCK') return fromEnv;
  const variable = /^\$([A-Za-z_]\w*)$/.exec(value)?.[1];
  return variable === undefined ? expandPath(value, tokens, line) : tokens.env[variable] || undefined;
}

/** Key files: of the inventory, else every IdentityFile, else the default ones. */
export function readIdentities(
  config: SshConfig,
  ssh: SshSettings,
  tokens: Tokens,
): Part<'identities' | 'identitiesOnly'> & Partial<Part<'agent' | 'defaultIdentities'>> {
  const lines = config.all('identityfile');
  const agent = agentPath(config, tokens);
  const rest = { identitiesOnly: yesNo(config.get('identitiesonly')) ?? false, ...(agent !== undefined && { agent }) };
  if (ssh.identity) return { identities: ssh.identity.map((path) => absolute(path, tokens.home)), ...rest };
  const named = lines.filter((line) => word(line).toLowerCase() !== 'none').map((line) => expandPath(word(line), tokens, line));
  if (lines.length > 0) return { identities: named, ...rest };
  return { identities: DEFAULT_KEYS.map((key) => absolute(`~/.ssh/${key}`, tokens.home)), defaultIdentities: true, ...rest };
}

interface HostKeyOptions {
  readonly acceptNew: boolean;
  readonly foreign: boolean;
  readonly address: string;
  readonly port: number;
}

function files(line: ConfigLine | undefined, tokens: Tokens, defaults: readonly string[]): string[] {
  if (!line) return defaults.map((path) => absolute(path, tokens.home));
  const paths = line.args.filter((arg) => arg.toLowerCase() !== 'none').map((arg) => expandPath(arg, tokens, line));
  return paths.filter((path) => path !== '/dev/null');
}

/** An unknown key is taken only where somebody said so; `no` and `ask` of ssh_config say it for nobody in particular. */
function strictness(line: ConfigLine | undefined, acceptNew: boolean): Part<'strict'> & Partial<Part<'strictNote'>> {
  const value = line ? word(line).toLowerCase() : 'ask';
  if (acceptNew || value === 'accept-new') return { strict: 'accept-new' };
  if (!line || value === 'yes' || value === 'true' || value === 'ask') return { strict: 'yes' };
  if (value !== 'no' && value !== 'off' && value !== 'false') {
    throw configError(line, `StrictHostKeyChecking in ${line.file} has a value that is not understood.`, `it says "${value}"`);
  }
  const strictNote = `StrictHostKeyChecking ${value} (${line.file} line ${line.line}) is not followed: provision takes no unknown key unasked`;
  return { strict: 'yes', strictNote };
}

type HostKeyPart = Part<'knownHosts' | 'strict' | 'recordNew' | 'hashKnownHosts'> & Partial<Part<'strictNote' | 'hostKeyAlias' | 'pinned'>>;

export function readHostKeys(config: SshConfig, ssh: SshSettings, tokens: Tokens, options: HostKeyOptions): HostKeyPart {
  const user = files(config.get('userknownhostsfile'), tokens, ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']);
  const global = files(config.get('globalknownhostsfile'), tokens, ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']);
  const aliasLine = config.get('hostkeyalias');
  const alias = aliasLine ? word(aliasLine) : options.foreign ? knownHostsName(options.address, options.port) : undefined;
  return {
    knownHosts: [...user, ...global],
    recordNew: user.length > 0,
    hashKnownHosts: yesNo(config.get('hashknownhosts')) ?? false,
    ...strictness(config.get('stricthostkeychecking'), options.acceptNew),
    ...(alias !== undefined && { hostKeyAlias: alias }),
    ...(ssh.hostKeys && ssh.hostKeys.length > 0 && { pinned: ssh.hostKeys }),
  };
}

const RULES: Readonly<Record<keyof AlgorithmRules, string>> = { kex: 'kexalgorithms', hostKey: 'hostkeyalgorithms', cipher: 'ciphers', mac: 'macs' };

/** @throws ProvisionError SSH_CONFIG where ssh_config leaves none of the algorithms that provision can do. */
export function readAlgorithms(config: SshConfig, legacy: boolean): Partial<Part<'algorithms' | 'publicKeyAlgorithms'>> {
  const rules: Partial<Record<keyof AlgorithmRules, string>> = {};
  for (const [which, keyword] of Object.entries(RULES) as [keyof AlgorithmRules, string][]) {
    const line = config.get(keyword);
    if (!line) continue;
    rules[which] = word(line);
    if (allowedAlgorithms(rules, legacy)[which].length > 0) continue;
    throw configError(line, `${line.shown} in ${line.file} leaves no algorithm that provision can do.`, `it says "${word(line)}"`);
  }
  const keys = config.get('pubkeyacceptedalgorithms');
  return { ...(Object.keys(rules).length > 0 && { algorithms: rules }), ...(keys && { publicKeyAlgorithms: word(keys) }) };
}

const FAMILY: Readonly<Record<string, 4 | 6 | undefined>> = { inet: 4, inet6: 6, any: undefined };

type LinePart = Part<'connectTimeoutMs' | 'keepaliveMs'> & Partial<Part<'keepaliveCount' | 'family' | 'localAddress'>>;

export function readLine(config: SshConfig, timeoutMs: number | undefined): LinePart {
  const familyLine = config.get('addressfamily');
  const family = familyLine && FAMILY[word(familyLine).toLowerCase()];
  if (familyLine && !(word(familyLine).toLowerCase() in FAMILY)) {
    throw configError(familyLine, `AddressFamily in ${familyLine.file} must be any, inet or inet6.`, `it says "${word(familyLine)}"`);
  }
  const bind = config.get('bindaddress');
  const count = wholeNumber(config.get('serveralivecountmax'), 0, 1000);
  return {
    connectTimeoutMs: timeoutMs ?? (milliseconds(config.get('connecttimeout')) || CONNECT_MS),
    keepaliveMs: milliseconds(config.get('serveraliveinterval')) ?? KEEPALIVE_MS,
    ...(count !== undefined && { keepaliveCount: count }),
    ...(family && { family }),
    ...(bind && { localAddress: word(bind) }),
  };
}
