/**
 * iputils' `ping` of a simulated Linux.
 *
 * In: words. Out: the texts of iputils 20221126, times made from the simulated distance. Exit 0 answered, 1 not answered, 2 could not send.
 */

import type { EchoResult } from '../packet.js';
import type { CommandResult } from '../system.js';
import type { Kernel } from './kernel.js';
import { fail, isAddress } from './result.js';

interface PingOptions {
  count: number;
  size: number;
  waitMs: number;
  deadlineMs: number;
  intervalMs: number;
  df: boolean;
  quiet: boolean;
  ttl?: number;
  from?: string;
  host?: string;
}

const VALUED = 'cWwMstIiQlTpSmF';

function parse(words: readonly string[]): PingOptions | string {
  const o: PingOptions = { count: 3600, size: 56, waitMs: 1000, deadlineMs: Infinity, intervalMs: 1000, df: false, quiet: false };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-') || word === '-') {
      o.host = word;
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const name = word[letter] ?? '';
      if (name === 'q') o.quiet = true;
      if (!VALUED.includes(name)) {
        if (!'nqDvabdLOrRUfAB4'.includes(name)) return `ping: invalid option -- '${name}'`;
        continue;
      }
      const value = letter + 1 < word.length ? word.slice(letter + 1) : words[++at];
      if (value === undefined) return `ping: option requires an argument -- '${name}'`;
      const wrong = setOption(o, name, value);
      if (wrong !== undefined) return wrong;
      break;
    }
  }
  return o;
}

function setOption(o: PingOptions, name: string, value: string): string | undefined {
  if (name === 'M') {
    if (!['do', 'dont', 'want', 'probe'].includes(value)) return `ping: invalid -M argument: ${value}`;
    o.df = value === 'do' || value === 'probe';
    return undefined;
  }
  if (name === 'I') {
    o.from = value;
    return undefined;
  }
  if (!/^\d+(\.\d+)?$/.test(value)) return `ping: invalid argument: '${value}'`;
  const n = Number(value);
  if (name === 'c') o.count = n;
  if (name === 's') o.size = n;
  if (name === 't') o.ttl = n;
  if (name === 'W') o.waitMs = n * 1000;
  if (name === 'w') o.deadlineMs = n * 1000;
  if (name === 'i') o.intervalMs = n * 1000;
  if (name === 'c' && n < 1) return `ping: invalid argument: '${value}': out of range: 1 <= value <= 9223372036854775807`;
  if (name === 's' && n > 65507) return `ping: invalid argument: '${value}': out of range: 0 <= value <= 65507`;
  return undefined;
}

interface Source {
  readonly address?: string;
  readonly label: string;
  readonly error?: string;
}

/** What `-I` names: an own address, or a device whose first address is taken. */
function source(kernel: Kernel, from: string | undefined): Source {
  if (from === undefined) return { label: '' };
  if (isAddress(from))
    return kernel.stack.hasAddress(from)
      ? { address: from, label: ` from ${from} :` }
      : { label: '', error: 'ping: bind: Cannot assign requested address' };
  const device = kernel.find(from);
  if (device === undefined) return { label: '', error: `ping: unknown iface: ${from}` };
  const address = device.net.addresses[0]?.local;
  return address === undefined ? { label: '' } : { address, label: ` from ${address} ${from}:` };
}

/** What one request gave, as lines, and the counts it adds. */
function line(
  kernel: Kernel,
  o: PingOptions,
  host: string,
  seq: number,
  echo: EchoResult,
): { out?: string; err?: string; got: boolean; error: boolean } {
  if (!echo.send.sent) {
    if (echo.send.why === 'too-long') return { err: `ping: local error: message too long, mtu=${echo.send.mtu ?? 0}`, got: false, error: true };
    const why = echo.send.why === 'filtered' ? 'Operation not permitted' : 'Network is unreachable';
    return { err: `ping: sendmsg: ${why}`, got: false, error: false };
  }
  if (echo.replyTtl !== undefined)
    return {
      out: `${o.size + 8} bytes from ${host}: icmp_seq=${seq} ttl=${echo.replyTtl} time=${time(kernel, host, echo)} ms`,
      got: true,
      error: false,
    };
  const via = kernel.routes.lookup(host);
  const tunnelled = via !== undefined && kernel.stack.interfaces.get(via.interface)?.kind === 'tunnel';
  // An ICMP error about the outer packet reaches the tunnel driver, not the program that sent the inner one.
  if (echo.icmp === undefined || (tunnelled && echo.icmp.own !== true)) return { got: false, error: false };
  const from = `From ${echo.icmp.from} icmp_seq=${seq}`;
  if (echo.icmp.kind === 'frag-needed') return { out: `${from} Frag needed and DF set (mtu = ${echo.icmp.mtu ?? 0})`, got: false, error: true };
  return { out: `${from} ${echo.icmp.kind === 'time-exceeded' ? 'Time to live exceeded' : 'Destination Host Unreachable'}`, got: false, error: true };
}

function time(kernel: Kernel, host: string, echo: EchoResult): string {
  const ms = kernel.stack.hasAddress(host) ? 0.042 : echo.rttMs + 0.1;
  return ms.toFixed(ms < 1 ? 3 : ms < 10 ? 2 : 1);
}

/** `ping` with the words that follow its name. */
export function ping(kernel: Kernel, words: readonly string[]): CommandResult {
  const o = parse(words);
  if (typeof o === 'string') return fail(o.includes('option') ? 2 : 1, o);
  if (o.host === undefined) return fail(1, 'ping: usage error: Destination address required');
  const host = o.host === 'localhost' ? '127.0.0.1' : o.host;
  if (!isAddress(host)) return fail(2, `ping: ${host}: Name or service not known`);
  const from = source(kernel, o.from);
  if (from.error !== undefined) return fail(2, from.error);
  const route = kernel.routes.lookup(host);
  if (route === undefined) return fail(2, 'ping: connect: Network is unreachable');
  return run(kernel, o, host, from);
}

function run(kernel: Kernel, o: PingOptions, host: string, from: Source): CommandResult {
  const src = from.address ?? kernel.routes.source(host);
  const out = [`PING ${host} (${host})${from.label} ${o.size}(${o.size + 28}) bytes of data.`];
  const err: string[] = [];
  let [sent, received, errors, ms] = [0, 0, 0, 0];
  // With a deadline ping waits for `count` answers and goes on asking until it runs out.
  const deadline = Number.isFinite(o.deadlineMs);
  const limit = deadline ? Math.max(1, Math.min(3600, Math.ceil(o.deadlineMs / Math.max(o.intervalMs, 2)))) : Math.min(o.count, 3600);
  const rtt = kernel.stack.hasAddress(host) ? 0.042 : kernel.stack.internet.rttMs + 0.1;
  while (sent < limit && !(deadline && received >= o.count)) {
    if (sent > 0) ms += o.intervalMs;
    sent += 1;
    const echo = kernel.stack.echo(host, {
      bytes: o.size + 28,
      df: o.df,
      ...(o.ttl === undefined ? {} : { ttl: o.ttl }),
      ...(src === undefined ? {} : { src }),
    });
    const one = line(kernel, o, host, sent, echo);
    if (one.out !== undefined && !o.quiet) out.push(one.out);
    if (one.err !== undefined) err.push(one.err);
    received += Number(one.got);
    errors += Number(one.error);
    if (sent === limit || (deadline && received >= o.count)) ms += one.got ? rtt : one.error ? 0 : o.waitMs;
  }
  const lost = Number((((sent - received) / sent) * 100).toPrecision(6));
  out.push('', `--- ${host} ping statistics ---`);
  const plus = errors > 0 ? ` +${errors} errors,` : '';
  out.push(`${sent} packets transmitted, ${received} received,${plus} ${lost}% packet loss, time ${Math.floor(ms)}ms`);
  const r = rtt.toFixed(3);
  if (received > 0) out.push(`rtt min/avg/max/mdev = ${r}/${r}/${r}/0.000 ms`);
  const stderr = err.map((l) => `${l}\n`).join('');
  const short = deadline && o.count < 3600 && received < o.count;
  return { exit: received > 0 && !short ? 0 : 1, stdout: `${out.join('\n')}\n`, stderr, ms };
}
