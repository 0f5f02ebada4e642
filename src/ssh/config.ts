/**
 * ssh_config as ssh reads it for one host: first value wins, Host and Match blocks, Include, two passes where a block asks for it.
 *
 * In: the host as a person would type it after `ssh`. Out: the directives in force, each with file and line. No command is ever run
 * and no name resolved; what would need that is an error. Source: ssh_config(5).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { type ConfigLine, configError, parseConfigFile } from './config-file.js';
import { ALIASES, HARMLESS, HONOURED, REFUSED } from './directives.js';
import { matchList, matchPattern } from './pattern.js';

export interface ConfigQuery {
  /** What would be typed after `ssh`. */
  readonly host: string;
  /** As `-l` would give it. */
  readonly user?: string;
  readonly localUser: string;
  readonly home: string;
  /** Read instead of the user's and the system's file, as `-F` does; `none` for no file at all. */
  readonly configFile?: string;
  /** The system's file; tests give another. */
  readonly systemFile?: string;
}

export interface SshConfig {
  /** Set where a Host block other than `*` (or a Match by host) speaks of this host. */
  readonly named: boolean;
  get(keyword: string): ConfigLine | undefined;
  all(keyword: string): readonly ConfigLine[];
}

/** How a file came to be read. */
interface Reading {
  /** Set where the block around the Include holds. */
  readonly outer: boolean;
  readonly depth: number;
  /** Folder that relative Include patterns count from. */
  readonly base: string;
  readonly required?: boolean;
}

const REPEATABLE = new Set(['identityfile', 'certificatefile']);
/** Of these, whichever is read first counts. */
const RIVALS: Readonly<Record<string, string>> = { proxyjump: 'proxycommand', proxycommand: 'proxyjump' };
const MAX_DEPTH = 16;

const onlyStars = (pattern: string): boolean => /^\**$/.test(pattern);

/** Files that an Include pattern names, sorted; wildcards in any part of the path. */
export function expandGlob(path: string): string[] {
  let found = [isAbsolute(path) ? '/' : '.'];
  for (const part of path.split('/').filter((p) => p !== '')) {
    found = found.flatMap((dir) => {
      if (!/[*?]/.test(part)) return [join(dir, part)];
      try {
        const names = readdirSync(dir).filter((n) => matchPattern(part, n) && (part.startsWith('.') || !n.startsWith('.')));
        return names.sort().map((n) => join(dir, n));
      } catch {
        return []; // no such folder: nothing to include
      }
    });
  }
  return found;
}

class Reader implements SshConfig {
  named = false;
  readonly #values = new Map<string, ConfigLine[]>();
  readonly #query: ConfigQuery;
  #final = false;
  #wantsFinal = false;

  constructor(query: ConfigQuery) {
    this.#query = query;
  }

  get(keyword: string): ConfigLine | undefined {
    return this.#values.get(keyword)?.[0];
  }

  all(keyword: string): readonly ConfigLine[] {
    return this.#values.get(keyword) ?? [];
  }

  read(): this {
    const { configFile, home, systemFile = '/etc/ssh/ssh_config' } = this.#query;
    if (configFile === 'none') return this;
    const own = join(home, '.ssh');
    const pass = (): void => {
      if (configFile === undefined) {
        this.#file(join(own, 'config'), { outer: true, depth: 0, base: own });
        this.#file(systemFile, { outer: true, depth: 0, base: dirname(systemFile) });
      } else {
        this.#file(configFile, { outer: true, depth: 0, base: own, required: true });
      }
    };
    pass();
    if (this.#wantsFinal) {
      this.#final = true;
      pass();
    }
    return this;
  }

  #file(file: string, from: Reading): void {
    const { outer, depth, required = false } = from;
    if (depth > MAX_DEPTH) throw configError({ file, line: 1 }, `${file} includes itself, or too deep.`, `more than ${MAX_DEPTH} levels of Include`);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (!required && (code === 'ENOENT' || code === 'ENOTDIR')) return;
      throw configError({ file, line: 1 }, `${file} cannot be read.`, String(code), 'Make it readable, or name another file.');
    }
    let active = outer;
    for (const line of parseConfigFile(text, file)) {
      if (line.keyword === 'host') active = this.#host(line) && outer;
      else if (line.keyword === 'match') active = outer && this.#match(line);
      else if (line.keyword === 'include') this.#include(line, { ...from, outer: active });
      else if (active) this.#set(line);
    }
  }

  #include(line: ConfigLine, from: Reading): void {
    if (!from.outer) return;
    for (const arg of line.args) {
      const path = arg.startsWith('~/') ? join(this.#query.home, arg.slice(2)) : isAbsolute(arg) ? arg : join(from.base, arg);
      for (const file of expandGlob(path)) this.#file(file, { outer: true, depth: from.depth + 1, base: from.base });
    }
  }

  #host(line: ConfigLine): boolean {
    const { host } = this.#query;
    if (!matchList(line.args, host)) return false;
    if (line.args.some((p) => !p.startsWith('!') && !onlyStars(p) && matchPattern(p, host))) this.named = true;
    return true;
  }

  /** Criteria are looked at in order and the first that fails ends it, so that one which cannot be judged is an error only if it decides. */
  #match(line: ConfigLine): boolean {
    const words = [...line.args];
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      const negated = word.startsWith('!');
      const criterion = word.slice(negated ? 1 : 0).toLowerCase();
      const holds = this.#criterion(criterion, words, line);
      if (holds === negated) return false;
    }
    return true;
  }

  #criterion(criterion: string, words: string[], line: ConfigLine): boolean {
    const { host, localUser } = this.#query;
    if (criterion === 'all') return true;
    if (criterion === 'canonical') return false; // names are not canonicalized; CanonicalizeHostname is refused
    if (criterion === 'final') {
      this.#wantsFinal = true;
      return this.#final;
    }
    const patterns = (words.shift() ?? '').split(',');
    if (criterion === 'host') return this.#byHost(patterns, this.get('hostname')?.args[0]?.replaceAll('%h', host) ?? host);
    if (criterion === 'originalhost') return this.#byHost(patterns, host);
    if (criterion === 'user') return matchList(patterns, this.#query.user ?? this.get('user')?.args[0] ?? localUser);
    if (criterion === 'localuser') return matchList(patterns, localUser);
    throw configError(
      line,
      `Match ${criterion} in ${line.file} cannot be honoured.`,
      'provision runs no local command and cannot judge this criterion',
    );
  }

  #byHost(patterns: readonly string[], host: string): boolean {
    if (!matchList(patterns, host)) return false;
    if (patterns.some((p) => !p.startsWith('!') && !onlyStars(p) && matchPattern(p, host))) this.named = true;
    return true;
  }

  #set(line: ConfigLine): void {
    const keyword = ALIASES[line.keyword] ?? line.keyword;
    const entry = { ...line, keyword };
    if (!HONOURED.has(keyword) && !(keyword in REFUSED)) {
      if (HARMLESS.has(keyword) || this.#ignored(keyword)) return;
      throw configError(line, `${line.shown} in ${line.file} is not a directive that provision knows.`, 'it may change how the host is reached');
    }
    const rival = RIVALS[keyword];
    if (rival !== undefined && this.#values.has(rival)) return;
    const before = this.#values.get(keyword);
    if (!before) this.#values.set(keyword, [entry]);
    else if (REPEATABLE.has(keyword) && !before.some((b) => b.args[0] === entry.args[0])) before.push(entry);
  }

  #ignored(keyword: string): boolean {
    const patterns = this.get('ignoreunknown')?.args.flatMap((a) => a.split(/[,\s]+/)) ?? [];
    return matchList(
      patterns.map((p) => p.toLowerCase()),
      keyword,
    );
  }
}

/**
 * Reads the user's and the system's ssh_config for one host.
 *
 * @throws ProvisionError SSH_CONFIG naming file and line for what cannot be read, parsed or judged. Directives of REFUSED are
 *   returned; whether they matter depends on the inventory and is target.ts's to decide.
 */
export function readSshConfig(query: ConfigQuery): SshConfig {
  return new Reader(query).read();
}
