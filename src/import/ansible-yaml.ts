/**
 * An Ansible inventory in YAML form.
 *
 * In: text. Out: groups and hosts. Aliases are bounded; tags (`!vault`) are never followed, and the values behind them never read.
 * Source: the manual page of the ansible.builtin.yaml inventory plugin.
 */
import { type Document, isMap, isScalar, parseDocument, visit } from 'yaml';
import { AnsibleInventory, type AnsibleValue, ansibleValue } from './ansible-model.js';
import { expandRange, MOST_HOSTS } from './ranges.js';
import { syntaxError } from './source.js';

const MOST_ALIASES = 200;
const DEEPEST = 40;

/** Stands for a value behind a tag. */
class Tagged {
  constructor(readonly tag: string) {}
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tagged);

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Values behind tags are taken out before anything is made of them. */
function withoutTagged(document: Document): void {
  visit(document, {
    Scalar: (_key, node) => {
      if (node.tag?.startsWith('!') === true && node.tag !== '!') node.value = new Tagged(node.tag);
    },
  });
}

function treeOf(text: string, file: string): unknown {
  try {
    const document = parseDocument(text, { merge: true, logLevel: 'silent', uniqueKeys: false });
    const [error] = document.errors;
    if (error !== undefined) throw syntaxError(file, lineOf(text, error.pos[0]), `Not valid YAML: ${error.message.split('\n')[0] ?? ''}`);
    if (document.contents !== null && !isMap(document.contents) && !(isScalar(document.contents) && document.contents.value === null)) {
      throw syntaxError(
        file,
        1,
        'An Ansible inventory is a map of groups, and this file is something else.',
        'A list of plays is a playbook; name the inventory.',
      );
    }
    withoutTagged(document);
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (cause) {
    if (cause instanceof RangeError) throw syntaxError(file, 1, 'The file is nested too deeply.');
    if (cause instanceof ReferenceError) throw syntaxError(file, 1, 'The aliases (*) of the file unfold to too much.');
    throw cause;
  }
}

function value(given: unknown): AnsibleValue {
  if (given instanceof Tagged) return given.tag === '!unsafe' ? { odd: 'template' } : { odd: 'vault' };
  if (given === null || given === undefined) return { text: '' };
  if (typeof given === 'object') return { odd: 'structure' };
  return ansibleValue(String(given));
}

interface Reading {
  readonly inventory: AnsibleInventory;
  readonly file: string;
}

function hosts(given: unknown, group: string, { inventory, file }: Reading): void {
  if (!isTree(given)) return;
  for (const [pattern, vars] of Object.entries(given)) {
    const names = expandRange(pattern);
    if (names === undefined)
      throw syntaxError(file, 1, `${pattern} is no range of hosts that can be read.`, 'Write for example web[01:10] or db-[a:f].');
    for (const name of names) {
      const own = inventory.host(name);
      if (isTree(vars)) for (const [key, v] of Object.entries(vars)) own.set(key, value(v));
      inventory.group(group).hosts.add(name);
    }
    if (inventory.hosts.size > MOST_HOSTS) throw syntaxError(file, 1, `There are more than ${MOST_HOSTS} hosts.`);
  }
}

function group(name: string, given: unknown, reading: Reading, depth: number): void {
  if (depth > DEEPEST) throw syntaxError(reading.file, 1, 'The groups are nested too deeply.');
  const made = reading.inventory.group(name);
  if (given === null || given === undefined) return;
  if (!isTree(given)) throw syntaxError(reading.file, 1, `The group ${name} is no map of hosts, children and vars.`, 'Is it an Ansible inventory?');
  for (const key of Object.keys(given)) {
    if (!['hosts', 'children', 'vars'].includes(key)) {
      throw syntaxError(
        reading.file,
        1,
        `The group ${name} has a key ${key}; a group takes hosts, children and vars.`,
        'Is it an Ansible inventory?',
      );
    }
  }
  hosts(given.hosts, name, reading);
  if (isTree(given.vars)) for (const [key, v] of Object.entries(given.vars)) made.vars.set(key, value(v));
  if (!isTree(given.children)) return;
  for (const [child, inner] of Object.entries(given.children)) {
    made.children.add(child);
    group(child, inner, reading, depth + 1);
  }
}

export function readAnsibleYaml(text: string, file: string): AnsibleInventory {
  const reading: Reading = { inventory: new AnsibleInventory(), file };
  const tree = treeOf(text, file);
  if (isTree(tree)) for (const [name, given] of Object.entries(tree)) group(name, given, reading, 0);
  return reading.inventory;
}
