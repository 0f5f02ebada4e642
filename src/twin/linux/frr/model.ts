/** The configuration of a simulated FRR: what its lines say. */

export interface OspfInterface {
  area?: string;
  network?: string;
  cost?: number;
  hello?: number;
  dead?: number;
  mtuIgnore?: boolean;
  passive?: boolean;
}

export interface BgpNeighbour {
  remoteAs?: number;
  /** Further words behind `neighbor A`. */
  more: string[];
}

export interface Bgp {
  readonly as: number;
  routerId?: string;
  readonly neighbours: Map<string, BgpNeighbour>;
  networks: string[];
  more: string[];
}

export interface Config {
  hostname: string;
  interfaces: Map<string, OspfInterface>;
  ospf?: { routerId?: string; networks: { net: string; area: string }[]; more: string[] };
  bgp?: Bgp;
  /** Lines of the top that do nothing here. */
  more: string[];
}

export const emptyConfig = (hostname: string): Config => ({
  hostname,
  interfaces: new Map(),
  more: [],
});
