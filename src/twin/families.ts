/** All families of simulated systems. A new family is one import and one entry here. */
import { ProvisionError } from '../errors/error.js';
import type { FileTree } from './files.js';
import { family as freebsd } from './freebsd/index.js';
import { family as linux } from './linux/index.js';
import { family as netbsd } from './netbsd/index.js';
import { family as openbsd } from './openbsd/index.js';
import type { IpStack } from './stack.js';
import type { SimulatedSystem, SystemFamily, TwinHostSpec } from './system.js';

const FAMILIES: readonly SystemFamily[] = [netbsd, freebsd, openbsd, linux];

/** Examples of every system and release that can be simulated, as written behind `twin:` in an inventory. */
export function twinKinds(): readonly string[] {
  return FAMILIES.flatMap((f) => f.kinds);
}

/** How many single-character edits lie between two words (for suggestions). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function suggestion(asked: string): string | undefined {
  const scored = twinKinds().map((kind) => ({ kind, far: distance(asked.toLowerCase(), kind.toLowerCase()) }));
  const best = scored.sort((a, b) => a.far - b.far)[0];
  return best !== undefined && best.far <= Math.max(3, asked.length / 2) ? best.kind : undefined;
}

/**
 * The simulated system that `spec.system` names, not booted yet.
 * @throws {ProvisionError} TWIN_UNKNOWN with the nearest kind and all kinds.
 */
export function makeSystem(spec: TwinHostSpec, stack: IpStack, files: FileTree): SimulatedSystem {
  for (const family of FAMILIES) {
    const made = family.make(spec, stack, files);
    if (made !== undefined) return made;
  }
  const near = suggestion(spec.system);
  throw new ProvisionError('TWIN_UNKNOWN', `No simulated system is called "${spec.system}" (host ${spec.name}).`, {
    host: spec.name,
    why: `Known: ${twinKinds().join(', ')}.`,
    ...(near === undefined ? {} : { next: `Write: twin: ${near}` }),
  });
}
