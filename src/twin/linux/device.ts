/** What a network device of a simulated Linux is, and how its kernel says no. Types and two texts, shared by the kernel and its routing tables. */
import type { Interface, IpStack } from '../stack.js';

/** Why the kernel refused, as iproute2 prints it. */
export type Refusal = string;

export const EEXIST: Refusal = 'RTNETLINK answers: File exists';
export const EINVAL: Refusal = 'RTNETLINK answers: Invalid argument';

/** Parameters of a gre device. Empty address: any. ttl 0: inherit. */
export interface Gre {
  readonly local: string;
  readonly remote: string;
  readonly ttl: number;
  readonly key?: number;
  /** `encap fou`: UDP ports; source 0 is auto. */
  readonly fou?: { readonly source: number; readonly destination: number };
}

export interface Device {
  readonly index: number;
  readonly name: string;
  readonly type: 'loopback' | 'ether' | 'gre' | 'gretap' | 'erspan';
  readonly mac: string;
  readonly net: Interface;
  multicast: boolean;
  /** noop until it was up once. */
  activated: boolean;
  gre?: Gre;
  /** Link-local address, made when the device came up. */
  inet6?: string;
}

/** What the routing tables need of the kernel. */
export interface Devices {
  readonly devices: readonly Device[];
  readonly stack: IpStack;
  find(name: string): Device | undefined;
}
