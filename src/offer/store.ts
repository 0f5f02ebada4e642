/**
 * What is remembered of the offers of one link: my own that is open, those that I have taken back, and what was accepted.
 *
 * In: a folder. Out: one file for each link. Without it a file that was seen before could be played again: one that cannot be read is an error and not
 * an empty memory.
 */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import { replaceFile } from '../files/write.js';

const SCHEMA = 'provision/offers/1';
/** More than this many ids of old offers are of no use: what is older than the last accepted one is refused by its time. */
const MOST_IDS = 50;

const shape = z.object({
  schema: z.literal(SCHEMA),
  link: z.string(),
  /** My newest offer or answer: its id and the exact text that was signed. */
  mine: z.object({ id: z.string(), text: z.string(), key: z.string(), state: z.enum(['open', 'answered', 'withdrawn']) }).exactOptional(),
  /** Ids of my offers of before. */
  former: z.array(z.string()),
  /** Signed by the other operator and taken. `signer`: fingerprint of the only key that is taken for this link. */
  accepted: z.object({ ids: z.array(z.string()), made: z.string(), at: z.string(), signer: z.string().exactOptional() }).exactOptional(),
});

export type Memory = Omit<z.output<typeof shape>, 'schema'>;

const fileOf = (folder: string, link: string): string => join(folder, `${encodeURIComponent(link).replaceAll('.', '%2E')}.json`);

/** Where the answer to an offer is kept, for one who has lost it. */
export const answerFile = (folder: string, id: string): string => join(folder, `answer-to-${id}`);

/** @throws {ProvisionError} OFFER_STATE where the file is there and cannot be read. */
export function readMemory(folder: string, link: string): Memory {
  const file = fileOf(folder, link);
  try {
    const { schema: _schema, ...memory } = shape.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (memory.link === link) return memory;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { link, former: [] };
  }
  throw new ProvisionError('OFFER_STATE', `What is remembered of the offers of ${link} cannot be read.`, {
    why: clean(file),
    state: 'Nothing was changed.',
    next: 'Mend the file or take it away; without it an old offer of this link could be taken again.',
  });
}

/** Whole or not at all. @param folder - Must be there. @throws the system's error. */
export function writeMemory(folder: string, memory: Memory): void {
  chmodSync(folder, 0o700);
  replaceFile(fileOf(folder, memory.link), `${JSON.stringify({ schema: SCHEMA, ...memory })}\n`, 0o600);
}

type Mine = NonNullable<Memory['mine']>;

/** A new offer or answer of mine takes the place of the one before. */
export function withMine(memory: Memory, mine: Mine): Memory {
  const before = memory.mine === undefined ? [] : [memory.mine.id];
  return { ...memory, mine, former: [...memory.former, ...before].slice(-MOST_IDS) };
}

/** My open offer is none any more, and another key may sign for the link from now on. */
export function withdrawn(memory: Memory): Memory {
  const { signer: _signer, ...accepted } = memory.accepted ?? { ids: [], made: '', at: '' };
  const mine = memory.mine === undefined ? {} : { mine: { ...memory.mine, state: 'withdrawn' as const } };
  return { ...memory, ...mine, ...(memory.accepted === undefined ? {} : { accepted }) };
}

/** @param signer - Fingerprint. @param at - Now, UTC. */
export function withAccepted(memory: Memory, id: string, made: string, signer: string, at: string): Memory {
  return { ...memory, accepted: { ids: [...(memory.accepted?.ids ?? []), id].slice(-MOST_IDS), made, at, signer } };
}
