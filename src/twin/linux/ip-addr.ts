/**
 * `ip addr` of a simulated Linux.
 *
 * In: words after the object's name. Out: iproute2's texts and exit status (1 wrong words or lookup, 2 the kernel refused).
 */
import type { CommandResult } from '../system.js';
import type { Device } from './device.js';
import { select } from './ip-link.js';
import type { Kernel } from './kernel.js';
import { fail, ok, parsePrefix } from './result.js';
import { type ShowOptions, showAddresses } from './show.js';
import { isOneOf, Usage, Words } from './words.js';

interface AddressWords {
  readonly local: string;
  readonly peer?: string;
  readonly prefix: number;
  readonly explicit: boolean;
  readonly device: Device;
}

function addressWords(kernel: Kernel, words: Words): AddressWords {
  let local = '';
  let peer: string | undefined;
  let prefix = 32;
  let explicit = false;
  let name: string | undefined;
  const take = (word: string): string => {
    const parsed = parsePrefix(word);
    if (parsed === undefined) throw new Usage(`Error: any valid prefix is expected rather than "${word}".`);
    prefix = parsed.length;
    explicit = parsed.explicit;
    return parsed.address;
  };
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (isOneOf(word, 'peer', 'remote')) peer = take(words.value());
    else if (word === 'dev') name = words.value();
    else if (isOneOf(word, 'label', 'scope', 'broadcast', 'brd', 'metric', 'valid_lft', 'preferred_lft')) words.value();
    else {
      const value = word === 'local' ? words.value() : word;
      local = peer === undefined ? take(value) : (parsePrefix(value)?.address ?? take(value));
    }
  }
  if (name === undefined) throw new Usage('Not enough information: "dev" argument is required.', 255);
  const device = kernel.find(name);
  if (device === undefined) throw new Usage(`Cannot find device "${name}"`);
  return { local, prefix, explicit, device, ...(peer === undefined ? {} : { peer }) };
}

const WILDCARD = (a: AddressWords): string =>
  `Warning: Executing wildcard deletion to stay compatible with old scripts.\n         Explicitly specify the prefix length (${a.local}/32) to avoid this warning.\n         This special behaviour is likely to disappear in further releases,\n         fix your scripts!\n`;

function flush(kernel: Kernel, words: Words): CommandResult {
  if (words.peek() === undefined) return fail(255, 'Flush requires arguments.');
  for (const d of select(kernel, words).devices) for (const a of [...d.net.addresses]) kernel.removeAddress(d, a.local, a.peer, a.prefix);
  return ok();
}

/** `ip addr …` */
export function ipAddr(kernel: Kernel, rest: readonly string[], options: ShowOptions): CommandResult {
  const [verb = 'show', ...args] = rest;
  const words = new Words(args);
  if (isOneOf(verb, 'show', 'list', 'ls', 'lst', 'sh')) return ok(showAddresses(select(kernel, words).devices, options));
  if (isOneOf(verb, 'flush', 'f')) return flush(kernel, words);
  if (isOneOf(verb, 'add', 'a', 'replace', 'change', 'chg')) {
    const a = addressWords(kernel, words);
    const refusal = kernel.addAddress(a.device, a.local, a.peer, a.prefix);
    return refusal === undefined || !isOneOf(verb, 'add', 'a') ? ok() : fail(2, refusal);
  }
  if (isOneOf(verb, 'del', 'delete', 'd')) {
    const a = addressWords(kernel, words);
    const refusal = kernel.removeAddress(a.device, a.local, a.peer, a.explicit ? a.prefix : undefined);
    if (refusal !== undefined) return fail(2, refusal);
    return a.explicit || a.peer !== undefined ? ok() : ok('', WILDCARD(a));
  }
  return fail(255, `Command "${verb}" is unknown, try "ip address help".`);
}
