/**
 * An Ansible inventory, in YAML or INI, as an inventory of ours.
 *
 * In: a file. Out: hosts and how they are reached. Nothing is evaluated and no other file is read: what stands in group_vars/ and host_vars/ is named.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ansibleHost } from './ansible-host.js';
import { readAnsibleIni } from './ansible-ini.js';
import { hostVars } from './ansible-vars.js';
import { readAnsibleYaml } from './ansible-yaml.js';
import { LeftOuts } from './left-out.js';
import type { Imported, ImportedHost } from './model.js';
import { Names } from './names.js';
import type { SourceFile } from './source.js';

const FOLDERS = ['group_vars', 'host_vars'];

/** Variables that Ansible reads beside the inventory and this does not. */
function nameFolders(path: string, out: LeftOuts): void {
  for (const folder of FOLDERS) {
    try {
      for (const name of readdirSync(join(dirname(path), folder)).sort()) out.add(`${folder}/`, 'files beside the inventory are not read', name);
    } catch {
      // No such folder: nothing is left out.
    }
  }
}

/** A file is YAML by its name, or because its first line of substance is a key or the beginning of a document. */
export function looksLikeYaml({ file, text }: Pick<SourceFile, 'file' | 'text'>): boolean {
  if (/\.ya?ml$/i.test(file)) return true;
  if (/\.(ini|cfg)$/i.test(file)) return false;
  const first = text.split('\n').find((line) => line.trim() !== '' && !/^\s*[#;]/.test(line)) ?? '';
  return /^---|^[A-Za-z_"'][^=[\]]*:\s*(#.*)?$/.test(first);
}

export function importAnsible(source: SourceFile): Imported {
  const { file, text } = source;
  const inventory = looksLikeYaml(source) ? readAnsibleYaml(text, file) : readAnsibleIni(text, file);
  const out = new LeftOuts();
  const names = new Names();
  const addresses = new Set<string>();
  const used = new Set<string>();
  const hosts = [...hostVars(inventory)].flatMap(([name, vars]): ImportedHost[] => {
    for (const group of vars.groups) used.add(group);
    const made = ansibleHost(name, names.for(name), vars, addresses, out);
    return made === undefined ? [] : [made];
  });
  for (const group of inventory.groups.values()) {
    if (!used.has(group.name) && !['all', 'ungrouped'].includes(group.name)) out.add(`group ${group.name}`, 'it has no hosts');
  }
  nameFolders(source.path, out);
  const notes = [
    '`address` is where Ansible connects to. Where the public address of a host is another one, write that, and the old one as ssh: { host: … }.',
  ];
  if (inventory.hosts.size > 0) notes.push('Behind each host stand its groups.');
  return { kind: 'an Ansible inventory', files: [file], hosts, links: [], leftOut: out.all, renamed: names.renamed, notes };
}
