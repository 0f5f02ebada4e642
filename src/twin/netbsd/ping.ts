/** ping(8) of NetBSD: whether packets really come back, in its layout (os-facts 12; netbsd-transcripts 1, 3, 9). */
import { failed } from '../common.js';
import type { EchoResult } from '../packet.js';
import type { CommandResult } from '../system.js';
import { parseInet } from './parse.js';
import type { NetBsdState } from './state.js';

interface Options {
  count?: number;
  deadline?: number;
  size: number;
  df: boolean;
  ttl?: number;
  source?: string;
  once: boolean;
  quiet: boolean;
  target?: string;
}

const USAGE =
  'usage: ping [-adDfLnoPqQrRv] [-c count] [-g gateway] [-h host] [-i interval] [-I addr] [-l preload] [-p pattern] [-s size] [-t tos] [-T ttl] [-w maxwait] host\n';
const TEXT: Readonly<Record<string, string>> = {
  'no-route': 'No route to host',
  'network-down': 'Network is down',
  'too-long': 'Message too long',
  'host-down': 'Host is down',
  filtered: 'Network is unreachable',
  loop: 'Input/output error',
};

function read(args: readonly string[]): Options | undefined {
  const options: Options = { size: 56, df: false, once: false, quiet: false };
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('-')) options.target = arg;
    else if (['-c', '-w', '-s', '-T', '-I', '-i'].includes(arg)) {
      const value = args[++i] ?? '';
      if (arg === '-I') options.source = value;
      else if (!/^\d+(\.\d+)?$/.test(value)) return undefined;
      else if (arg === '-c') options.count = Number(value);
      else if (arg === '-w') options.deadline = Number(value);
      else if (arg === '-s') options.size = Number(value);
      else if (arg === '-T') options.ttl = Number(value);
    } else if (/^-[nqoDd]+$/.test(arg)) {
      options.df ||= arg.includes('D');
      options.once ||= arg.includes('o');
      options.quiet ||= arg.includes('q');
    } else return undefined;
  }
  return options.target === undefined ? undefined : options;
}

function packetLines(options: Options, target: string, seq: number, seen: EchoResult, digits: number, last: boolean): string {
  const line = (dup: string): string =>
    `${options.size + 8} bytes from ${target}: icmp_seq=${seq}${dup} ttl=${seen.replyTtl ?? 0} time=${seen.rttMs.toFixed(digits)} ms\n`;
  if (seen.replyTtl !== undefined) return line('') + (last ? '' : line(' DUP!').repeat((seen.replies ?? 1) - 1));
  if (seen.icmp?.kind === 'time-exceeded') return `36 bytes from ${seen.icmp.from}: Time to live exceeded for icmp_seq=${seq}\n`;
  if (seen.icmp?.kind === 'frag-needed')
    return `36 bytes from ${seen.icmp.from}: frag needed and DF set. Next MTU=${seen.icmp.mtu ?? 0} for icmp_seq=${seq}\n`;
  return '';
}

/** How long it takes: one packet a second; without an answer until the deadline, or ten seconds after the last packet. */
function duration(options: Options, sent: number, answered: boolean): number {
  if (answered) return (sent - 1) * 1000;
  return options.deadline === undefined ? (sent - 1) * 1000 + 10_000 : options.deadline * 1000;
}

export function ping(state: NetBsdState, args: readonly string[]): CommandResult {
  const options = read(args);
  if (options?.target === undefined) return failed(1, USAGE);
  const target = parseInet(options.target);
  if (target === undefined) return failed(1, `ping: Cannot resolve "${options.target}" (Host name lookup failure)\n`);
  const digits = state.release.modernErrors ? 6 : 3;
  const wanted = options.once ? 1 : (options.count ?? (options.deadline === undefined ? 4 : Math.max(1, Math.floor(options.deadline))));
  const sends = Math.max(1, Math.min(wanted, options.deadline === undefined ? wanted : Math.ceil(options.deadline)));
  let stdout = `PING ${options.target} (${target}): ${options.size} data bytes\n`;
  let stderr = '';
  const times: number[] = [];
  let duplicates = 0;
  for (let seq = 0; seq < sends; seq += 1) {
    const last = seq === sends - 1;
    const seen = state.stack.echo(target, {
      bytes: options.size + 28,
      df: options.df,
      ttl: options.ttl ?? 255,
      ...(options.source === undefined ? {} : { src: options.source }),
    });
    if (!seen.send.sent) stderr += `ping: sendto: ${TEXT[seen.send.why]}\n`;
    if (!options.quiet) stdout += packetLines(options, target, seq, seen, digits, last);
    if (seen.replyTtl !== undefined) {
      times.push(seen.rttMs);
      duplicates += last ? 0 : (seen.replies ?? 1) - 1;
    }
  }
  const loss = ((100 * (sends - times.length)) / sends).toFixed(1);
  const dup = duplicates === 0 ? '' : `+${duplicates} duplicates, `;
  stdout += `\n----${options.target} PING Statistics----\n${sends} packets transmitted, ${times.length} packets received, ${dup}${loss}% packet loss\n`;
  if (times.length > 0) {
    const f = (n: number): string => n.toFixed(digits);
    const mean = times.reduce((a, b) => a + b, 0) / times.length;
    stdout += `round-trip min/avg/max/stddev = ${f(Math.min(...times))}/${f(mean)}/${f(Math.max(...times))}/${f(0)} ms\n`;
  }
  return { exit: times.length > 0 ? 0 : 2, stdout, stderr, ms: duration(options, sends, times.length === sends) };
}
