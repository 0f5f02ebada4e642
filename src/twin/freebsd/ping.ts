/**
 * ping of the BSD families: option letters, layout of the answer and exit status (os-facts.md 12).
 *
 * In: words and a dialect. Out: what the command prints. Every echo really crosses the simulated stack and comes back, or does not.
 */
import type { EchoResult } from '../packet.js';
import type { IpStack } from '../stack.js';
import type { CommandResult } from '../system.js';
import { fail, isIpv4 } from './result.js';

export interface PingDialect {
  /** Letters that take a value, and what the value is. */
  readonly valued: Readonly<Record<string, 'count' | 'deadline' | 'waitMs' | 'waitSeconds' | 'size' | 'source' | 'ttl' | 'ignored'>>;
  /** Letters without value; `D` sets don't-fragment if listed. */
  readonly bare: string;
  readonly noReplyExit: number;
  readonly usageExit: number;
  readonly sendCall: 'sendto' | 'sendmsg';
  readonly lossDigits: 0 | 1;
  readonly deviation: 'stddev' | 'std-dev';
  /** OpenBSD prints `wrote …` after a failed send. */
  readonly wrote: boolean;
  readonly usage: string;
}

interface PingOptions {
  host: string;
  count: number;
  deadline: number;
  waitMs: number;
  size: number;
  df: boolean;
  ttl?: number;
  source?: string;
}

const ERRORS = {
  'no-route': 'No route to host',
  'network-down': 'Network is down',
  'too-long': 'Message too long',
  'host-down': 'Host is down',
  filtered: 'Permission denied',
  loop: 'Input/output error',
} as const;

function parse(words: readonly string[], dialect: PingDialect): PingOptions | CommandResult {
  const options: PingOptions = { host: '', count: 0, deadline: 0, waitMs: 10_000, size: 56, df: false };
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-') || word === '-') {
      options.host = word;
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] ?? '';
      const meaning = dialect.valued[letter];
      if (meaning !== undefined) {
        const value = word.slice(at + 1) || words[++i];
        if (value === undefined) return fail(dialect.usageExit, `ping: option requires an argument -- ${letter}\n${dialect.usage}`);
        setOption(options, meaning, value);
        break;
      }
      if (!dialect.bare.includes(letter)) return fail(dialect.usageExit, `ping: illegal option -- ${letter}\n${dialect.usage}`);
      if (letter === 'D') options.df = true;
    }
  }
  return options.host === '' ? fail(dialect.usageExit, dialect.usage) : options;
}

function setOption(options: PingOptions, meaning: PingDialect['valued'][string], value: string): void {
  if (meaning === 'count') options.count = Number(value);
  else if (meaning === 'deadline') options.deadline = Number(value);
  else if (meaning === 'waitMs') options.waitMs = Number(value);
  else if (meaning === 'waitSeconds') options.waitMs = Number(value) * 1000;
  else if (meaning === 'size') options.size = Number(value);
  else if (meaning === 'ttl') options.ttl = Number(value);
  else if (meaning === 'source') options.source = value;
}

/** @param refused - error text of a send that the kernel refuses before the packet reaches the stack, for example `Permission denied`. */
export function ping(
  words: readonly string[],
  stack: IpStack,
  dialect: PingDialect,
  refused: (host: string) => string | undefined = () => undefined,
): CommandResult {
  const options = parse(words, dialect);
  if ('exit' in options) return options;
  if (!isIpv4(options.host)) return fail(dialect.usageExit === 64 ? 68 : 1, `ping: cannot resolve ${options.host}: Unknown host\n`);
  if (options.source !== undefined && !stack.hasAddress(options.source)) return fail(71, "ping: bind: Can't assign requested address\n");
  const count = Math.min(options.count || 3, options.deadline > 0 ? options.deadline : 1000, 1000);
  const times: number[] = [];
  let out = `PING ${options.host} (${options.host}): ${options.size} data bytes\n`;
  let err = '';
  const no = refused(options.host);
  for (let seq = 0; seq < count; seq++) {
    if (no !== undefined) {
      err += sendError(no, options, dialect);
      continue;
    }
    const reply = stack.echo(options.host, {
      bytes: options.size + 28,
      df: options.df,
      ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
      ...(options.source === undefined ? {} : { src: options.source }),
    });
    const lines = one(reply, options, seq, dialect);
    out += lines.out;
    err += lines.err;
    if (reply.replyTtl !== undefined && reply.rttMs <= options.waitMs) times.push(reply.rttMs);
  }
  return summary(options, count, times, out, err, dialect);
}

function sendError(text: string, options: PingOptions, dialect: PingDialect): string {
  const wrote = dialect.wrote ? `ping: wrote ${options.host} ${options.size + 8} chars, ret=-1\n` : '';
  return `ping: ${dialect.sendCall}: ${text}\n${wrote}`;
}

function one(reply: EchoResult, options: PingOptions, seq: number, dialect: PingDialect): { out: string; err: string } {
  if (!reply.send.sent) return { out: '', err: sendError(ERRORS[reply.send.why], options, dialect) };
  if (reply.replyTtl !== undefined && reply.rttMs <= options.waitMs) {
    const line = `${options.size + 8} bytes from ${options.host}: icmp_seq=${seq} ttl=${reply.replyTtl} time=${reply.rttMs.toFixed(3)} ms\n`;
    return { out: line, err: '' };
  }
  if (reply.icmp?.kind === 'frag-needed')
    return { out: `36 bytes from ${reply.icmp.from}: frag needed and DF set (MTU ${reply.icmp.mtu ?? 0})\n`, err: '' };
  if (reply.icmp?.kind === 'time-exceeded') return { out: `36 bytes from ${reply.icmp.from}: Time to live exceeded\n`, err: '' };
  return { out: '', err: '' };
}

function summary(options: PingOptions, count: number, times: readonly number[], out: string, err: string, dialect: PingDialect): CommandResult {
  const loss = ((count - times.length) * 100) / count;
  const shown = dialect.lossDigits === 0 ? String(Math.floor(loss)) : loss.toFixed(1);
  let text = `${out}\n--- ${options.host} ping statistics ---\n`;
  text += `${count} packets transmitted, ${times.length} packets received, ${shown}% packet loss\n`;
  const mean = times.reduce((a, b) => a + b, 0) / Math.max(1, times.length);
  const figures = [Math.min(...times), mean, Math.max(...times)].map((n) => n.toFixed(3)).join('/');
  if (times.length > 0) text += `round-trip min/avg/max/${dialect.deviation} = ${figures}/0.000 ms\n`;
  const ms = times.length === count ? (count - 1) * 1000 + mean : Math.min((count - 1) * 1000 + options.waitMs, (options.deadline || 3600) * 1000);
  return { exit: times.length > 0 ? 0 : dialect.noReplyExit, stdout: text, stderr: err, ms };
}
