/** What the parts of a simulated Linux share: the kind of host, its kernel, files and settings, and a way to run a command. */
import type { FileTree } from '../files.js';
import type { CommandResult, TwinHostSpec } from '../system.js';
import type { Kernel } from './kernel.js';
import type { Driver } from './modules.js';
import type { Netfilter } from './netfilter/netfilter.js';
import type { Sysctls } from './sysctl.js';

/** Who sets the network up: exactly one on each host. */
export type Manager = 'ifupdown' | 'networkd' | 'NetworkManager' | 'netplan';

export interface Kind {
  readonly id: 'debian' | 'ubuntu';
  readonly manager: Manager;
  /** `uname -r`. */
  readonly release: string;
  readonly iproute: string;
  readonly driver: Driver;
  /** The module is loaded at boot by /etc/modules-load.d. */
  readonly loaded: boolean;
  /** Name of the first network card. */
  readonly nic: string;
  /** Names of the other cards: down and without address until somebody says otherwise. */
  readonly moreCards: readonly string[];
  /** iptables is installed; nft is everywhere. */
  readonly iptables: boolean;
  /** FRR 8.4 is installed and runs, with ospfd and bgpd. */
  readonly frr: boolean;
  /** BIRD 2.0.12 is installed and runs. */
  readonly bird: boolean;
}

/** A service that systemctl starts and stops. */
export interface Service {
  readonly running: boolean;
  start(): void;
  stop(): void;
}

export interface Machine {
  readonly kind: Kind;
  readonly spec: TwinHostSpec;
  readonly kernel: Kernel;
  readonly files: FileTree;
  readonly sysctls: Sysctls;
  readonly netfilter: Netfilter;
  /** Runs one command as root. */
  run(words: readonly string[]): CommandResult;
  /** The routing daemons, where they are installed. */
  readonly frr?: Service;
  readonly bird?: Service;
}

/** A line as a service writes it to the console. Empty text gives none. */
export const said = (service: string, text: string): string[] =>
  text
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => `${service}: ${l}`);
