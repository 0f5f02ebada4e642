/**
 * The table of values that a playbook's `{{name}}` can take for one end of a link.
 */

import type { TunnelState } from '../model/facts.js';
import type { End, Host, Link } from '../model/inventory.js';
import type { Values } from '../playbook/template.js';

/** Dotted netmask of an IPv4 prefix length. */
export function netmask(prefix: number): string {
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
}

export function endValues(end: End, link: Link, host: Host): Record<string, string> {
  return {
    link: end.link,
    host: end.host,
    peer: end.peerHost,
    interface: end.interface,
    'outer.local': end.outer.local,
    'outer.remote': end.outer.remote,
    'inner.local': end.inner.local,
    'inner.peer': end.inner.peer,
    'inner.prefix': String(end.inner.prefix),
    'inner.netmask': netmask(end.inner.prefix),
    ttl: String(link.ttl),
    ...(host.module === undefined ? {} : { module: host.module }),
  };
}

/** What the survey read, as `{{before.…}}`, so that a step can name what it takes away. */
export function withLive(values: Values, live: TunnelState): Values {
  const inner = live.inner.known ? live.inner.value : null;
  const outer = live.outer.known ? live.outer.value : null;
  return {
    ...values,
    ...(inner === null
      ? {}
      : { 'before.inner.local': inner.local, 'before.inner.peer': inner.peer, 'before.inner.prefix': String(inner.prefix ?? 32) }),
    ...(outer === null ? {} : { 'before.outer.local': outer.local, 'before.outer.remote': outer.remote }),
  };
}
