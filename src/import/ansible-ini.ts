/**
 * An Ansible inventory in INI form.
 *
 * In: text. Out: groups and hosts. Sections: [group], [group:vars], [group:children]; what stands before the first section is ungrouped.
 * Source: the manual page of the ansible.builtin.ini inventory plugin.
 */
import { AnsibleInventory, type AnsibleVars, ansibleValue } from './ansible-model.js';
import { expandRange, MOST_HOSTS } from './ranges.js';
import { syntaxError } from './source.js';

/** Words as shlex splits them: blanks part, quotes group, # begins a comment. Undefined where a quote is left open. */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const c = line[at] ?? '';
    if (quote !== '') {
      if (c === quote) quote = '';
      else if (c === '\\' && quote === '"' && /["\\]/.test(line[at + 1] ?? '')) word = (word ?? '') + (line[++at] ?? '');
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (c === '#' && word === undefined) break;
    else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === '\\') word = (word ?? '') + (line[++at] ?? '');
    else word = (word ?? '') + c;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
}

interface Reading {
  readonly inventory: AnsibleInventory;
  readonly file: string;
  group: string;
  kind: 'hosts' | 'vars' | 'children';
}

/** `host:port`; an IPv6 address in brackets is no range. */
function splitPort(word: string): { name: string; port?: string } {
  const found = /^(.+):(\d{1,5})$/.exec(word);
  return found?.[1] === undefined || found[2] === undefined || /:/.test(found[1].replaceAll(/\[[^\]]*\]/g, ''))
    ? { name: word }
    : { name: found[1], port: found[2] };
}

function hostLine(line: string, number: number, reading: Reading): void {
  const words = shellWords(line);
  if (words === undefined) throw syntaxError(reading.file, number, 'A quote of this line is not closed.');
  const [first = '', ...rest] = words;
  const { name, port } = splitPort(first);
  const names = expandRange(name);
  if (names === undefined)
    throw syntaxError(reading.file, number, `${name} is no range of hosts that can be read.`, 'Write for example web[01:10] or db-[a:f].');
  const given: AnsibleVars = new Map(port === undefined ? [] : [['ansible_port', ansibleValue(port)]]);
  for (const word of rest) {
    const at = word.indexOf('=');
    if (at < 1)
      throw syntaxError(
        reading.file,
        number,
        `${word} is no NAME=VALUE.`,
        'Is it a file of another kind? INI hosts take NAME=VALUE behind their name.',
      );
    given.set(word.slice(0, at), ansibleValue(word.slice(at + 1)));
  }
  const { inventory } = reading;
  for (const host of names) {
    const vars = inventory.host(host);
    for (const [key, value] of given) vars.set(key, value);
    inventory.group(reading.group).hosts.add(host);
  }
  if (inventory.hosts.size > MOST_HOSTS) throw syntaxError(reading.file, number, `There are more than ${MOST_HOSTS} hosts.`);
}

function varLine(line: string, number: number, reading: Reading): void {
  const at = line.indexOf('=');
  if (at < 1) throw syntaxError(reading.file, number, 'A line of a :vars section must be NAME=VALUE.');
  const value = line.slice(at + 1).trim();
  const bare = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
  reading.inventory.group(reading.group).vars.set(line.slice(0, at).trim(), ansibleValue(bare));
}

export function readAnsibleIni(text: string, file: string): AnsibleInventory {
  const reading: Reading = { inventory: new AnsibleInventory(), file, group: 'ungrouped', kind: 'hosts' };
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const number = index + 1;
    if (line === '' || /^[#;]/.test(line)) continue;
    const head = /^\[([^\]:]+)(?::([a-z]+))?\]\s*(?:#.*)?$/.exec(line);
    // A range at the beginning of a line, [a:c].example.net, is a host.
    if (head?.[1] !== undefined && (head[2] === undefined || ['hosts', 'vars', 'children'].includes(head[2]))) {
      reading.group = head[1].trim();
      reading.kind = (head[2] ?? 'hosts') as Reading['kind'];
      reading.inventory.group(reading.group);
    } else if (reading.kind === 'vars') varLine(line, number, reading);
    else if (reading.kind === 'children') reading.inventory.group(reading.group).children.add(shellWords(line)?.[0] ?? line);
    else hostLine(line, number, reading);
  }
  for (const group of [...reading.inventory.groups.values()]) for (const child of group.children) reading.inventory.group(child);
  return reading.inventory;
}
