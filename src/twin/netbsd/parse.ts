/**
 * Reads the words behind `ifconfig INTERFACE` into operations, in the order in which ifconfig applies them.
 *
 * In: words. Out: operations, or the word that does not parse (then nothing of the line is applied and the whole usage text comes), or an
 * error of ifconfig's own. Sources: netbsd-transcripts 2f, 4, 5, 5a, 6.
 */
import { toNumber } from '../interface.js';
import type { Release } from './releases.js';
import { maskOf, type OuterPair } from './state.js';

export type Operation =
  | { readonly do: 'create' | 'destroy' | 'up' | 'down' | 'deletetunnel' | 'debug' | '-debug' | 'arp' | '-arp' | 'peer' | 'broadcast' }
  | { readonly do: 'tunnel'; readonly pair: OuterPair }
  | { readonly do: 'mtu' | 'metric'; readonly value: number }
  | { readonly do: 'link'; readonly n: 0 | 1 | 2; readonly on: boolean };

export interface AddressWords {
  readonly local?: string;
  readonly peer?: string;
  readonly mask?: number;
  readonly mode: 'set' | 'alias' | 'delete';
}

export type Parsed =
  | { readonly wrong: string }
  | { readonly error: string }
  | { readonly operations: readonly Operation[]; readonly address?: AddressWords; readonly family?: 'inet' | 'inet6' };

/** inet_aton: one to four numbers, the last one fills what is left (203.0.113 is 203.0.0.113). */
export function parseInet(text: string): string | undefined {
  if (!/^(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}$/i.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  const last = parts.pop() ?? 0;
  if (parts.some((p) => p > 255) || last >= 256 ** (4 - parts.length)) return undefined;
  const rest = Array.from({ length: 4 - parts.length }, (_, i) => Math.floor(last / 256 ** (3 - parts.length - i)) % 256);
  return [...parts, ...rest].join('.');
}

const isInet6 = (text: string): boolean => /^[0-9a-f]*:[0-9a-f:]+$/i.test(text);

interface Reading {
  readonly words: readonly string[];
  at: number;
  operations: Operation[];
  family?: 'inet' | 'inet6';
  local?: string;
  peer?: string;
  mask?: number;
  mode: AddressWords['mode'];
  tunnelled: boolean;
  /** The word before was the near address, so the next address is the far one. */
  wantsPeer: boolean;
}

class Wrong extends Error {}
class Refused extends Error {}

function number(reading: Reading): number {
  const word = reading.words[++reading.at];
  if (word === undefined || !/^-?\d+$/.test(word)) throw new Wrong(word ?? '');
  return Number(word);
}

function tunnel(reading: Reading): void {
  const [first = '', second = ''] = reading.words.slice(reading.at + 1, reading.at + 3);
  const [src = '', srcPort] = first.split(',');
  const [dst = '', dstPort] = second.split(',');
  reading.at += 2;
  const [a, b] = [parseInet(src), parseInet(dst)];
  reading.tunnelled = true;
  if (a !== undefined && b !== undefined && reading.family !== 'inet6') {
    const ports = { ...(srcPort === undefined ? {} : { srcPort }), ...(dstPort === undefined ? {} : { dstPort }) };
    reading.operations.push({ do: 'tunnel', pair: { family: 'inet', src: a, dst: b, ...ports } });
  } else if (isInet6(src) && isInet6(dst) && reading.family !== 'inet') {
    reading.operations.push({ do: 'tunnel', pair: { family: 'inet6', src, dst } });
  } else if ((a !== undefined && isInet6(dst)) || (isInet6(src) && b !== undefined)) {
    throw new Refused('source and destination address families do not match');
  } else throw new Wrong(a === undefined && !isInet6(src) ? first : second);
}

function netmask(reading: Reading): void {
  const word = reading.words[++reading.at] ?? '';
  const mask = parseInet(word);
  if (mask === undefined) throw new Wrong(word);
  reading.mask = toNumber(mask);
}

function address(reading: Reading, word: string): void {
  const [text = '', bits] = word.split('/');
  const parsed = parseInet(text);
  if (parsed === undefined || (bits !== undefined && !/^\d+$/.test(bits))) throw new Wrong(word);
  if (reading.local === undefined) {
    if (bits !== undefined && Number(bits) > 32) throw new Refused(`paddr_match: prefixlen_to_mask(2, ${bits}): Invalid argument`);
    reading.local = parsed;
    reading.wantsPeer = true;
    if (bits !== undefined) reading.mask = maskOf(Number(bits));
  } else if (reading.wantsPeer && bits === undefined) {
    reading.peer = parsed;
    reading.wantsPeer = false;
    reading.operations.push({ do: 'peer' });
  } else if (reading.peer === undefined) reading.operations.push({ do: 'broadcast' });
  else throw new Wrong(word);
}

function word(reading: Reading, text: string, release: Release): void {
  const link = /^(-?)link([012])$/.exec(text);
  if (text === 'inet' || text === 'inet6') {
    if (reading.tunnelled || reading.local !== undefined) throw new Wrong(text);
    reading.family = text;
  } else if (text === 'create' || text === 'destroy') {
    if (reading.at !== 0 || !release.cloning || (text === 'destroy' && reading.words.length > 1)) throw new Wrong(text);
    reading.operations.push({ do: text });
  } else if (text === 'tunnel' && !release.greconfig) tunnel(reading);
  else if (text === 'deletetunnel' && !release.greconfig) reading.operations.push({ do: text });
  else if (['up', 'down', 'debug', '-debug', 'arp', '-arp'].includes(text)) reading.operations.push({ do: text as 'up' });
  else if (link !== null) reading.operations.push({ do: 'link', n: Number(link[2]) as 0, on: link[1] === '' });
  else if (text === 'mtu' || text === 'metric') reading.operations.push({ do: text, value: number(reading) });
  else if (text === 'netmask') netmask(reading);
  else if (text === 'prefixlen') {
    const bits = number(reading);
    if (bits > 32 || bits < 0) throw new Refused('prefixlen_to_mask: Invalid argument');
    reading.mask = maskOf(bits);
  } else if (text === 'alias') reading.mode = 'alias';
  else if (text === '-alias' || text === 'delete') reading.mode = 'delete';
  else address(reading, text);
  if (/^[a-z-]/.test(text)) reading.wantsPeer = false;
}

/** @param words - What stands behind the interface's name; at least one word. */
export function parseWords(words: readonly string[], release: Release): Parsed {
  const reading: Reading = { words, at: 0, operations: [], mode: 'set', tunnelled: false, wantsPeer: false };
  try {
    for (; reading.at < words.length; reading.at += 1) word(reading, words[reading.at] ?? '', release);
  } catch (error) {
    if (error instanceof Wrong) return { wrong: error.message };
    if (error instanceof Refused) return { error: error.message };
    throw error;
  }
  const { local, peer, mask, mode } = reading;
  const wanted = local !== undefined || mode === 'delete';
  return {
    operations: reading.operations,
    ...(reading.family === undefined ? {} : { family: reading.family }),
    ...(wanted
      ? {
          address: {
            mode,
            ...(local === undefined ? {} : { local }),
            ...(peer === undefined ? {} : { peer }),
            ...(mask === undefined ? {} : { mask }),
          },
        }
      : {}),
  };
}
