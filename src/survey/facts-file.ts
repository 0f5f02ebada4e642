/**
 * Recorded facts as a file that git may keep: one JSON document for each host, text as lists of lines, in a stable order.
 *
 * In: a recording, or the text of a file that anybody may have written. Out: the document, or the recording after a strict check.
 */
import { z } from 'zod';
import { ProvisionError } from '../errors/error.js';
import { parsedJson } from '../files/json.js';
import { FileRefused, readRegular } from '../files/read.js';
import type { KeptRecording, RecordedAnswer, Recording } from '../model/recording.js';
import { plainFacts } from './facts-quick.js';

const SCHEMA = 'provision/recorded-facts/1';
/** Bytes of one file: some hundred answers of 64 KiB are more than any host gives. */
const LONGEST = 4 * 2 ** 20;
const MOST_ANSWERS = 4000;

/** A name of a host has no slash (inventory/forms.ts), so the file stays in its folder. */
export const factsFileName = (host: string): string => `${host}.json`;

const toLines = (bytes: Uint8Array): readonly string[] | { readonly base64: string } => {
  const text = Buffer.from(bytes).toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return { base64: Buffer.from(bytes).toString('base64') };
  return text === '' ? [] : text.split('\n');
};

/** The document of a file. */
export function factsFileDocument({ host, recorded, simulated, address, sshAddress, answers }: Recording): Record<string, unknown> {
  return {
    schema: SCHEMA,
    host,
    recorded,
    ...(simulated === undefined ? {} : { simulated }),
    ...(address === undefined ? {} : { address }),
    ...(sshAddress === undefined ? {} : { sshAddress }),
    answers: answers.map(({ asked, exit, stdout, stderr, total }) => ({
      ...asked,
      exit,
      ...(total === undefined ? {} : { total }),
      stdout: toLines(stdout),
      stderr: toLines(stderr),
    })),
  };
}

const address = z.string().regex(/^\d{1,3}(\.\d{1,3}){3}$/);
const bytes = z.union([
  z
    .array(z.string())
    .max(70_000)
    .transform((lines): Uint8Array => Buffer.from(lines.join('\n'), 'utf8')),
  z.strictObject({ base64: z.base64() }).transform(({ base64 }): Uint8Array => Buffer.from(base64, 'base64')),
]);
const said = { exit: z.int().min(0).max(255), total: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(), stdout: bytes, stderr: bytes };
const answer = z.union([
  z.strictObject({ probe: z.array(z.string().min(1).max(4096)).min(1).max(200), ...said }),
  z.strictObject({ look: z.string().regex(/^\/.{0,4095}$/), ...said }),
]);
const head = z.strictObject({
  schema: z.literal(SCHEMA),
  host: z.string(),
  recorded: z.iso.datetime(),
  simulated: z.string().min(1).max(64).optional(),
  address: address.optional(),
  sshAddress: address.optional(),
});
/** The document with its answers taken out. */
const emptied = head.extend({ answers: z.tuple([]) });
const shape = head.extend({
  answers: z
    .array(answer)
    .max(MOST_ANSWERS)
    .transform((answers): readonly RecordedAnswer[] => answers.map(asAnswer)),
});

/** The document after its check; undefined where it does not follow its form or is not plain. */
function readQuick(text: string): z.output<typeof shape> | undefined {
  const plain = plainFacts(text);
  const read = plain === undefined ? undefined : emptied.safeParse(plain.head).data;
  return plain === undefined || read === undefined ? undefined : { ...read, answers: plain.answers };
}

const invalid = (file: string, host: string, why: string): ProvisionError =>
  new ProvisionError('FACTS_INVALID', `The recorded facts of ${host} cannot be used.`, {
    host,
    place: { file, line: 1, column: 1 },
    why,
    state: 'Nothing was changed.',
    next: `Where the host can be reached, run: provision facts ${host} --save`,
  });

function asAnswer({ exit, stdout, stderr, total, ...asked }: z.output<typeof answer>): RecordedAnswer {
  return { asked, exit, stdout, stderr, ...(total === undefined ? {} : { total }) };
}

function readWhole(text: string, file: string, host: string): z.output<typeof shape> {
  const value = parsedJson(text);
  if (typeof value !== 'object' || value === null) throw invalid(file, host, 'The file is not a JSON document.');
  const schema = 'schema' in value ? value.schema : undefined;
  if (schema !== SCHEMA) {
    const other = typeof schema === 'string' && schema.startsWith('provision/recorded-facts/');
    throw invalid(file, host, other ? `It has the form ${schema}; this version reads ${SCHEMA}.` : `It is not a file of recorded facts (${SCHEMA}).`);
  }
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const [first] = read.error.issues;
  throw invalid(file, host, `It does not follow its form at ${first?.path.join('.') || 'the top'}.`);
}

/** @throws {ProvisionError} FACTS_INVALID with the reason. */
export function parseFacts(text: string, file: string, host: string): KeptRecording {
  const read = readQuick(text) ?? readWhole(text, file, host);
  const { answers, recorded, simulated, address: present, sshAddress } = read;
  if (read.host !== host) throw invalid(file, host, `It was recorded on another host, ${read.host}.`);
  return {
    file,
    host,
    recorded,
    ...(simulated === undefined ? {} : { simulated }),
    ...(present === undefined ? {} : { address: present }),
    ...(sshAddress === undefined ? {} : { sshAddress }),
    answers,
  };
}

/**
 * Reads the facts of one host.
 *
 * @param within - The folder that no symbolic link may lead out of.
 * @param path - To open; `file` is how it is called in messages.
 * @returns undefined where there is no such file.
 * @throws {ProvisionError} FACTS_INVALID.
 */
export function readFacts(path: string, file: string, host: string, within: string | undefined): KeptRecording | undefined {
  let text: string;
  try {
    text = readRegular(path, { most: LONGEST, ...(within === undefined ? {} : { within }) }).toString('utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw invalid(file, host, error instanceof FileRefused ? `The file ${error.message}.` : `The file cannot be read (${code || 'reason unknown'}).`);
  }
  return parseFacts(text, file, host);
}
