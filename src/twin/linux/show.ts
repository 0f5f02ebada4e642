/**
 * How iproute2 prints devices and addresses: text, one line per record (-o), brief (-br), details (-d) and JSON (-j).
 *
 * Layouts, blanks at line ends included, are those recorded on Debian 12 with iproute2 6.1.0.
 */
import type { InterfaceAddress } from '../stack.js';
import type { Device, Gre } from './device.js';
import { statistics } from './statistics.js';

export interface ShowOptions {
  readonly json: boolean;
  readonly details: boolean;
  readonly brief: boolean;
  readonly oneline: boolean;
  readonly statistics: boolean;
  readonly family: 'any' | 'inet' | 'inet6';
}

const FOREVER = 4294967295;
const TAIL: readonly (readonly [string, number])[] = [
  ['num_tx_queues', 1],
  ['gso_max_size', 65536],
  ['gso_max_segs', 65535],
  ['tso_max_size', 65536],
  ['tso_max_segs', 65535],
  ['gro_max_size', 65536],
];

const isTunnel = (d: Device): boolean => d.type === 'gre' || d.type === 'gretap' || d.type === 'erspan';
const pointToPoint = (d: Device): boolean => d.gre !== undefined && d.gre.remote !== '';
const dotted = (key: number): string => [24, 16, 8, 0].map((s) => Math.floor(key / 2 ** s) % 256).join('.');
const any = (address: string): string => (address === '' ? 'any' : address);

/** Interface flags in the order in which iproute2 prints them. */
export function flags(d: Device): string[] {
  const base = d.type === 'loopback' ? ['LOOPBACK'] : d.type === 'gre' ? [] : ['BROADCAST'];
  if (pointToPoint(d)) base.push('POINTOPOINT');
  if (d.multicast) base.push('MULTICAST');
  if (d.type === 'gre') base.push('NOARP');
  if (d.net.up) base.push('UP', 'LOWER_UP');
  return base;
}

const state = (d: Device): string => (!d.net.up ? 'DOWN' : d.type === 'ether' ? 'UP' : 'UNKNOWN');
const qdisc = (d: Device): string => (!d.activated ? 'noop' : d.type === 'ether' ? 'pfifo_fast' : 'noqueue');
const operstate = (d: Device): string => (d.type === 'ether' && d.name.startsWith('vec') && d.net.up ? 'UNKNOWN' : state(d));
const linkType = (d: Device): string => (d.type === 'loopback' ? 'loopback' : d.type === 'gre' ? 'gre' : 'ether');
const linkAddress = (d: Device): string => (d.type === 'gre' ? d.gre?.local || '0.0.0.0' : d.mac);
const broadcast = (d: Device): string =>
  d.type === 'gre' ? d.gre?.remote || '0.0.0.0' : d.type === 'loopback' ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff';

const shown = (d: Device): string => (isTunnel(d) ? `${d.name}@NONE` : d.name);

function headJson(d: Device, link: boolean): Record<string, unknown> {
  return {
    ifindex: d.index,
    ...(isTunnel(d) ? { link: null } : {}),
    ifname: d.name,
    flags: flags(d),
    mtu: d.net.mtu,
    qdisc: qdisc(d),
    operstate: operstate(d),
    ...(link ? { linkmode: 'DEFAULT' } : {}),
    group: 'default',
    txqlen: 1000,
    link_type: linkType(d),
    address: linkAddress(d),
    ...(pointToPoint(d) ? { link_pointtopoint: true } : {}),
    broadcast: broadcast(d),
  };
}

function detailJson(d: Device): Record<string, unknown> {
  const tap = d.type !== 'gre' && d.type !== 'loopback';
  const gre = d.gre;
  const data = gre && {
    remote: any(gre.remote),
    local: any(gre.local),
    ttl: gre.ttl,
    pmtudisc: d.name !== 'gre0',
    ...(gre.key === undefined ? {} : { ikey: dotted(gre.key), okey: dotted(gre.key) }),
    ...(gre.fou === undefined
      ? {}
      : { encap: { type: 'fou', sport: gre.fou.source, dport: gre.fou.destination, csum: false, csum6: false, remcsum: false } }),
  };
  return {
    promiscuity: 0,
    allmulti: 0,
    min_mtu: tap ? 68 : 0,
    max_mtu: d.type === 'ether' ? 65535 : 0,
    ...(isTunnel(d) ? { linkinfo: { info_kind: d.type, ...(data === undefined ? {} : { info_data: data }) } } : {}),
    inet6_addr_gen_mode: 'eui64',
    ...Object.fromEntries(TAIL),
  };
}

/** iproute2 ip/link_gre.c tnl_print_encap. */
const encap = ({ fou }: Gre): string =>
  fou === undefined
    ? ''
    : `encap fou encap-sport ${fou.source === 0 ? 'auto' : fou.source} encap-dport ${fou.destination} noencap-csum noencap-csum6 noencap-remcsum `;

function detailText(d: Device, newline: string): string {
  const tap = d.type !== 'gre' && d.type !== 'loopback';
  const head = ` promiscuity 0  allmulti 0 minmtu ${tap ? 68 : 0} maxmtu ${d.type === 'ether' ? 65535 : 0} `;
  const gre = d.gre;
  const key = gre?.key === undefined ? '' : `ikey ${dotted(gre.key)} okey ${dotted(gre.key)} `;
  const pmtu = d.name === 'gre0' ? 'nopmtudisc ' : '';
  const kind = gre
    ? `${newline}    gre remote ${any(gre.remote)} local ${any(gre.local)} ttl ${gre.ttl === 0 ? 'inherit' : gre.ttl} ${pmtu}${key}${encap(gre)}`
    : isTunnel(d)
      ? `${newline}    ${d.type} remote any local any ttl inherit nopmtudisc `
      : '';
  return `${head}${kind}addrgenmode eui64 ${TAIL.map(([k, v]) => `${k.replaceAll('_', k.startsWith('num') ? '' : '_')} ${v}`).join(' ')} `;
}

function headText(d: Device, link: boolean, newline: string): string {
  const peer = pointToPoint(d) ? 'peer' : 'brd';
  const mode = link ? ' mode DEFAULT' : '';
  const first = `${d.index}: ${shown(d)}: <${flags(d).join(',')}> mtu ${d.net.mtu} qdisc ${qdisc(d)} state ${operstate(d)}${mode} group default qlen 1000`;
  return `${first}${newline}    link/${linkType(d)} ${linkAddress(d)} ${peer} ${broadcast(d)}`;
}

const scopeOf = (a: InterfaceAddress): string => (a.local.startsWith('127.') ? 'host' : 'global');
const brief = (d: Device, rest: string): string => `${shown(d).padEnd(16)} ${operstate(d).padEnd(14)} ${rest}\n`;

/** `ip link show` for these devices. */
export function showLinks(devices: readonly Device[], options: ShowOptions): string {
  if (options.json) return `${JSON.stringify(devices.map((d) => ({ ...headJson(d, true), ...(options.details ? detailJson(d) : {}) })))}\n`;
  if (options.brief) return devices.map((d) => brief(d, `${linkAddress(d)} <${flags(d).join(',')}> `)).join('');
  const newline = options.oneline ? '\\' : '\n';
  const tail = (d: Device): string =>
    `${options.details ? detailText(d, newline) : ''}${options.statistics ? statistics(d.net.counters, newline) : ''}`;
  return devices.map((d) => `${headText(d, true, newline)}${tail(d)}\n`).join('');
}

interface Shown {
  readonly json: Record<string, unknown>;
  readonly text: string;
  readonly brief: string;
}

function inet6Of(d: Device): Shown[] {
  const local = d.type === 'loopback' && d.net.up ? '::1' : d.inet6;
  if (local === undefined) return [];
  const [prefixlen, scope] = d.type === 'loopback' ? [128, 'host'] : [64, 'link'];
  return [
    {
      json: { family: 'inet6', local, prefixlen, scope, valid_life_time: FOREVER, preferred_life_time: FOREVER },
      text: `inet6 ${local}/${prefixlen} scope ${scope} `,
      brief: `${local}/${prefixlen} `,
    },
  ];
}

function inetOf(d: Device): Shown[] {
  return d.net.addresses.map((a) => {
    const peer = a.peer === undefined ? '' : ` peer ${a.peer}`;
    const spell = `${a.local}${peer}/${a.prefix}`;
    return {
      json: {
        family: 'inet',
        local: a.local,
        ...(a.peer === undefined ? {} : { address: a.peer }),
        prefixlen: a.prefix,
        scope: scopeOf(a),
        label: d.name,
        valid_life_time: FOREVER,
        preferred_life_time: FOREVER,
      },
      text: `inet ${spell} scope ${scopeOf(a)} ${d.name}`,
      brief: `${spell} `,
    };
  });
}

const addressesOf = (d: Device, family: ShowOptions['family']): Shown[] => [
  ...(family === 'inet6' ? [] : inetOf(d)),
  ...(family === 'inet' ? [] : inet6Of(d)),
];

/** `ip addr show` for these devices. With a family given, devices without such an address are left out. */
export function showAddresses(all: readonly Device[], options: ShowOptions): string {
  const devices = options.family === 'any' ? all : all.filter((d) => addressesOf(d, options.family).length > 0);
  const listed = (d: Device): Shown[] => addressesOf(d, options.family);
  if (options.json) {
    const one = (d: Device): unknown => ({
      ...headJson(d, false),
      ...(options.details ? detailJson(d) : {}),
      addr_info: listed(d).map((a) => a.json),
    });
    return `${JSON.stringify(devices.map(one))}\n`;
  }
  const life = 'valid_lft forever preferred_lft forever';
  if (options.brief)
    return devices
      .map((d) =>
        brief(
          d,
          listed(d)
            .map((a) => a.brief)
            .join(''),
        ),
      )
      .join('');
  if (options.oneline) return devices.flatMap((d) => listed(d).map((a) => `${d.index}: ${d.name}    ${a.text}\\       ${life}\n`)).join('');
  return devices
    .map((d) => {
      const head = headText(d, false, '\n') + (options.details ? detailText(d, '\n') : '');
      const lines = listed(d).map((a) => `    ${a.text}\n       ${life}\n`);
      return `${options.family === 'any' ? head : (head.split('\n')[0] ?? '')}\n${lines.join('')}`;
    })
    .join('');
}
