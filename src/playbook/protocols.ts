/** Routing protocols that a link may ask for. */
export const PROTOCOLS = ['ospf', 'bgp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];
