/**
 * The hosts that an ssh_config names: what a person could type after `ssh` and find a block for.
 *
 * In: a file. Out: names without wildcards in the order in which they stand, and the lines that name no single host. Include is followed as ssh does.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { expandGlob } from './config.js';
import { type ConfigLine, configError, parseConfigFile } from './config-file.js';

export interface NamedHosts {
  readonly names: readonly string[];
  /** Host lines with patterns, and Match lines. */
  readonly others: readonly ConfigLine[];
  readonly files: readonly string[];
}

const MAX_DEPTH = 16;
const MOST_FILES = 500;

/** @throws ProvisionError SSH_CONFIG naming file and line for what cannot be read or parsed. */
export function namedHosts(file: string, home: string): NamedHosts {
  const names = new Set<string>();
  const others: ConfigLine[] = [];
  const files = new Set<string>();
  const read = (path: string, depth: number): void => {
    if (depth > MAX_DEPTH || files.size > MOST_FILES)
      throw configError({ file: path, line: 1 }, `${path} includes itself, or too much.`, 'Include goes too deep');
    files.add(path);
    for (const line of parseConfigFile(readFileSync(path, 'utf8'), path)) {
      if (line.keyword === 'include') {
        const at = (arg: string): string => (arg.startsWith('~/') ? join(home, arg.slice(2)) : isAbsolute(arg) ? arg : join(home, '.ssh', arg));
        for (const found of line.args.flatMap((arg) => expandGlob(at(arg)))) if (exists(found)) read(found, depth + 1);
      } else if (line.keyword === 'match') others.push(line);
      else if (line.keyword === 'host') {
        for (const word of line.args) if (!/[*?!]/.test(word)) names.add(word);
        if (line.args.some((word) => /[*?!]/.test(word))) others.push(line);
      }
    }
  };
  read(file, 0);
  return { names: [...names], others, files: [...files] };
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false; // as ssh: what an Include does not find is no error
  }
}
