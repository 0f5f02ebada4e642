/**
 * `updater.state`: what the updater must still know after a restart, above all the last wish that the other end has not been told.
 *
 * In: a file beside `updater.json`. Out: the state; a file that is torn or not ours says nothing, and all is asked and looked up anew.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../files/write.js';
import { outerForm } from '../inventory/address.js';

const SCHEMA = 'provision/updater-state/1';

const address = z.string().refine((text) => outerForm(text) === undefined);
const seq = z.int().min(0).max(999_999_999);
/** Milliseconds since 1970. */
const time = z.int().min(0);

const shape = z.object({
  schema: z.literal(SCHEMA),
  link: z.string(),
  /** The greatest request number that was used. */
  seq,
  /** Own outer address that the tunnel uses here; `boot`: the one in the boot files, absent where that is not known. */
  local: address,
  boot: address.exactOptional(),
  /** Outer address of the other end that the tunnel uses here, where a meeting point has told it; absent: as installed. */
  remote: address.exactOptional(),
  /** What the other end has acknowledged. `seen`: the address it saw, where that is another. */
  told: z.object({ address: address.exactOptional(), seen: address.exactOptional(), seq, at: time, confirmed: z.boolean() }).exactOptional(),
  /** A wish that has not been acknowledged. `changed`: own end was changed for it. Without address: the other end sees it. */
  pending: z.object({ address: address.exactOptional(), seq, since: time, changed: z.boolean() }).exactOptional(),
  changedAt: time.exactOptional(),
  succeededAt: time.exactOptional(),
  /** When it is tried again. */
  nextAt: time.exactOptional(),
  error: z.object({ at: time, text: z.string().max(2000) }).exactOptional(),
  changes: z.int().min(0),
  failures: z.int().min(0),
});

export type UpdaterState = Omit<z.infer<typeof shape>, 'schema'>;

/** Where nothing is known yet: the own end is as installed, and what the other end holds has to be asked. */
export const firstState = (link: string, local: string): UpdaterState => ({ link, seq: 0, local, boot: local, changes: 0, failures: 0 });

/** Beside `updater.json`. */
export const stateFile = (configFile: string): string => join(dirname(configFile), 'updater.state');

/** @returns Nothing where the file is not there, is torn, or belongs to another link. */
export function readState(file: string, link: string): UpdaterState | undefined {
  try {
    const { schema: _schema, ...state } = shape.parse(JSON.parse(readFileSync(file, 'utf8')));
    return state.link === link ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all, also where power fails. @throws the system's error; the state before is still there then. */
export function writeState(file: string, state: UpdaterState): void {
  replaceFile(file, `${JSON.stringify({ schema: SCHEMA, ...state })}\n`, 0o600);
}

/** The state in memory and in its file. */
export class Memory {
  #state: UpdaterState;
  readonly #write: (state: UpdaterState) => void;
  readonly #trouble: (error: unknown) => void;

  /** @param trouble - Told where the file cannot be written; the state in memory holds all the same. */
  constructor(state: UpdaterState, write: (state: UpdaterState) => void, trouble: (error: unknown) => void) {
    this.#state = state;
    this.#write = write;
    this.#trouble = trouble;
  }

  get state(): UpdaterState {
    return this.#state;
  }

  /** Keys named in `without` go away. */
  set(patch: Partial<UpdaterState>, without: readonly ('told' | 'pending' | 'nextAt' | 'error' | 'boot')[] = []): void {
    const next: UpdaterState = { ...this.#state, ...patch };
    for (const key of without) delete next[key];
    this.#state = next;
    try {
      this.#write(next);
    } catch (error) {
      this.#trouble(error);
    }
  }
}
