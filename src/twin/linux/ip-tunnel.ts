/**
 * `ip tunnel` of a simulated Linux: the older way to make tunnels, whose messages name the base device gre0.
 *
 * In: words after the object's name. Out: iproute2's texts; every refusal exits 1.
 */
import type { CommandResult } from '../system.js';
import { type Device, EEXIST, type Gre, type Refusal } from './device.js';
import type { Kernel } from './kernel.js';
import { fail, ok } from './result.js';
import { freeName, greOptions, isOneOf, NO_GRE, Words } from './words.js';

function tunnelLine(d: Device, gre: Gre): string {
  const any = (a: string): string => (a === '' ? 'any' : a);
  const keyText = gre.key === undefined ? '' : ` key ${gre.key}`;
  const pmtu = d.name === 'gre0' ? ' nopmtudisc' : '';
  return `${d.name}: gre/ip remote ${any(gre.remote)} local ${any(gre.local)} ttl ${gre.ttl === 0 ? 'inherit' : gre.ttl}${pmtu}${keyText}\n`;
}

function tunnelWords(args: readonly string[], name: string | undefined): { name?: string; mode?: string; rest: string[] } {
  const rest: string[] = [];
  let mode: string | undefined;
  const words = new Words(args);
  let found = name;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'mode') mode = words.value();
    else if (word === 'name') found = words.value();
    else if (isOneOf(word, 'local', 'remote', 'ttl', 'hoplimit', 'key', 'tos', 'dev')) rest.push(word, words.value());
    else if (isOneOf(word, 'pmtudisc', 'nopmtudisc', 'nokey')) rest.push(word);
    else found = word;
  }
  return { rest, ...(found === undefined ? {} : { name: found }), ...(mode === undefined ? {} : { mode }) };
}

const plain = (refusal: Refusal): string => (refusal === EEXIST ? 'File exists' : refusal.replace(/^RTNETLINK answers: |^Error: /, ''));

/** `ip tunnel …`: the older way, whose messages name the base device. */
export function ipTunnel(kernel: Kernel, rest: readonly string[]): CommandResult {
  const [verb = 'show', ...args] = rest;
  const { name, mode, rest: parameters } = tunnelWords(args, undefined);
  const target = name === undefined ? undefined : kernel.find(name);
  if (isOneOf(verb, 'show', 'list', 'ls', 'lst')) {
    const listed = kernel.devices.filter((d) => name === undefined || d.name === name);
    return ok(listed.map((d) => (d.gre === undefined ? '' : tunnelLine(d, d.gre))).join(''));
  }
  if (isOneOf(verb, 'add', 'a')) {
    if (mode === undefined) return fail(255, 'cannot determine tunnel mode (ipip, gre, vti or sit)');
    if (mode !== 'gre') return fail(1, `add tunnel "${mode === 'ipip' ? 'tunl0' : 'sit0'}" failed: No such device`);
    const gre = greOptions(new Words(parameters), NO_GRE);
    if (!kernel.loadGre()) return fail(1, 'add tunnel "gre0" failed: No such device');
    const refusal = kernel.addGre(name ?? freeName(kernel), gre);
    return refusal === undefined ? ok() : fail(1, `add tunnel "gre0" failed: ${plain(refusal)}`);
  }
  if (isOneOf(verb, 'change', 'chg')) {
    if (target?.gre === undefined) return fail(1, `get tunnel "${name ?? ''}" failed: No such device`);
    const refusal = kernel.changeGre(target, greOptions(new Words(parameters), target.gre));
    return refusal === undefined ? ok() : fail(1, `change tunnel "gre0" failed: ${plain(refusal)}`);
  }
  if (isOneOf(verb, 'del', 'delete')) {
    if (target?.gre === undefined) return fail(1, `delete tunnel "${name ?? ''}" failed: No such device`);
    if (name === 'gre0') return fail(1, 'delete tunnel "gre0" failed: Operation not permitted');
    kernel.remove(target);
    return ok();
  }
  return fail(255, `Command "${verb}" is unknown, try "ip tunnel help".`);
}
