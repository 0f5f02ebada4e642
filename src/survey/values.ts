/**
 * The table of values that a playbook's `{{name}}` can take for one end of a link.
 */

import type { InnerPair, TunnelState } from '../model/facts.js';
import type { End, Host, Link, OspfOptions } from '../model/inventory.js';
import { timersOf } from '../playbook/compose.js';
import { Values } from '../playbook/values.js';

/** Dotted netmask of an IPv4 prefix length. */
export function netmask(prefix: number): string {
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
}

/** RFC 4271, 10: three keepalives in a hold time. */
const KEEPALIVES = 3;

function ospfValues(ospf: OspfOptions): Record<string, string> {
  const { hello, dead } = timersOf(ospf);
  return { 'ospf.area': ospf.area, 'ospf.cost': String(ospf.cost ?? 'auto'), 'ospf.hello': String(hello), 'ospf.dead': String(dead) };
}

function routingValues(end: End, { ospf, bgp }: Link, host: Host): Record<string, string> {
  return {
    ...(host.routerId === undefined ? {} : { 'router.id': host.routerId }),
    ...(ospf === undefined ? {} : ospfValues(ospf)),
    ...(bgp === undefined || end.asn === undefined ? {} : { 'as.local': String(end.asn.local), 'as.peer': String(end.asn.peer) }),
    ...(bgp?.hold === undefined ? {} : { 'bgp.hold': String(bgp.hold), 'bgp.keepalive': String(Math.floor(bgp.hold / KEEPALIVES)) }),
  };
}

/** Programs that number what they hold, and that others share, have this many places for ours. */
const PLACES = 99;

/** The number of the interface, from 1: `1` of gre0; `0` where there is no place for it. */
function ordinalOf(name: string): string {
  const place = Number(/\d+$/.exec(name)?.[0] ?? PLACES) + 1;
  return String(place <= PLACES ? place : 0);
}

export function endValues(end: End, link: Link, host: Host): Values {
  return new Values({
    link: end.link,
    host: end.host,
    peer: end.peerHost,
    interface: end.interface,
    ordinal: ordinalOf(end.interface),
    'outer.local': end.outer.local,
    'outer.remote': end.outer.remote,
    'inner.local': end.inner.local,
    'inner.peer': end.inner.peer,
    'inner.prefix': String(end.inner.prefix),
    'inner.netmask': netmask(end.inner.prefix),
    ttl: String(link.ttl),
    // What carries the outer packets: IP protocol 47, or UDP.
    carrier: link.encap ?? 'ip',
    subnet: link.subnet,
    ...routingValues(end, link, host),
    ...(host.module === undefined ? {} : { module: host.module }),
  });
}

/** An address without a peer is its own peer, which every system shows again as none. */
function innerValues(inner: InnerPair): Record<string, string> {
  const prefix = inner.prefix ?? 32;
  return {
    'before.inner.local': inner.local,
    'before.inner.peer': inner.peer === '' ? inner.local : inner.peer,
    'before.inner.prefix': String(prefix),
    'before.inner.netmask': netmask(prefix),
  };
}

/** What the survey read, as `{{before.…}}`, so that a step can name what it takes away. */
export function withLive(values: Values, live: TunnelState): Values {
  const inner = live.inner.known ? live.inner.value : null;
  const outer = live.outer.known ? live.outer.value : null;
  const made: Record<string, string> = {};
  for (const [name, setting] of Object.entries(live.settings)) if (setting.known && setting.value !== null) made[`before.${name}`] = setting.value;
  if (live.mtu.known && live.mtu.value !== null) made['before.mtu'] = String(live.mtu.value);
  if (live.ttl.known && live.ttl.value !== null) made['before.ttl'] = live.ttl.value;
  if (inner !== null) Object.assign(made, innerValues(inner));
  if (outer !== null) Object.assign(made, { 'before.outer.local': outer.local, 'before.outer.remote': outer.remote });
  return values.with(made);
}
