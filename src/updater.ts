/**
 * What the commands `updater run`, `updater once` and `updater status` call: settings found on this host, and updaters over the real machine.
 *
 * In: names of files and links. Out: running updaters that stop cleanly, or outcomes. Each link by itself: one that fails does not decide for the others.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readConfig } from './address/config.js';
import type { Machine, Note } from './address/machine.js';
import { firstState, Memory, readState, stateFile, writeState } from './address/state.js';
import type { Standing } from './address/status.js';
import { type Outcome, Updater } from './address/updater.js';
import { clean } from './errors/clean.js';
import { ProvisionError, ProvisionErrors } from './errors/error.js';
import type { UpdaterConfig } from './model/updater.js';
import { type Hold, holdLink } from './updater-lock.js';
import { realMachine } from './updater-machine.js';

export { isAsWanted, type Standing, standingDocument, standingLines } from './address/status.js';
export type { Note, Outcome };

export interface Found {
  readonly file: string;
  readonly config: UpdaterConfig;
}

/** Which settings are meant. */
export interface Wanted {
  /** Paths of settings; none: all in the folders of this host. */
  readonly files: readonly string[];
  /** Names of links; none: all. */
  readonly links: readonly string[];
}

/** Where `updater install` puts the folders of links. */
const FOLDERS = ['/var/lib/provision', '/var/db/provision'];

function filesIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return names
      .map((entry) => entry.name)
      .sort()
      .flatMap((name) => (readdirSync(join(folder, name)).includes('updater.json') ? [join(folder, name, 'updater.json')] : []));
  } catch {
    return [];
  }
}

/** @throws ProvisionErrors UPDATER_SETTINGS, all of them; ProvisionError NAME_UNKNOWN */
export function findConfigs(wanted: Wanted, folders: readonly string[] = FOLDERS): readonly Found[] {
  const files = wanted.files.length > 0 ? [...new Set(wanted.files)] : folders.flatMap(filesIn);
  if (files.length === 0) {
    const next = 'Install one from the controller with: provision updater install LINK';
    throw new ProvisionError('UPDATER_SETTINGS', 'No updater is installed on this host.', {
      why: `there is no updater.json in ${folders.join(' or ')}`,
      next,
    });
  }
  const errors: ProvisionError[] = [];
  const found = new Map<string, Found>();
  for (const file of files) {
    try {
      const config = readConfig(file);
      const other = found.get(config.link);
      if (other !== undefined)
        throw new ProvisionError('UPDATER_SETTINGS', `${clean(file)} and ${clean(other.file)} are both of ${config.link}.`, {});
      found.set(config.link, { file, config });
    } catch (error) {
      if (!(error instanceof ProvisionError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new ProvisionErrors(errors);
  const missing = wanted.links.find((link) => !found.has(link));
  if (missing !== undefined) {
    throw new ProvisionError('NAME_UNKNOWN', `No updater of ${clean(missing)} is on this host.`, {
      next: `There are: ${[...found.keys()].join(', ')}`,
    });
  }
  return [...found.values()].filter(({ config }) => wanted.links.length === 0 || wanted.links.includes(config.link));
}

export const standingOf = ({ file, config }: Found): Standing => ({ config, state: readState(stateFile(file), config.link) });

export interface RunOptions {
  readonly note: (note: Note) => void;
  /** Only tests set it. */
  readonly machine?: (config: UpdaterConfig) => Machine;
}

/** @param retries - False: a tick that fails is not tried again by itself. */
export function makeUpdater({ file, config }: Found, options: RunOptions, retries: boolean): Updater {
  const { link } = config;
  const path = stateFile(file);
  const trouble = (error: unknown): void =>
    options.note({ level: 'error', link, text: `the state cannot be written: ${clean(String(error), { max: 300 })}` });
  const memory = new Memory(readState(path, link) ?? firstState(link, config.outer.local), (state) => writeState(path, state), trouble);
  const machine = (options.machine ?? realMachine)(config);
  return new Updater({ config, memory, machine, note: (level, text, more) => options.note({ level, link, text, ...more }) }, retries);
}

/** One tick of each link, side by side. @param signal - Ends them: a step under way is finished, a request is given up. */
export function once(
  found: readonly Found[],
  options: RunOptions,
  signal: AbortSignal,
): Promise<readonly { readonly link: string; readonly outcome: Outcome }[]> {
  return Promise.all(
    found.map(async (one) => {
      const { link } = one.config;
      let hold: Hold | undefined;
      try {
        hold = await holdLink(dirname(one.file), link);
        const updater = makeUpdater(one, options, false);
        const stop = (): void => void updater.stop();
        signal.addEventListener('abort', stop, { once: true });
        const outcome = await updater.tick('start').finally(() => signal.removeEventListener('abort', stop));
        return { link, outcome };
      } catch (error) {
        const known = error instanceof ProvisionError ? error : new ProvisionError('FILE_REFUSED', clean(String(error), { max: 300 }));
        return { link, outcome: { state: 'unchanged' as const, error: known.report() } };
      } finally {
        await hold?.release();
      }
    }),
  );
}
