/**
 * Reads the inventory and checks it, and tells everything that is wrong with it at once.
 *
 * In: a file or folder, or texts. Out: the model's `Inventory`. Nothing is resolved, dialled or expanded here.
 */
import { type ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { Inventory } from '../model/inventory.js';
import { build } from './build.js';
import { checkAddresses } from './check-addresses.js';
import { checkAnnounced } from './check-announced.js';
import { checkLinks } from './check-links.js';
import { checkRouting } from './check-routing.js';
import { type ReadDocument, readDocument, type Source } from './document.js';
import { readSources } from './files.js';
import { type Draft, mergeDocuments } from './merge.js';
import { Problems } from './problems.js';

/**
 * Loads an inventory.
 *
 * @param path - A YAML file, or a folder whose `*.yaml` and `*.yml` files are merged in name order.
 * @param within - The folder that no symbolic link may lead out of; absent: links are followed anywhere.
 * @throws ProvisionErrors with every error found; each has `details.place` and `details.next`.
 */
export function loadInventory(path: string, within?: string): Inventory {
  const problems = new Problems();
  const sources = readSources(path, problems, within);
  return parse(sources, problems);
}

/** The same with one more text, as if it were one more file. @throws ProvisionErrors as `loadInventory` does. */
export function loadInventoryWith(path: string, more: Source): Inventory {
  const problems = new Problems();
  const sources = readSources(path, problems);
  return parse([...sources, more], problems);
}

/**
 * The same from texts.
 *
 * @throws ProvisionErrors as `loadInventory` does, and nothing else.
 */
export function parseInventory(sources: readonly Source[]): Inventory {
  return parse(sources, new Problems());
}

/** An inventory whose files are good YAML of the right shape; what its values say together is not checked. */
export interface Draughted {
  readonly sources: readonly Source[];
  readonly docs: readonly ReadDocument[];
  readonly draft: Draft;
}

/** For commands that mend an inventory: links without a subnet, or with the same one, are no errors yet. @throws ProvisionErrors as `loadInventory`. */
export function draftInventory(path: string): Draughted {
  const problems = new Problems();
  return drafted(readSources(path, problems), problems);
}

/** The same from texts. */
export const draftSources = (sources: readonly Source[]): Draughted => drafted(sources, new Problems());

function drafted(sources: readonly Source[], problems: Problems): Draughted {
  const files = sources.map((source) => source.file);
  const docs = sources.map((source) => readDocument(source, problems));
  problems.throwAny(files);
  const draft = mergeDocuments(docs, problems);
  problems.throwAny(files);
  return { sources, docs, draft };
}

/** Everything that is wrong once these files have these texts. Only they are read anew. */
export function problemsAfter(before: Draughted, changed: readonly Source[]): readonly ProvisionError[] {
  const problems = new Problems();
  const texts = new Map(changed.map((source) => [source.file, source]));
  const docs = before.docs.map((doc) => {
    const source = texts.get(doc.file);
    return source === undefined ? doc : readDocument(source, problems);
  });
  const draft = mergeDocuments(docs, problems);
  checkDraft(draft, problems);
  try {
    problems.throwAny(docs.map((doc) => doc.file));
    return [];
  } catch (error) {
    if (error instanceof ProvisionErrors) return error.errors;
    throw error;
  }
}

/** All checks of what the files say together. */
function checkDraft(draft: Draft, problems: Problems): void {
  checkLinks(draft, problems);
  checkAddresses(draft, problems);
  checkAnnounced(draft, problems);
  checkRouting(draft, problems);
}

function parse(sources: readonly Source[], problems: Problems): Inventory {
  const files = sources.map((source) => source.file);
  const docs = sources.map((source) => readDocument(source, problems));
  // A broken file is missing from what follows: checks across files would blame the wrong place.
  problems.throwAny(files);
  const draft = mergeDocuments(docs, problems);
  checkDraft(draft, problems);
  problems.throwAny(files);
  return build(draft, files);
}
