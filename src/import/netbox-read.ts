/**
 * What NetBox exports, as plain rows: JSON of its REST API, CSV of its tables, or CSV as its import forms take it.
 *
 * In: texts. Out: tunnels, terminations and addresses. Fields that are not there are absent, never guessed.
 * Sources: NetBox, netbox/vpn/api/serializers_/tunnels.py, netbox/vpn/tables/tunnels.py, netbox/vpn/forms/bulk_import.py.
 */
import { headerName, readCsv } from './csv.js';
import { type SourceFile, syntaxError } from './source.js';

export interface BoxTunnel {
  readonly name: string;
  readonly encapsulation?: string;
  readonly status?: string;
}

export interface BoxTermination {
  readonly tunnel: string;
  readonly role?: string;
  /** Device or virtual machine. */
  readonly host?: string;
  readonly interface?: string;
  readonly outside?: string;
  /** Addresses of the interface, where the export has them. */
  readonly addresses: readonly string[];
  /** Type and number of the interface, to find its addresses. */
  readonly id?: string;
}

export interface BoxAddress {
  readonly address: string;
  readonly id?: string;
  readonly host?: string;
  readonly interface?: string;
}

export interface NetBox {
  readonly tunnels: readonly BoxTunnel[];
  readonly terminations: readonly BoxTermination[];
  readonly addresses: readonly BoxAddress[];
}

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((v, key) => (isTree(v) && Object.hasOwn(v, key) ? v[key] : undefined), value);
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
/** A reference is an object with a name, or the name alone. */
const nameOf = (value: unknown): string | undefined => textOf(at(value, 'name')) ?? textOf(at(value, 'display')) ?? textOf(value);
/** A choice is `{ value, label }`, or the value alone. */
const choice = (value: unknown): string | undefined => textOf(at(value, 'value')) ?? textOf(value);

const some = <T>(key: string, value: T | undefined): Record<string, T> => (value === undefined ? {} : { [key]: value });

function parentOf(on: unknown): string | undefined {
  return nameOf(at(on, 'device')) ?? nameOf(at(on, 'virtual_machine'));
}

function jsonRow(row: Tree): Partial<{ tunnel: BoxTunnel; termination: BoxTermination; address: BoxAddress }> {
  const tunnel = nameOf(row.tunnel);
  if (tunnel !== undefined) {
    const on = row.termination;
    const id = textOf(row.termination_id);
    const addresses = at(on, 'ip_addresses');
    return {
      termination: {
        tunnel,
        addresses: Array.isArray(addresses) ? addresses.flatMap((a) => textOf(at(a, 'address')) ?? textOf(a) ?? []) : [],
        ...some('role', choice(row.role)),
        ...some('host', parentOf(on) ?? parentOf(row)),
        ...some('interface', nameOf(on)),
        ...some('outside', textOf(at(row.outside_ip, 'address')) ?? textOf(row.outside_ip)),
        ...some('id', id === undefined ? undefined : `${textOf(row.termination_type) ?? ''} ${id}`),
      },
    };
  }
  const name = textOf(row.name);
  if (name !== undefined && row.encapsulation !== undefined)
    return { tunnel: { name, ...some('encapsulation', choice(row.encapsulation)), ...some('status', choice(row.status)) } };
  const address = textOf(row.address);
  if (address === undefined) return {};
  const on = row.assigned_object;
  const id = textOf(row.assigned_object_id);
  return {
    address: {
      address,
      ...some('id', id === undefined ? undefined : `${textOf(row.assigned_object_type) ?? ''} ${id}`),
      ...some('host', parentOf(on)),
      ...some('interface', nameOf(on)),
    },
  };
}

/** All rows of a document: a list, a page of the API, or an object that holds several of these. */
function rowsOf(value: unknown, depth = 0): Tree[] {
  if (depth > 4) return [];
  if (Array.isArray(value)) return value.filter(isTree);
  if (!isTree(value)) return [];
  if (Array.isArray(value.results)) return value.results.filter(isTree);
  const inner = Object.values(value).filter((v) => Array.isArray(v) || (isTree(v) && Array.isArray(v.results)));
  return inner.length > 0 && value.name === undefined ? inner.flatMap((v) => rowsOf(v, depth + 1)) : [value];
}

function csvRow(row: ReadonlyMap<string, string>): ReturnType<typeof jsonRow> {
  const get = (...names: string[]): string | undefined => names.map((n) => row.get(n)).find((v) => v !== undefined && v !== '' && v !== '—');
  const tunnel = get('tunnel');
  if (tunnel !== undefined) {
    return {
      termination: {
        tunnel,
        addresses: (get('ip_addresses') ?? '').split(/[\s,]+/).filter((a) => a !== ''),
        ...some('role', get('role')?.toLowerCase()),
        ...some('host', get('host', 'device', 'virtual_machine', 'termination_parent')),
        ...some('interface', get('tunnel_interface', 'termination')),
        ...some('outside', get('outside_ip')),
      },
    };
  }
  const name = get('name');
  if (name !== undefined && row.has('encapsulation'))
    return { tunnel: { name, ...some('encapsulation', get('encapsulation')), ...some('status', get('status')) } };
  const address = get('address', 'ip_address');
  if (address === undefined) return {};
  return {
    address: { address, ...some('host', get('device', 'virtual_machine', 'parent')), ...some('interface', get('interface', 'assigned_object')) },
  };
}

function jsonOf({ file, text }: SourceFile): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const offset = Number(/position (\d+)/.exec(String(cause))?.[1] ?? 0);
    throw syntaxError(file, text.slice(0, offset).split('\n').length, 'Not valid JSON.');
  }
}

export function readNetBox(sources: readonly SourceFile[]): NetBox {
  const rows = sources.flatMap((source) => {
    const json = /^\s*[[{]/.test(source.text.replace(/^\uFEFF/, ''));
    const made = json ? rowsOf(jsonOf(source)).map(jsonRow) : readCsv(source.text).map(csvRow);
    if (made.every((r) => Object.keys(r).length === 0)) {
      const head = json ? '' : ` Its columns are: ${(source.text.split('\n', 1)[0] ?? '').split(/[,;]/).map(headerName).slice(0, 12).join(', ')}.`;
      throw syntaxError(
        source.file,
        1,
        `No tunnels, terminations or addresses of NetBox were found.${head}`,
        'Export tunnels and tunnel terminations, as CSV or from the REST API.',
      );
    }
    return made;
  });
  return {
    tunnels: rows.flatMap((r) => r.tunnel ?? []),
    terminations: rows.flatMap((r) => r.termination ?? []),
    addresses: rows.flatMap((r) => r.address ?? []),
  };
}
