/** What the kernel of a simulated Linux does with packets beside routing them: netfilter, reverse path filter, what it learns of the path MTU. */
import type { Machine } from './machine.js';

/**
 * fib_validate_source (net/ipv4/fib_frontend.c): a source of one's own is never taken; 1, strict: the way back must leave by the interface that the packet came by;
 * 2, loose: there must be a way back. The larger value of `all` and the interface counts.
 */
function reversePath(m: Machine, src: string, on: string): boolean {
  if (m.kernel.stack.hasAddress(src)) return false;
  const value = (name: string): number => Number(m.sysctls.get(`net.ipv4.conf.${name}.rp_filter`) ?? '0');
  const mode = Math.max(value('all'), value(on));
  if (mode === 0) return true;
  const back = m.kernel.routes.lookup(src);
  return back !== undefined && (mode === 2 || back.interface === on);
}

/** Puts the rules into the host's stack, once. */
export function watchNetwork(m: Machine): void {
  const { stack } = m.kernel;
  stack.filters = [m.netfilter];
  stack.reversePath = (src, on) => reversePath(m, src, on);
  stack.learned = new Map();
}
