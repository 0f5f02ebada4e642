/** What the golden plans are recorded from: two simulated systems, what was done to them before, and what is then wanted. */
export interface Scenario {
  readonly left: string;
  readonly right: string;
  /** Lines of the link in the inventory. */
  readonly link?: string;
  /** The tunnel stands as the inventory says before `drift`. */
  readonly linked?: boolean;
  readonly drift?: readonly (readonly [host: 'left' | 'right', ...words: string[]])[];
  /** Replaces text of the inventory after the tunnel was made. */
  readonly change?: readonly [from: string, to: string];
  readonly goal?: 'unlink';
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'netbsd-1.5.2-freebsd-4.5': { left: 'NetBSD 1.5.2', right: 'FreeBSD 4.5' },
  'freebsd-13-linux': { left: 'FreeBSD 13.2', right: 'Debian 12' },
  'netbsd-9-openbsd-7.5': { left: 'NetBSD 9.3', right: 'OpenBSD 7.5' },
  'openbsd-3.0-freebsd-4.5': { left: 'OpenBSD 3.0', right: 'FreeBSD 4.5' },
  'linux-linux-linked': { left: 'Debian 12', right: 'Debian 12', linked: true },
  'drift-mtu': { left: 'FreeBSD 13.2', right: 'Debian 12', linked: true, drift: [['left', 'ifconfig', 'gre1', 'mtu', '1400']] },
  'drift-down': { left: 'Debian 12', right: 'FreeBSD 13.2', linked: true, drift: [['left', 'ip', 'link', 'set', 'dev', 'gre1', 'down']] },
  'drift-outer-greconfig': {
    left: 'NetBSD 1.5.2',
    right: 'FreeBSD 4.5',
    linked: true,
    drift: [['left', '/usr/sbin/greconfig', '-i', 'gre1', '-d', '203.0.113.9']],
  },
  'drift-deleted': { left: 'Debian 12', right: 'NetBSD 9.3', linked: true, drift: [['left', 'ip', 'link', 'del', 'gre1']] },
  'drift-boot-file': { left: 'Debian 12', right: 'OpenBSD 7.5', linked: true, drift: [['right', 'rm', '/etc/hostname.gre1']] },
  'rebuild-netbsd-inner': { left: 'NetBSD 9.3', right: 'Debian 12', linked: true, change: ['10.1.12.', '10.1.13.'] },
  repoint: { left: 'OpenBSD 7.5', right: 'FreeBSD 13.2', linked: true, change: ['203.0.113.2', '203.0.113.7'] },
  'mtu-lower': { left: 'FreeBSD 13.2', right: 'Debian 12', link: 'mtu: 1400' },
  'loopback-route': { left: 'NetBSD 1.5.2', right: 'FreeBSD 4.5', link: 'loopback_route: true' },
  'unlink-linux-netbsd': { left: 'Debian 12', right: 'NetBSD 9.3', linked: true, goal: 'unlink' },
  'unlink-greconfig-freebsd': { left: 'NetBSD 1.5.2', right: 'FreeBSD 4.5', linked: true, goal: 'unlink' },
};

export function inventoryText(s: Scenario): string {
  return `hosts:
  left: { address: 203.0.113.1, twin: "${s.left}" }
  right: { address: 203.0.113.2, twin: "${s.right}" }
links:
  pair:
    subnet: 10.1.12.36/30
${s.link === undefined ? '' : `    ${s.link}\n`}    ends:
      left: { inner: 10.1.12.37, interface: gre1 }
      right: { inner: 10.1.12.38, interface: gre1 }
`;
}
