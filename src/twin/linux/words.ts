/** How the simulated `ip` reads its words: a cursor, wrong words, and the parameters of a gre tunnel. In: words. Out: values, or Usage with iproute2's text. */
import { toNumber } from '../interface.js';
import type { Gre } from './device.js';
import type { Kernel } from './kernel.js';
import { isAddress } from './result.js';

/** A wrong word: thrown by the parsers here, caught by `ip`. */
export class Usage extends Error {
  constructor(
    message: string,
    readonly exit = 1,
  ) {
    super(message);
  }
}

/** Whether the word is one of these. */
export const isOneOf = (word: string | undefined, ...names: string[]): boolean => word !== undefined && names.includes(word);

/** A cursor over words. */
export class Words {
  private at = 0;
  constructor(private readonly all: readonly string[]) {}
  next(): string | undefined {
    return this.all[this.at++];
  }
  peek(): string | undefined {
    return this.all[this.at];
  }
  /** The value of an option; iproute2's words if it is missing. */
  value(): string {
    const word = this.next();
    if (word === undefined) throw new Usage('Command line is not complete. Try option "help"');
    return word;
  }
}

function address(word: string): string {
  if (word === 'any' || word === '0.0.0.0') return '';
  if (!isAddress(word)) throw new Usage(`Error: inet address is expected rather than "${word}".`);
  return word;
}

function ttl(word: string): number {
  if (word === 'inherit') return 0;
  if (!/^\d+$/.test(word) || Number(word) > 255) throw new Usage(`Error: argument "${word}" is wrong: invalid TTL`, 255);
  return Number(word);
}

function key(word: string): number {
  if (isAddress(word)) return toNumber(word);
  if (!/^\d+$/.test(word) || Number(word) > 0xffffffff) throw new Usage(`invalid value for "key": "${word}"; it should be an unsigned integer`, 255);
  return Number(word);
}

const ports = (gre: Gre): NonNullable<Gre['fou']> => gre.fou ?? { source: 0, destination: 0 };

function encapsulated(gre: Gre, word: string): Gre {
  const { fou: _, ...plain } = gre;
  if (word === 'none') return plain;
  if (word !== 'fou') throw new Usage(`Error: argument "${word}" is wrong: Invalid encap type.`, 255);
  return { ...gre, fou: ports(gre) };
}

/** Ports count only beside `encap fou`. */
function withPort(gre: Gre, word: string, value: string): Gre {
  if (gre.fou === undefined) return gre;
  const port = value === 'auto' && word === 'encap-sport' ? 0 : Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Usage(`Error: argument "${value}" is wrong: Invalid ${word.endsWith('sport') ? 'source' : 'destination'} port.`, 255);
  return { ...gre, fou: { ...ports(gre), [word === 'encap-sport' ? 'source' : 'destination']: port } };
}

/** Reads gre parameters over those that stand: what is not named stays. */
export function greOptions(words: Words, before: Gre): Gre {
  let gre = before;
  let nopmtudisc = false;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'local') gre = { ...gre, local: address(words.value()) };
    else if (word === 'remote') gre = { ...gre, remote: address(words.value()) };
    else if (isOneOf(word, 'ttl', 'hoplimit')) gre = { ...gre, ttl: ttl(words.value()) };
    else if (word === 'key') gre = { ...gre, key: key(words.value()) };
    else if (word === 'nokey') gre = { local: gre.local, remote: gre.remote, ttl: gre.ttl };
    else if (word === 'nopmtudisc') nopmtudisc = true;
    else if (word === 'encap') gre = encapsulated(gre, words.value());
    else if (word === 'encap-sport' || word === 'encap-dport') gre = withPort(gre, word, words.value());
    else if (isOneOf(word, 'tos', 'dev')) words.value();
    else if (!isOneOf(word, 'pmtudisc', 'icsum', 'ocsum')) throw new Usage(`gre: unknown command "${word}"?`, 255);
  }
  if (gre.ttl !== 0 && nopmtudisc) throw new Usage('ttl != 0 and nopmtudisc are incompatible');
  return gre;
}

/** Parameters of a tunnel for which nothing was said. */
export const NO_GRE: Gre = { local: '', remote: '', ttl: 0 };
/** The name that the kernel gives a device created without one. */
export function freeName(kernel: Kernel): string {
  for (let n = kernel.modules.greReady ? 0 : 1; ; n++) if (kernel.find(`gre${n}`) === undefined) return `gre${n}`;
}
