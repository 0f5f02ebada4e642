/**
 * A link seen from each of its two hosts: "my end" and "the other end" of the guide's table.
 *
 * In: a link, the inventory, and the present addresses of dynamic hosts. Out: two ends with final values.
 */
import { ProvisionError } from '../errors/error.js';
import type { End, Host, Inventory, Link, LinkEnd } from '../model/inventory.js';

const NONE: ReadonlyMap<string, string> = new Map();

/**
 * Both sides of a link, in the order of the inventory.
 *
 * The local outer address is the one the host itself has (`inside` behind a gateway); the remote one is what the world sees of the
 * peer (`outside`).
 *
 * @param currentAddresses - Present address by host name; it wins over the inventory's, which is how an end is re-pointed.
 * @throws ProvisionError ADDRESS_UNKNOWN where the present address of a dynamic host is not known.
 */
export function endsOf(link: Link, inventory: Inventory, currentAddresses: ReadonlyMap<string, string> = NONE): readonly [End, End] {
  const [a, b] = link.ends;
  const see = (me: LinkEnd, peer: LinkEnd): End => ({
    link: link.name,
    host: me.host,
    peerHost: peer.host,
    interface: me.interface,
    outer: {
      local: outerOf(me.host, 'inside', inventory, currentAddresses),
      remote: outerOf(peer.host, 'outside', inventory, currentAddresses),
    },
    inner: { local: me.inner, peer: peer.inner, prefix: link.prefix },
  });
  return [see(a, b), see(b, a)];
}

function outerOf(name: string, side: 'inside' | 'outside', inventory: Inventory, current: ReadonlyMap<string, string>): string {
  const host: Host | undefined = inventory.hosts.get(name);
  const address = host?.address;
  // What a gateway's host has inside does not change when the gateway's own address does.
  if (address?.kind === 'nat' && side === 'inside') return address.inside;
  const now = current.get(name);
  if (now !== undefined) return now;
  if (address?.kind === 'static') return address.address;
  if (address?.kind === 'nat') return address.outside;
  throw new ProvisionError('ADDRESS_UNKNOWN', `The present address of ${name} is not known.`, {
    host: name,
    ...(host === undefined ? {} : { place: host.place }),
    why: 'The inventory says that it is dynamic, and no address has been stored for it yet.',
    next: `Give ssh.host of ${name} as an IP address, or run the updater on ${name} once.`,
  });
}
