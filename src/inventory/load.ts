/**
 * Reads the inventory and checks it, and tells everything that is wrong with it at once.
 *
 * In: a file or folder, or texts. Out: the model's `Inventory`. Nothing is resolved, dialled or expanded here.
 */
import type { Inventory } from '../model/inventory.js';
import { build } from './build.js';
import { checkAddresses } from './check-addresses.js';
import { checkLinks } from './check-links.js';
import { readDocument, type Source } from './document.js';
import { readSources } from './files.js';
import { mergeDocuments } from './merge.js';
import { Problems } from './problems.js';

/**
 * Loads an inventory.
 *
 * @param path - A YAML file, or a folder whose `*.yaml` and `*.yml` files are merged in name order.
 * @throws ProvisionErrors with every error found; each has `details.place` and `details.next`.
 */
export function loadInventory(path: string): Inventory {
  const problems = new Problems();
  const sources = readSources(path, problems);
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

function parse(sources: readonly Source[], problems: Problems): Inventory {
  const files = sources.map((source) => source.file);
  const docs = sources.map((source) => readDocument(source, problems));
  // A broken file is missing from what follows: checks across files would blame the wrong place.
  problems.throwAny(files);
  const draft = mergeDocuments(docs, problems);
  checkLinks(draft, problems);
  checkAddresses(draft, problems);
  problems.throwAny(files);
  return build(draft, files);
}
