/** `nft` of nftables 1.0.6: options, a command line or a file, errors with the place. In: words. Out: the ruleset of the kernel changed as one transaction. */
import type { FileTree } from '../../files.js';
import type { CommandResult } from '../../system.js';
import { fail, ok } from '../result.js';
import type { Netfilter, Table } from './netfilter.js';
import { runCommands } from './nft-commands.js';
import type { ListOptions } from './nft-list.js';
import { NftError, Tokens, tokens } from './tokens.js';

/** The rules themselves are never changed, so their counters go on. */
function copy(table: Table): Table {
  return {
    ...table,
    chains: table.chains.map((c) => ({ ...c, rules: [...c.rules], ...(c.base === undefined ? {} : { base: { ...c.base } }) })),
    sets: new Map(table.sets),
  };
}

function errorText(error: NftError, name: string, text: string): string {
  const { at } = error;
  if (at === undefined) return `Error: ${error.said}`;
  const line = text.split('\n')[at.line - 1] ?? '';
  const end = at.column + Math.max(1, at.text.length + (at.quoted ? 2 : 0)) - 1;
  const place = name === '' ? '' : `${name}:${at.line}:${at.column}-${end}: `;
  const mark = `${line.slice(0, at.column - 1).replace(/[^\t]/g, ' ')}${'^'.repeat(end - at.column + 1)}`;
  return `${place}Error: ${error.said}\n${line}\n${mark}`;
}

interface Options extends ListOptions {
  /** -c */
  readonly check: boolean;
}

function transaction(nf: Netfilter, text: string, name: string, how: Options): CommandResult {
  const before = nf.tables;
  nf.tables = before.map(copy);
  try {
    const out = runCommands(nf, new Tokens(tokens(text)), how);
    if (how.check) nf.tables = before;
    return ok(out);
  } catch (error) {
    nf.tables = before;
    if (error instanceof NftError) return fail(1, errorText(error, name, text));
    throw error;
  }
}

export function nft(nf: Netfilter, files: FileTree, words: readonly string[]): CommandResult {
  const rest: string[] = [];
  let file: string | undefined;
  let [handles, check, stateless] = [false, false, false];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (rest.length > 0 || !word.startsWith('-')) rest.push(word);
    else if (word === '-f' || word === '--file') file = words[++at] ?? '';
    else if (word === '-v' || word === '--version') return ok('nftables v1.0.6 (Lester Gooch #5)\n');
    else if (/^-[acnsyp]+$/.test(word)) {
      handles ||= word.includes('a');
      check ||= word.includes('c');
      stateless ||= word.includes('s');
    } else return fail(1, `nft: unrecognized option '${word}'`);
  }
  if (file === undefined)
    return rest.length === 0 ? fail(1, 'Usage: nft [ options ] [ cmds... ]') : transaction(nf, rest.join(' '), '', { handles, check, stateless });
  const text = files.read(file);
  if (text === undefined) return fail(1, `internal:0:0-0: Error: Could not open file "${file}": No such file or directory\n`);
  return transaction(nf, text, file, { handles, check, stateless });
}
