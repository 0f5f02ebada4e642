/**
 * A link seen from each of its two hosts: "my end" and "the other end" of the guide's table.
 *
 * In: a link and an inventory that knows the present addresses of its dynamic hosts. Out: two ends with final values.
 */
import { ProvisionError } from '../errors/error.js';
import type { End, Host, Inventory, Link, LinkEnd } from '../model/inventory.js';

/**
 * Both sides of a link, in the order of the inventory.
 *
 * The local outer address is the one the host itself has (`inside` behind a gateway); the remote one is what the world sees of the
 * peer (`outside`).
 *
 * @throws ProvisionError ADDRESS_UNKNOWN where the present address of a dynamic host is not known.
 */
export function endsOf(link: Link, inventory: Inventory): readonly [End, End] {
  const [a, b] = link.ends;
  const asnOf = (me: LinkEnd, peer: LinkEnd): Pick<End, 'asn'> => {
    const [mine, other] = [me, peer].map((end) => inventory.hosts.get(end.host)?.asn);
    return mine === undefined || other === undefined ? {} : { asn: { local: mine, peer: other } };
  };
  const see = (me: LinkEnd, peer: LinkEnd): End => ({
    link: link.name,
    host: me.host,
    peerHost: peer.host,
    interface: me.interface,
    outer: {
      local: outerOf(me.host, 'inside', inventory),
      remote: outerOf(peer.host, 'outside', inventory),
    },
    inner: { local: me.inner, peer: peer.inner, prefix: link.prefix },
    ...asnOf(me, peer),
  });
  return [see(a, b), see(b, a)];
}

function outerOf(name: string, side: 'inside' | 'outside', inventory: Inventory): string {
  const host: Host | undefined = inventory.hosts.get(name);
  const address = host?.address;
  if (address?.kind === 'dynamic' && address.present !== undefined) return address.present;
  if (address?.kind === 'static') return address.address;
  if (address?.kind === 'nat') return side === 'inside' ? address.inside : address.outside;
  throw new ProvisionError('ADDRESS_UNKNOWN', `The present address of ${name} is not known.`, {
    host: name,
    ...(host === undefined ? {} : { place: host.place }),
    why: 'The inventory says that it is dynamic, and no address has been stored for it yet.',
    next: `Run: provision repoint LINK --end ${name} --address ADDRESS`,
  });
}

/** The inventory with the present addresses of its dynamic hosts. What it says itself is left as it is. @param present - By host name. */
export function withPresent(inventory: Inventory, present: ReadonlyMap<string, string>): Inventory {
  if (present.size === 0) return inventory;
  const hosts = [...inventory.hosts].map(([name, host]): [string, Host] => {
    const address = present.get(name);
    return host.address?.kind === 'dynamic' && address !== undefined
      ? [name, { ...host, address: { ...host.address, present: address } }]
      : [name, host];
  });
  return { ...inventory, hosts: new Map(hosts) };
}
