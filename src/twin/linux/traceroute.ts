/** Debian's `traceroute` of a simulated Linux. In: words. Out: one line for each hop, stars for those that stay silent. */
import type { EchoResult } from '../packet.js';
import type { CommandResult } from '../system.js';
import type { Kernel } from './kernel.js';
import { fail, isAddress } from './result.js';

/** `traceroute` with the words that follow its name: -n, -m MAX, -q QUERIES, -w WAIT and a host. */
export function traceroute(kernel: Kernel, words: readonly string[]): CommandResult {
  let [max, queries, wait] = [30, 3, 5];
  let host: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (/^-[mqwfpsi]$/.test(word)) {
      const said = words[++at] ?? '';
      const value = Number(said);
      if (/^-[mqw]$/.test(word) && !/^\d{1,5}$/.test(said)) return fail(2, `Cannot handle "${word}" option with arg \`${said}' (argc ${at + 1})`);
      if (word === '-m') max = value;
      if (word === '-q') queries = value;
      if (word === '-w') wait = value;
    } else if (!word.startsWith('-')) host ??= word;
  }
  if (host === undefined) return fail(2, 'Usage:\n  traceroute [ -46dFITnreAUDV ] host [ packetlen ]');
  if (!isAddress(host))
    return fail(2, `${host}: Name or service not known\nCannot handle "host" cmdline arg \`${host}' on position 1 (argc ${words.length})`);
  if (kernel.routes.lookup(host) === undefined) return fail(1, 'connect: Network is unreachable');
  const out = [`traceroute to ${host} (${host}), ${max} hops max, 60 byte packets`];
  let ms = 0;
  for (let hop = 1; hop <= max; hop++) {
    const src = kernel.routes.source(host);
    const echo: EchoResult = kernel.stack.echo(host, { bytes: 60, ttl: hop, ...(src === undefined ? {} : { src }) });
    const at: string | undefined = echo.replyTtl !== undefined ? host : echo.icmp?.from;
    const times = Array.from({ length: queries }, () => `${((echo.rttMs * hop) / 4).toFixed(3)} ms`).join('  ');
    out.push(at === undefined ? `${String(hop).padStart(2)}  ${Array(queries).fill('*').join(' ')}` : `${String(hop).padStart(2)}  ${at}  ${times}`);
    ms += at === undefined ? wait * queries * 1000 : echo.rttMs;
    if (at === host) break;
  }
  return { exit: 0, stdout: `${out.join('\n')}\n`, stderr: '', ms };
}
