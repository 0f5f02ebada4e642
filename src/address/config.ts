/**
 * `updater.json`: what the updater of one link has to know (model/updater.ts).
 *
 * In: a file in a folder of root's. Out: checked settings, or a ProvisionError that names the place.
 * Strict, because what stands here is run as root by a program that nobody watches: no unknown key, bounded sizes, and not one byte that others may write.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { validate as isSchedule } from 'node-cron';
import { z } from 'zod';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import { lazy } from '../files/lazy.js';
import { addressForm, outerForm } from '../inventory/address.js';
import { DYNAMIC_INTERFACE, NAME, USER } from '../inventory/forms.js';
import type { UpdaterConfig } from '../model/updater.js';
import { assertMoves, type MovePart, PLACE, partText } from '../script/move.js';

const SCHEMA = 'provision/updater/1';
/** Bytes of the whole file. */
const MAX_FILE = 1024 * 1024;
const MAX_CALLS = 50;

/** Built when it is first asked: a run on links needs what lies beside it here, and no settings of an updater. */
const shape = lazy(() => {
  const ascii = z
    .string()
    .max(65_536)
    .regex(/^[\t\n\x20-\x7e]*$/, 'is not plain ASCII text');
  const words = z.array(z.string().max(4096)).min(1).max(100).readonly();
  const id = z.string().max(200);
  const path = z.string().max(1024).startsWith('/');
  const content = ascii.transform((text): Uint8Array => Buffer.from(text, 'latin1'));
  const address = z.string().refine((text) => outerForm(text) === undefined, 'is no IPv4 address of a host');

  /** Dialled, so a way through this very host will do too. */
  const dialled = z.string().refine((text) => addressForm(text) === undefined, 'is no IPv4 address');

  const run = z.strictObject({ verb: z.literal('run'), id, words });
  const prove = z.strictObject({ verb: z.literal('prove'), id, pattern: z.string().max(4096), words });
  const file = z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('put'), id, mode: z.string().regex(/^0?[0-7]{3}$/), path, content }),
    z.strictObject({ verb: z.literal('block'), id, path, name: z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/), content }),
    z.strictObject({ verb: z.literal('remove'), id, path }),
  ]);

  return z.strictObject({
    schema: z.literal(SCHEMA),
    link: z.string().regex(NAME.pattern),
    host: z.string().regex(NAME.pattern),
    peer: z.string().regex(NAME.pattern),
    via: z.string().regex(NAME.pattern).exactOptional(),
    watch: z.string().regex(DYNAMIC_INTERFACE.pattern).exactOptional(),
    outer: z.strictObject({ local: address, remote: address }).readonly(),
    guard: path.exactOptional(),
    fixed: z
      .strictObject({
        address: dialled,
        port: z.int().min(1).max(65_535),
        user: z.string().regex(USER.pattern),
        hostKeys: z
          .array(
            z
              .string()
              .max(8192)
              .regex(/^(ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( [\x20-\x7e]*)?$/, 'is no public key'),
          )
          .min(1)
          .max(16)
          .readonly(),
        key: path,
        legacy: z.boolean().exactOptional(),
      })
      .readonly(),
    schedule: z.string().max(200).refine(isSchedule, 'is no schedule of five or six fields'),
    metricsPort: z.int().min(1).max(65_535).exactOptional(),
    move: z
      .strictObject({
        point: z
          .array(z.discriminatedUnion('verb', [run, prove]))
          .min(1)
          .max(MAX_CALLS)
          .readonly(),
        boot: z.array(file).max(MAX_CALLS).readonly(),
        across: prove,
      })
      .readonly(),
  });
});

const refused = (file: string, message: string, why?: string, cause?: unknown): ProvisionError =>
  new ProvisionError('UPDATER_SETTINGS', message, {
    place: { file, line: 1, column: 1 },
    ...(why === undefined ? {} : { why }),
    ...(cause === undefined ? {} : { cause }),
  });

const wordsOf = (error: unknown): string => clean(error instanceof Error ? error.message : String(error), { max: 300 });

/** One sentence about the first thing that is wrong. */
function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  const at = issue?.path.join('.') ?? '';
  return clean(`${at === '' ? 'the file' : at}: ${issue?.message ?? 'is not valid'}`, { max: 300 });
}

/** The compiler of phases knows what a call may hold; what it refuses is not kept for the night when it would be needed. */
function assertCompiles(config: UpdaterConfig): void {
  for (const part of ['point', 'boot', 'across'] satisfies MovePart[]) partText(config.move, part, '0'.repeat(32));
  if (config.watch !== undefined) assertMoves(config.move, PLACE.newLocal);
  if (config.via !== undefined) assertMoves(config.move, PLACE.newRemote);
}

/** @param file - Named in errors only. @throws ProvisionError UPDATER_SETTINGS */
export function parseConfig(text: string, file: string): UpdaterConfig {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw refused(file, 'The settings of the updater are no JSON.', wordsOf(error), error);
  }
  const parsed = shape().safeParse(data);
  if (!parsed.success) throw refused(file, 'The settings of the updater are not valid.', firstIssue(parsed.error));
  const { schema: _schema, ...config } = parsed.data;
  try {
    assertCompiles(config);
  } catch (error) {
    throw refused(file, 'The settings of the updater hold a step that cannot be run.', wordsOf(error), error);
  }
  return config;
}

/** Text of `updater.json`. @throws ProvisionError UPDATER_SETTINGS for what {@link parseConfig} would not take. */
export function configText(config: UpdaterConfig): string {
  const spelled = (_key: string, value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value);
  // Buffers have a toJSON of their own, which would come before the replacer.
  const boot = config.move.boot.map((call) => ('content' in call ? { ...call, content: Uint8Array.from(call.content) } : call));
  const text = `${JSON.stringify({ schema: SCHEMA, ...config, move: { ...config.move, boot } }, spelled, 2)}\n`;
  parseConfig(text, 'updater.json');
  return text;
}

/** Whoever may write this runs commands as us. */
function assertOurs(file: string, what: { readonly uid: number; readonly mode: number }, self: number): void {
  if (what.uid !== 0 && what.uid !== self) throw refused(file, `${clean(file)} belongs to another user.`, `its owner has the number ${what.uid}`);
  if ((what.mode & 0o022) !== 0) throw refused(file, `${clean(file)} may be changed by others.`, `its mode is ${(what.mode & 0o7777).toString(8)}`);
}

/** Reads a file that only root or we may write, in such a folder. @throws ProvisionError UPDATER_SETTINGS */
export function readConfig(file: string): UpdaterConfig {
  const self = process.geteuid?.() ?? 0;
  let text: string;
  let fd: number | undefined;
  try {
    const folder = statSync(dirname(file));
    assertOurs(dirname(file), folder, self);
    // Opened first and looked at then: nobody can put another file there in between.
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = fstatSync(fd);
    if (!found.isFile()) throw refused(file, `${clean(file)} is no regular file.`);
    assertOurs(file, found, self);
    if (found.size > MAX_FILE) throw refused(file, `${clean(file)} is longer than ${MAX_FILE} bytes.`);
    text = readFileSync(fd, 'utf8');
  } catch (error) {
    if (error instanceof ProvisionError) throw error;
    throw refused(file, `${clean(file)} cannot be read.`, wordsOf(error), error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return parseConfig(text, file);
}
