/**
 * Where every part of a YAML file stands: what both readers give beside the plain values.
 *
 * In: nodes from `quick.ts` or `parsed.ts`. Out: the offset of a part, and how a single value is written.
 */

export type Path = readonly PropertyKey[];

/** One part of a file. */
export interface Node {
  /** Offset of its key; that of the part itself where it has none (the top, items of lists). */
  readonly key: number;
  /** Offset of its first character. */
  readonly at: number;
  /** A single value as it is written, without quotes; empty where nothing stands behind the key. */
  readonly text?: string | undefined;
  readonly entries?: ReadonlyMap<string, Node> | undefined;
  readonly items?: readonly Node[] | undefined;
}

/** What a reader gives: plain values, and where they stand. */
export interface Read {
  readonly value: unknown;
  readonly tree: Node;
}

/** The part that a path leads to; the last one on the way where it leads nowhere. @param part - Which offset is wanted, where it has a key and a value. */
export function find(tree: Node, path: Path, part: 'key' | 'value'): { readonly offset: number; readonly text?: string } {
  let node = tree;
  let offset = node.at;
  for (let index = 0; index < path.length; index += 1) {
    const step = path[index] ?? '';
    const next = node.entries?.get(String(step)) ?? node.items?.[Number(step)];
    if (next === undefined) return { offset };
    const last = index === path.length - 1;
    offset = (part === 'key' && last) || next.text === '' || !last ? next.key : next.at;
    node = next;
  }
  return node.text === undefined || node.text === '' ? { offset } : { offset, text: node.text };
}
