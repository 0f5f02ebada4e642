/**
 * The `ip` command of a simulated Linux: global options, objects and their abbreviations.
 *
 * In: words. Out: what iproute2 prints. The objects themselves are in ip-link.ts and ip-addr.ts.
 */
import type { CommandResult } from '../system.js';
import { ipAddr } from './ip-addr.js';
import { ipFou } from './ip-fou.js';
import { ipLink } from './ip-link.js';
import { ipRoute } from './ip-route.js';
import { ipTunnel } from './ip-tunnel.js';
import type { Kernel } from './kernel.js';
import { fail, ok } from './result.js';
import type { ShowOptions } from './show.js';
import { Usage } from './words.js';

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch filename
where  OBJECT := { address | addrlabel | fou | help | ila | ioam | l2tp | link |
                   macsec | maddress | monitor | mptcp | mroute | mrule |
                   neighbor | neighbour | netconf | netns | nexthop | ntable |
                   ntbl | route | rule | sr | tap | tcpmetrics |
                   token | tunnel | tuntap | vrf | xfrm }`;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function globalOptions(words: readonly string[]): { options: ShowOptions; rest: readonly string[]; version: boolean; bad?: string } {
  const options: Mutable<ShowOptions> = { json: false, details: false, brief: false, oneline: false, statistics: false, family: 'any' };
  let at = 0;
  let version = false;
  for (; words[at]?.startsWith('-') === true; at++) {
    const option = (words[at] ?? '').replace(/^--/, '-');
    if (option === '-V' || option === '-Version') version = true;
    else if (option === '-j' || option === '-json') options.json = true;
    else if (option === '-d' || option === '-details') options.details = true;
    else if (option === '-br' || option === '-brief') options.brief = true;
    else if (option === '-o' || option === '-oneline') options.oneline = true;
    else if (['-s', '-stats', '-statistics'].includes(option)) options.statistics = true;
    else if (option === '-4') options.family = 'inet';
    else if (option === '-6') options.family = 'inet6';
    else if (option === '-f' || option === '-family') options.family = words[++at] === 'inet6' ? 'inet6' : 'inet';
    else if (!['-p', '-pretty', '-N', '-c', '-color'].includes(option)) return { options, rest: [], version, bad: option };
  }
  return { options, rest: words.slice(at), version };
}

/** Runs `ip` with the words that follow its name. */
export function ip(kernel: Kernel, words: readonly string[], version: string): CommandResult {
  const { options, rest, version: asked, bad } = globalOptions(words);
  if (bad !== undefined) return fail(255, `Option "${bad}" is unknown, try "ip -help".`);
  if (asked) return ok(`ip utility, iproute2-${version}, libbpf 1.1.2\n`);
  const [object, ...args] = rest;
  if (object === undefined) return fail(255, USAGE);
  try {
    if ('link'.startsWith(object)) return ipLink(kernel, args, options);
    if ('address'.startsWith(object)) return ipAddr(kernel, args, options);
    if ('route'.startsWith(object)) return options.family === 'inet6' ? ok() : ipRoute(kernel, args, options);
    if ('tunnel'.startsWith(object)) return ipTunnel(kernel, args);
    if (object === 'fou') return ipFou(kernel, args);
    if (object === 'help') return fail(255, USAGE);
    return fail(1, `Object "${object}" is unknown, try "ip help".`);
  } catch (error) {
    if (error instanceof Usage) return fail(error.exit, error.message);
    throw error;
  }
}
