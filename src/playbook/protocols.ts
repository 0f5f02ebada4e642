/** Routing protocols that a link may ask for. */
export const PROTOCOLS = ['ospf', 'bgp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Values that are there only where a link has the protocol. */
export const VALUES_OF: Readonly<Record<Protocol, readonly string[]>> = {
  ospf: ['ospf.area', 'ospf.cost', 'ospf.hello', 'ospf.dead'],
  bgp: ['as.local', 'as.peer', 'bgp.hold', 'bgp.keepalive'],
};
