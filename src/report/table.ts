/**
 * The guide's table: what two administrators agree on before they begin, seen from one end.
 *
 * In: the inventory, a link, the host whose end is "my end". Out: rows (for JSON) and text (for people).
 */
import Table from 'cli-table3';
import { clean } from '../errors/clean.js';
import type { Host, Inventory, Link, LinkEnd } from '../model/inventory.js';
import type { Paint } from './paint.js';

export interface TableRow {
  readonly label: string;
  readonly mine: string;
  readonly theirs: string;
}

export interface EndTable {
  readonly link: string;
  readonly host: string;
  readonly peerHost: string;
  readonly subnet: string;
  readonly rows: readonly TableRow[];
}

/** Dotted netmask of a prefix length: 30 gives 255.255.255.252. */
export function netmask(prefix: number): string {
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

function outerText(host: Host | undefined): string {
  const address = host?.address;
  if (address === undefined) return 'not given';
  if (address.kind === 'static') return address.address;
  return address.kind === 'nat'
    ? `${address.outside} (inside ${address.inside})`
    : `dynamic${address.present === undefined ? '' : `, ${address.present} at present`}`;
}

/** The table of one link from one end. @param mine - The end of the host that looks. */
export function endTable(inventory: Inventory, link: Link, mine: LinkEnd): EndTable {
  const theirs = link.ends[0].host === mine.host ? link.ends[1] : link.ends[0];
  const my = inventory.hosts.get(mine.host);
  const other = inventory.hosts.get(theirs.host);
  const mask = netmask(link.prefix);
  return {
    link: link.name,
    host: mine.host,
    peerHost: theirs.host,
    subnet: link.subnet,
    rows: [
      { label: 'host name', mine: my?.hostname ?? mine.host, theirs: other?.hostname ?? theirs.host },
      { label: 'outer address', mine: outerText(my), theirs: outerText(other) },
      { label: 'inner address', mine: mine.inner, theirs: theirs.inner },
      { label: 'netmask', mine: mask, theirs: mask },
      { label: 'interface', mine: mine.interface, theirs: theirs.interface },
    ],
  };
}

const LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '  ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** The table as text. Where it would be wider than the terminal the two ends stand below each other. */
export function renderTable(table: EndTable, paint: Paint): string {
  const cell = (text: string): string => clean(text, { max: 200 });
  const who = `${paint.bold(cell(table.link))}  as ${paint.bold(cell(table.host))} sees it`;
  const subnet = paint.dim(`(subnet ${cell(table.subnet)})`);
  const wide = `${table.link}  as ${table.host} sees it  (subnet ${table.subnet})`.length;
  const heading = wide > paint.width ? `${who}\n  ${subnet}` : `${who}  ${subnet}`;
  const rows = table.rows.map((r) => [r.label, cell(r.mine), cell(r.theirs)] as const);
  const widest = (i: 0 | 1 | 2): number => Math.max(...rows.map((r) => r[i].length), 13);
  if (2 + widest(0) + 2 + widest(1) + 2 + widest(2) > paint.width) {
    const side = (title: string, i: 1 | 2): string[] => [`  ${title}`, ...rows.map((r) => `    ${paint.dim(r[0].padEnd(widest(0)))}  ${r[i]}`)];
    return [heading, ...side('my end', 1), ...side('the other end', 2)].join('\n');
  }
  const grid = new Table({ chars: LINES, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } });
  grid.push(['', paint.cyan('my end'), paint.cyan('the other end')]);
  for (const r of rows) grid.push([paint.dim(r[0]), r[1], r[2]]);
  const text = grid
    .toString()
    .split('\n')
    .map((l) => l.trimEnd())
    .filter((l) => l !== '');
  return [heading, ...text].join('\n');
}
