/**
 * What tells one NetBSD release from another, as far as gre(4) tunnels go. Each row cites os-facts sections 3, 4, 16 and the transcripts.
 *
 * In: the words behind `twin:` (`NetBSD 1.5.2 patched`). Out: traits, or undefined for a release that is not simulated.
 */

export interface Release {
  readonly release: string;
  /** Driver before June 2002: outer pair by greconfig, `ifconfig inet` overwrites it. */
  readonly greconfig: boolean;
  /** `ifconfig greN create` works. */
  readonly cloning: boolean;
  /** ifconfig has -C. */
  readonly listsCloners: boolean;
  /** The driver opens sockets in the kernel (5.0 and later): live re-pointing breaks it, sources must be local. */
  readonly sockets: boolean;
  /** gre is in the kernel (or autoloaded) at all. */
  readonly gre: boolean;
  /** Smallest and largest MTU that the driver takes; what it starts with is `mtu`. */
  readonly mtu: number;
  readonly mtuMax: number;
  /** Outer TTL: copied from the inner packet, net.inet.ip.grettl, or 255 (raw socket). */
  readonly ttl: 'inherit' | 'grettl' | 255;
  /** `flags=0x8011` (6 and later) or `flags=8011`. */
  readonly flagsPrefix: string;
  /** How the inner line looks: 1.x `A --> B netmask 0x.. `, 2 to 7 `A -> B netmask 0x..`, 8 and later `A/30 -> B flags 0x0`. */
  readonly inner: 'old' | 'hex' | 'cidr';
  /** Errors name functions of ifconfig (5 and later) instead of ioctls. */
  readonly modernErrors: boolean;
  /** The kernel makes host routes for its own addresses (7 and later). */
  readonly localRoutes: boolean;
  /** Transcript 2c: tunnel, then inet without up, takes softnet_lock twice. */
  readonly lockPanic: boolean;
  /** Transcripts 6, 6b, 6c, 6e: an inet address set again over a local route on gre. */
  readonly addressPanic: boolean;
  /** Lines `!command` in /etc/ifconfig.greN. */
  readonly bangLines: boolean;
  /** rc.d/network makes cloners itself and skips a `create` line. */
  readonly rcCreates: boolean;
  readonly modules: boolean;
  readonly physical: string;
  readonly loopbackMtu: number;
  /** The snapshot of the transcripts, with the names of its rig. */
  readonly rump: boolean;
}

const OLD: Release = {
  release: '1.5.2',
  greconfig: true,
  cloning: false,
  listsCloners: true,
  sockets: false,
  gre: true,
  mtu: 1450,
  mtuMax: 1450,
  ttl: 'inherit',
  flagsPrefix: '',
  inner: 'old',
  modernErrors: false,
  localRoutes: false,
  lockPanic: false,
  addressPanic: false,
  bangLines: false,
  rcCreates: false,
  modules: false,
  physical: 'ne0',
  loopbackMtu: 33220,
  rump: false,
};

const CLONING: Release = {
  ...OLD,
  release: '2.0',
  greconfig: false,
  cloning: true,
  mtu: 1476,
  mtuMax: Number.POSITIVE_INFINITY,
  ttl: 'grettl',
  inner: 'hex',
  bangLines: true,
  rcCreates: true,
  physical: 'wm0',
  loopbackMtu: 33192,
};

const SOCKETS: Release = { ...CLONING, release: '5.2', sockets: true, ttl: 255, modernErrors: true, lockPanic: true };
const MODERN: Release = { ...SOCKETS, release: '7.2', flagsPrefix: '0x', localRoutes: true, addressPanic: true, modules: true, loopbackMtu: 33624 };

const RELEASES: readonly Release[] = [
  { ...OLD, release: '1.4.1', listsCloners: false },
  OLD,
  // 16.2: the early cloning driver starts at 1450; the TTL fix (Feb 2002, 1.5ZA) came before 1.6.
  { ...OLD, release: '1.6.2', cloning: true, ttl: 'grettl', bangLines: true },
  CLONING,
  { ...CLONING, release: '3.1' },
  SOCKETS,
  MODERN,
  { ...MODERN, release: '7.99.34', physical: 'shmif0', rump: true },
  { ...MODERN, release: '8.2', inner: 'cidr' },
  { ...MODERN, release: '9.3', inner: 'cidr' },
  { ...MODERN, release: '10.0', inner: 'cidr', lockPanic: false, addressPanic: false },
];

/** Every kind that can be written behind `twin:`. */
export const KINDS: readonly string[] = [...RELEASES.map((r) => `NetBSD ${r.release}`), 'NetBSD 1.5.2 patched', 'NetBSD 1.5.2 nogre'];

/** @param text - For example `NetBSD 1.5.2 patched`. */
export function releaseOf(text: string): Release | undefined {
  const [system, number, ...options] = text.trim().split(/\s+/);
  const found = system === 'NetBSD' ? RELEASES.find((r) => r.release === number) : undefined;
  if (found === undefined || options.some((o) => o !== 'patched' && o !== 'nogre' && !(o === 'k2' && found.rump))) return undefined;
  // The guide's patch raises GREMTU and, from February 2002, brings grettl; only the old driver can have it.
  if (options.includes('patched') && !found.greconfig) return undefined;
  return {
    ...found,
    ...(options.includes('patched') ? { mtu: 1476, mtuMax: 1476, ttl: 'grettl' as const } : {}),
    // K2 of the transcripts: the same kernel with the lock let go where it would die.
    ...(options.includes('k2') ? { lockPanic: false } : {}),
    ...(options.includes('nogre') ? { gre: false } : {}),
  };
}
