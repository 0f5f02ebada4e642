/** greconfig(8) of NetBSD up to 1.6.2: the outer pair of a gre. Failed ioctls exit 0 (os-facts 3.2, 3.3). */
import { failed, ok } from '../common.js';
import type { CommandResult } from '../system.js';
import { setOldPair } from './gre.js';
import { parseInet } from './parse.js';
import type { NetBsdState } from './state.js';

const USAGE = 'greconfig -i unit [-d dst] [-s src] [-p proto] [-v]\nunit is gre<n>, proto either 47 or 55\n';
const ZERO = '0.0.0.0';

interface Options {
  unit?: string;
  src?: string;
  dst?: string;
  proto?: number;
  verbose: boolean;
}

function read(args: readonly string[]): Options | undefined {
  const options: Options = { verbose: false };
  for (let i = 0; i < args.length; i += 1) {
    const flag = args[i];
    if (flag === '-v') options.verbose = true;
    else if (flag === '-i') options.unit = args[++i] ?? '';
    else if (flag === '-s') options.src = args[++i] ?? '';
    else if (flag === '-d') options.dst = args[++i] ?? '';
    else if (flag === '-p') options.proto = Number(args[++i]);
    else return undefined;
  }
  return options;
}

/** Without -s, -d and -p the present values are printed. */
export function greconfig(state: NetBsdState, args: readonly string[]): CommandResult {
  const options = read(args);
  if (options === undefined) return failed(1, USAGE);
  const { unit, src, dst, proto, verbose } = options;
  if (unit === undefined) return failed(2, USAGE);
  if (!unit.startsWith('gre')) return failed(3, USAGE);
  if (proto !== undefined && proto !== 47 && proto !== 55) return failed(4, USAGE);
  const names = [src, dst].filter((n) => n !== undefined);
  // The lookup's result is not checked: a name that does not resolve is a null pointer.
  if (names.some((n) => parseInet(n) === undefined)) return failed(139, 'Segmentation fault\n');
  const item = state.find(unit);
  const show = src === undefined && dst === undefined && proto === undefined;
  if (item === undefined) {
    const calls = show ? ['GREGADDRS', 'GREGADDRD', 'GREGPROTO'] : [src && 'GRESADDRS', dst && 'GRESADDRD', proto && 'GRESPROTO'].filter(Boolean);
    return failed(0, calls.map((c) => `${c}: Device not configured\n`).join(''));
  }
  if (show) return ok(`${item.outer?.src ?? ZERO} -> ${item.outer?.dst ?? ZERO}, running IP-Proto ${item.proto}\n`);
  let stdout = '';
  if (src !== undefined && verbose) stdout += `Setting source address to ${src}...\n`;
  if (dst !== undefined && verbose) stdout += `Setting destination address to ${dst}...\n`;
  setOldPair(state, item, parseInet(src ?? '') ?? item.outer?.src ?? ZERO, parseInet(dst ?? '') ?? item.outer?.dst ?? ZERO);
  if (proto !== undefined) {
    item.proto = proto;
    item.link[0] = proto === 47;
  }
  return ok(stdout);
}
