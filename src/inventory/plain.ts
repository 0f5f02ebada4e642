/**
 * Tells the parts of an inventory that are written as they should be, without the schema: building and asking it takes a tenth of a short run.
 *
 * In: a value of a document. Out: true where the schema takes it as it stands. False says nothing: the schema then decides, and says what is wrong. Forms are those of
 * the schema; test/unit/inventory/plain.test.ts holds both against each other, key by key and with made-up values.
 */
import { ANNOUNCED, areaForm, isSubnet, outerForm, readSubnet, routerIdForm } from './address.js';
import {
  BECOME,
  COMMAND_WORD,
  DIAL,
  DNS_NAME,
  DYNAMIC_INTERFACE,
  HOST_KEY,
  IDENTITY,
  INTERFACE,
  JUMP,
  MODULE,
  NAME,
  ROUTING,
  SCHEDULE,
  TWIN,
  USER,
} from './forms.js';
import type { Problem } from './problems.js';

export type Plain = (value: unknown) => boolean;
/** A map with these keys and no others. */
export interface PlainShape extends Plain {
  readonly keys: readonly string[];
}

type Find = (text: string) => Problem | undefined;

const text =
  (find: Find): Plain =>
  (value) =>
    typeof value === 'string' && find(value) === undefined;
const word =
  (...words: readonly string[]): Plain =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const whole =
  (least: number, most: number): Plain =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
const either =
  (...some: readonly Plain[]): Plain =>
  (value) =>
    some.some((plain) => plain(value));
const list =
  (plain: Plain, most = Number.POSITIVE_INFINITY): Plain =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= most && value.every(plain);
const subnet =
  (sizes: readonly [number, number]): Plain =>
  (value) =>
    typeof value === 'string' && isSubnet(readSubnet(value, sizes));

const isPlainMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** @param needed - Keys that may not be left out. */
function shape(keys: Readonly<Record<string, Plain>>, ...needed: readonly string[]): PlainShape {
  const known = new Map(Object.entries(keys));
  const plain: Plain = (value) =>
    isPlainMap(value) &&
    Object.entries(value).every(([key, one]) => known.get(key)?.(one) === true) &&
    needed.every((key) => Object.hasOwn(value, key));
  return Object.assign(plain, { keys: [...known.keys()] });
}

const any: Plain = (value) => typeof value === 'string';
const flag: Plain = (value) => typeof value === 'boolean';
const port = whole(1, 65535);
const outer = text(outerForm);
const mtu = either(word('auto'), whole(576, 65511));
const ttl = whole(1, 255);
const oneOrMore = (plain: Plain): Plain => either(plain, list(plain));

export const plainPassphrase = shape({ command: list(text(COMMAND_WORD.find), 50) }, 'command');
export const plainSsh = shape({
  host: text(DIAL.find),
  port,
  user: text(USER.find),
  identity: oneOrMore(text(IDENTITY.find)),
  passphrase: plainPassphrase,
  jump: text(JUMP.find),
  become: word(...BECOME),
  host_key: oneOrMore(text(HOST_KEY.find)),
  legacy: flag,
});
export const plainHost = shape({
  hostname: text(DNS_NAME.find),
  address: either(
    word('dynamic'),
    outer,
    shape({ dynamic: text(DYNAMIC_INTERFACE.find) }, 'dynamic'),
    shape({ inside: outer, outside: outer }, 'inside', 'outside'),
  ),
  ssh: plainSsh,
  module: text(MODULE.find),
  twin: text(TWIN.find),
  announces: list(subnet(ANNOUNCED)),
  asn: whole(1, 4294967294),
  routing: text(ROUTING.find),
  routerId: text(routerIdForm),
  theirs: flag,
});
export const plainEnd = shape({ inner: any, interface: text(INTERFACE.find) }, 'interface');
export const plainUpdater = shape({ schedule: text(SCHEDULE.find), via: text(NAME.find), allow_address: flag, metrics: port });
export const plainOspf = shape({
  area: either(whole(0, 4294967295), text(areaForm)),
  cost: whole(1, 65535),
  hello: whole(1, 65535),
  dead: whole(2, 65535),
  absent: flag,
});
export const plainBgp = shape({ hold: whole(3, 65535), absent: flag });
/** A name that every object has is no host's; the schema leaves it out. */
const ends: Plain = (value) => isPlainMap(value) && Object.entries(value).every(([host, end]) => host !== '__proto__' && plainEnd(end));
export const plainLink = shape(
  {
    kind: word('gre'),
    subnet: subnet([30, 31]),
    pool: text(NAME.find),
    ends,
    mtu,
    ttl,
    updater: plainUpdater,
    encap: word('udp'),
    multicast: flag,
    mss: flag,
    ospf: plainOspf,
    bgp: plainBgp,
    loopback_route: flag,
  },
  'ends',
);
export const plainPool = subnet([8, 30]);
export const plainDefaults = shape({ ssh: plainSsh, mtu, ttl });
