/**
 * `ip fou` of a simulated Linux: UDP ports on which the kernel receives GRE (RFC 8086).
 *
 * In: words after the object's name. Out: what iproute2 6.1.0 says. Sources: ip/ipfou.c, net/ipv4/fou_core.c; without the module as seen on a kernel without it.
 */
import type { CommandResult } from '../system.js';
import type { Kernel } from './kernel.js';
import { fail, ok } from './result.js';
import { Usage, Words } from './words.js';

const GRE = '47';

/** The port that the words name; iproute2's words where they name none, or another protocol than GRE. */
function portOf(words: Words, adding: boolean): number {
  let port: number | undefined;
  let protocol: string | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'port') {
      const value = words.value();
      port = Number(value);
      if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Usage(`Error: argument "${value}" is wrong: invalid port`, 255);
    } else if (word === 'ipproto') {
      protocol = words.value();
      if (protocol !== GRE && protocol !== 'gre') throw new Usage('ip fou: this host simulates GRE in UDP only', 255);
    } else throw new Usage(`fou: unknown command "${word}"?`, 255);
  }
  if (port === undefined) throw new Usage('fou: missing port', 255);
  if (adding && protocol === undefined) throw new Usage('fou: must set ipproto or gue', 255);
  return port;
}

export function ipFou(kernel: Kernel, rest: readonly string[]): CommandResult {
  const [verb = '', ...args] = rest;
  // The family of generic netlink is asked for first.
  if (!kernel.modules.fouReady) return fail(1, 'RTNETLINK answers: No such file or directory\nError talking to the kernel');
  if (verb === 'show' || verb === 'list') return ok([...kernel.fouPorts].map((port) => `port ${port} ipproto ${GRE}\n`).join(''));
  if (verb === 'add') {
    const port = portOf(new Words(args), true);
    if (kernel.fouPorts.has(port)) return fail(2, 'RTNETLINK answers: Address already in use');
    kernel.fouPorts.add(port);
    return ok();
  }
  if (verb === 'del' || verb === 'delete')
    return kernel.fouPorts.delete(portOf(new Words(args), false)) ? ok() : fail(2, 'RTNETLINK answers: Invalid argument');
  return fail(255, `Command "${verb}" is unknown, try "ip fou help".`);
}
