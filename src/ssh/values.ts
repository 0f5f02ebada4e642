/**
 * Values of ssh_config: percent tokens, environment variables, times, yes and no, host specifications.
 *
 * In: a directive and what its tokens stand for. Out: the value, or an SSH_CONFIG error naming file and line.
 */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { type ConfigLine, configError } from './config-file.js';

export interface Tokens {
  /** %d and `~` */
  readonly home: string;
  /** %n: as typed after ssh */
  readonly original: string;
  /** %h: what is dialled */
  readonly host: string;
  readonly port: number;
  /** %r: the user on the host */
  readonly user: string;
  /** %u: the user here */
  readonly localUser: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A host as ProxyJump writes it. */
export interface HostSpec {
  readonly user?: string;
  readonly host: string;
  readonly port?: number;
}

/** Takes the brackets of an IPv6 literal away; everything else stays. */
export const unbracket = (host: string): string => /^\[([0-9A-Fa-f:.]+(?:%[^\]]+)?)\]$/.exec(host)?.[1] ?? host;

/**
 * `[user@]host[:port]` or `ssh://…`; IPv6 in brackets, or bare if there is no port. Undefined if it is none of these.
 * A host that starts with a dash or holds blanks is refused.
 */
export function parseHostSpec(text: string): HostSpec | undefined {
  const body = text
    .trim()
    .replace(/^ssh:\/\//, '')
    .replace(/\/$/, '');
  const at = body.lastIndexOf('@');
  const user = at >= 0 ? body.slice(0, at) : undefined;
  const rest = body.slice(at + 1);
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(rest);
  const plain = /^([^:]+)(?::(\d+))?$/.exec(rest);
  const bare = /^[0-9A-Fa-f:.]+$/.test(rest) && rest.split(':').length > 2 ? rest : undefined;
  const host = bracketed?.[1] ?? plain?.[1] ?? bare;
  const portText = bracketed?.[2] ?? plain?.[2];
  const port = portText === undefined ? undefined : Number(portText);
  if (host === undefined || /^-|[\s\p{C}]/u.test(host) || user === '' || (port !== undefined && !validPort(port))) return undefined;
  return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port }) };
}

const validPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65536;

/** The one word of a directive. */
export const word = (line: ConfigLine): string => line.args[0] ?? '';

/** @throws ProvisionError SSH_CONFIG for a token that means nothing here (%C, %i … of a directive that names a control socket). */
export function expandTokens(text: string, tokens: Tokens, line: ConfigLine): string {
  const values: Readonly<Record<string, string>> = {
    '%': '%',
    d: tokens.home,
    h: tokens.host,
    n: tokens.original,
    p: String(tokens.port),
    r: tokens.user,
    u: tokens.localUser,
    i: String(process.getuid?.() ?? ''),
  };
  return text.replace(/%(.?)/g, (_all, letter: string) => {
    const value = values[letter];
    if (value === undefined)
      throw configError(line, `%${letter} in ${line.shown} of ${line.file} is not understood.`, 'tokens known: %% %d %h %i %n %p %r %u');
    return value;
  });
}

/** `~/`, percent tokens and `${VAR}`; a path that is still relative counts from the working folder, as in ssh. */
export function expandPath(text: string, tokens: Tokens, line: ConfigLine): string {
  const withEnv = text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_all, name: string) => {
    const value = tokens.env[name];
    if (value === undefined)
      throw configError(line, `\${${name}} in ${line.shown} of ${line.file} is not set.`, 'the environment has no such variable');
    return value;
  });
  return absolute(expandTokens(withEnv, tokens, line), tokens.home);
}

/** `~` and relative paths of the inventory. */
export function absolute(path: string, home: string = homedir()): string {
  if (path === '~') return home;
  if (path.startsWith('~/')) return join(home, path.slice(2));
  return isAbsolute(path) ? path : resolve(path);
}

/** yes, no, true or false. */
export function yesNo(line: ConfigLine | undefined): boolean | undefined {
  if (!line) return undefined;
  const value = word(line).toLowerCase();
  if (value === 'yes' || value === 'true') return true;
  if (value === 'no' || value === 'false') return false;
  throw configError(line, `${line.shown} in ${line.file} must be yes or no.`, `it says "${value}"`);
}

const UNIT: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** A time of ssh_config (`30`, `5m`, `1h30m`) in milliseconds. */
export function milliseconds(line: ConfigLine | undefined): number | undefined {
  if (!line || word(line).toLowerCase() === 'none') return undefined;
  const text = word(line).toLowerCase();
  if (!/^(\d+[smhdw]?)+$/.test(text)) throw configError(line, `${line.shown} in ${line.file} is not a time.`, `it says "${text}"`);
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([smhdw]?)/g)) seconds += Number(amount) * (UNIT[unit ?? ''] ?? 1);
  return seconds * 1000;
}

export function wholeNumber(line: ConfigLine | undefined, low: number, high: number): number | undefined {
  if (!line) return undefined;
  const value = Number(word(line));
  if (/^\d+$/.test(word(line)) && value >= low && value <= high) return value;
  throw configError(line, `${line.shown} in ${line.file} must be a number from ${low} to ${high}.`, `it says "${word(line)}"`);
}
