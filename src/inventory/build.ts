/**
 * Makes the model from a draft without errors: defaults filled in, addresses canonical.
 *
 * In: a checked draft. Out: `Inventory`. Nothing is checked here; what is missing here would be a bug of the checks.
 */
import { ProvisionError } from '../errors/error.js';
import type { BgpOptions, Host, HostAddress, Inventory, Link, LinkEnd, OspfOptions, SshSettings } from '../model/inventory.js';
import { toText } from './address.js';
import type { DefaultsPart, Draft, HostPart, LinkPart, Part, SshPart } from './merge.js';

/** The usual outer TTL: enough for any path, and not the inner TTL, whose copying breaks routing protocols that send with TTL 1. */
const USUAL_TTL = 64;
const EVERY_MINUTE = '* * * * *';

export function build(draft: Draft, files: readonly string[]): Inventory {
  // Most hosts have no settings of their own and share the usual ones.
  const usual = buildSsh(draft.defaults.ssh ?? {});
  const hosts = new Map([...draft.hosts].map(([name, part]) => [name, buildHost(part, draft.defaults, usual)]));
  const links = new Map([...draft.links].map(([name, part]) => [name, buildLink(part, draft.defaults)]));
  return { hosts, links, files };
}

function buildHost(part: Part<HostPart>, defaults: DefaultsPart, usual: SshSettings): Host {
  const { hostname, address, ssh, module, twin, theirs, announces, asn, routing, routerId } = part.value;
  return {
    name: part.name,
    ...(hostname === undefined ? {} : { hostname }),
    ...(address === undefined ? {} : { address: buildAddress(address) }),
    ssh: ssh === undefined ? usual : buildSsh({ ...defaults.ssh, ...ssh }),
    ...(module === undefined ? {} : { module }),
    ...(twin === undefined ? {} : { twin }),
    ...(announces === undefined ? {} : { announces }),
    ...(asn === undefined ? {} : { asn }),
    ...(routing === undefined ? {} : { routing }),
    ...(routerId === undefined ? {} : { routerId }),
    ...(theirs === true ? { theirs } : {}),
    place: part.place,
  };
}

function buildAddress(address: NonNullable<HostPart['address']>): HostAddress {
  if (address === 'dynamic') return { kind: 'dynamic' };
  if (typeof address === 'string') return { kind: 'static', address };
  if ('dynamic' in address) return { kind: 'dynamic', interface: address.dynamic };
  return { kind: 'nat', inside: address.inside, outside: address.outside };
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

function buildSsh({ host, port, user, identity, passphrase, jump, become, host_key, legacy }: SshPart): SshSettings {
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(identity === undefined ? {} : { identity: list(identity) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(jump === undefined ? {} : { jump }),
    become: become ?? 'none',
    ...(host_key === undefined ? {} : { hostKeys: list(host_key) }),
    legacy: legacy ?? false,
  };
}

function buildLink(part: Part<LinkPart>, defaults: DefaultsPart): Link {
  const { value } = part;
  const [first, second] = Object.entries(value.ends).map(([host, end]): LinkEnd => {
    if (end.inner === undefined) throw unchecked(part.name);
    return { host, inner: end.inner, interface: end.interface, place: part.placeOf(['ends', host]) };
  });
  if (first === undefined || second === undefined || value.subnet === undefined) throw unchecked(part.name);
  return {
    name: part.name,
    kind: value.kind ?? 'gre',
    subnet: value.subnet,
    prefix: Number(value.subnet.split('/')[1]),
    ends: [first, second],
    mtu: value.mtu ?? defaults.mtu ?? 'auto',
    ttl: value.ttl ?? defaults.ttl ?? USUAL_TTL,
    loopbackRoute: value.loopback_route ?? false,
    ...(value.encap === undefined ? {} : { encap: value.encap }),
    ...(value.multicast === false ? { multicast: false as const } : {}),
    ...(value.mss === true ? { mss: true as const } : {}),
    ...(value.ospf === undefined ? {} : { ospf: buildOspf(value.ospf) }),
    ...(value.bgp === undefined ? {} : { bgp: buildBgp(value.bgp) }),
    updater: {
      schedule: value.updater?.schedule ?? EVERY_MINUTE,
      ...(value.updater?.via === undefined ? {} : { via: value.updater.via }),
      anyAddress: value.updater?.allow_address ?? false,
      ...(value.updater?.metrics === undefined ? {} : { metricsPort: value.updater.metrics }),
    },
    place: part.place,
  };
}

function buildOspf({ area = 0, cost, hello, dead, absent }: NonNullable<LinkPart['ospf']>): OspfOptions {
  return {
    area: typeof area === 'number' ? toText(area) : area,
    ...(cost === undefined ? {} : { cost }),
    ...(hello === undefined ? {} : { hello }),
    ...(dead === undefined ? {} : { dead }),
    ...(absent === true ? { absent } : {}),
  };
}

function buildBgp({ hold, absent }: NonNullable<LinkPart['bgp']>): BgpOptions {
  return { ...(hold === undefined ? {} : { hold }), ...(absent === true ? { absent } : {}) };
}

const unchecked = (link: string): ProvisionError => new ProvisionError('BUG', `The link ${link} was built before it was checked.`);
