/**
 * What a simulated system is to the rest of the twin: files, commands, a network stack, a reboot.
 *
 * In: argument words, one command at a time (never shell). Out: what the real system would have answered.
 */
import type { FileTree } from './files.js';
import type { IpStack } from './stack.js';

/** What one command gave. Text is UTF-8. */
export interface CommandResult {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** How long it would have taken, in milliseconds of simulated time; not waited for in tests. */
  readonly ms?: number;
  /** The kernel died of it: the connection drops, the host comes up again from its boot files. */
  readonly panic?: string;
  /** The host goes down for it and comes up again from its boot files. */
  readonly reboots?: true;
}

export interface SimulatedSystem {
  /** As written in the inventory, for example `NetBSD 1.5.2`. */
  readonly kind: string;
  /** `uname -s`, `-r`, `-m`. */
  readonly uname: { readonly sysname: string; readonly release: string; readonly machine: string };
  readonly files: FileTree;
  readonly stack: IpStack;
  /** Runs one command as root, PATH already searched: words[0] is a name or an absolute path. Unknown: exit 127 as sh says it. */
  exec(words: readonly string[]): CommandResult;
  /** Forgets everything but files, then does what the system does at boot. Returns the console lines. */
  boot(): readonly string[];
  /**
   * As if DHCP gave the first network card another address in place of its first one: on the interface, in the default route and in the boot files of that
   * card at once. Tunnels keep what they have.
   */
  readdress(address: string): void;
  /** Interfaces, addresses, routes, modules, sysctls and files as plain data, to compare before and after. */
  snapshot(): unknown;
}

/** What a test or `rehearse` asks for. */
export interface TwinHostSpec {
  readonly name: string;
  /** System and release, for example `FreeBSD 4.5` or `Debian 12`; then options: `NetBSD 1.5.2 patched`. */
  readonly system: string;
  /** Outer addresses on the first physical interface. */
  readonly addresses: readonly string[];
  /** Behind a gateway: what the internet knows the first address as. */
  readonly outside?: string;
}

/** Where a simulated host listens. */
export interface TwinEndpoint {
  readonly address: '127.0.0.1';
  readonly port: number;
  /** Public key line, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** One family of systems: which specs it serves and what can be named. */
export interface SystemFamily {
  /** Examples for `provision twin list` and error messages; each must be accepted by `make`. */
  readonly kinds: readonly string[];
  /** Undefined if this family does not know the system and release named. */
  readonly make: (spec: TwinHostSpec, stack: IpStack, files: FileTree) => SimulatedSystem | undefined;
}
