/**
 * Reads the plain answers of a file of recorded facts, many times faster than the schema does.
 *
 * In: the text of a file. Out: the parsed head and the answers exactly as facts-file.ts gives them, or nothing: the file is then not written as provision writes it, or holds
 * something else (bytes that are no text), or a mistake, and the schema has to say what. Why it exists: a plan of thousands of links took a quarter of its time for the schema.
 * Most hosts of a kind answer most questions alike, so an answer whose text was seen before is not read again.
 */
import { parsedJson } from '../files/json.js';
import type { RecordedAnswer } from '../model/recording.js';
import { keepText, textOf } from './bytes.js';

/** Each far below what the schema allows. */
const MOST_ANSWERS = 1000;
const MOST_LINES = 10_000;
const MOST_WORDS = 100;
const LONGEST_WORD = 1000;
const PATH = /^\/.{0,1000}$/;

const KEYS = new Set(['probe', 'look', 'exit', 'total', 'stdout', 'stderr']);

const texts = (value: unknown, most: number): value is string[] =>
  Array.isArray(value) && value.length <= most && value.every((one) => typeof one === 'string');

/** A word without a NUL, which no command can have. */
const isWord = (word: string): boolean => word.length > 0 && word.length <= LONGEST_WORD && !word.includes('\0');

function askedOf(probe: unknown, look: unknown): RecordedAnswer['asked'] | undefined {
  if (probe === undefined) return typeof look === 'string' && PATH.test(look) ? { look } : undefined;
  if (look !== undefined || !texts(probe, MOST_WORDS) || probe.length === 0) return undefined;
  return probe.every(isWord) ? { probe } : undefined;
}

const isCount = (value: unknown, most: number): value is number => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;

const NOTHING: Uint8Array = Buffer.alloc(0);
const bytesOf = (lines: readonly string[]): Uint8Array => (lines.length === 0 ? NOTHING : Buffer.from(lines.join('\n'), 'utf8'));

/** @param value - As JSON.parse gave it. */
export function plainAnswer(value: unknown): RecordedAnswer | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const key in value) if (!KEYS.has(key)) return undefined;
  const { probe, look, exit, total, stdout, stderr } = value as Record<string, unknown>;
  const asked = askedOf(probe, look);
  if (asked === undefined || !isCount(exit, 255) || !texts(stdout, MOST_LINES) || !texts(stderr, MOST_LINES)) return undefined;
  if (total !== undefined && !isCount(total, Number.MAX_SAFE_INTEGER)) return undefined;
  const said = { asked, exit, stdout: bytesOf(stdout), stderr: bytesOf(stderr) };
  return total === undefined ? said : { ...said, total };
}

/** Answers by their text in a file. */
const shared = new Map<string, RecordedAnswer>();
const MOST_SHARED = 4096;
/** Characters; what is longer is seldom the same on two hosts. */
const LONGEST_SHARED = 16_384;

/** @param text - What stands between the braces of an answer. */
function answerIn(text: string): RecordedAnswer | undefined {
  const known = shared.get(text);
  if (known !== undefined) return known;
  const made = plainAnswer(parsedJson(`{${text}}`));
  if (made === undefined || text.length > LONGEST_SHARED) return made;
  if (shared.size >= MOST_SHARED) shared.clear();
  // A copy: a piece of a text keeps the whole of it in memory.
  shared.set(Buffer.from(text, 'utf8').toString('utf8'), made);
  for (const bytes of [made.stdout, made.stderr]) keepText(bytes, textOf(bytes));
  return made;
}

/** How `writeRecorded` sets the list and what is between two answers. No line break can stand inside a JSON text, so neither can any of these. */
const OPEN = '\n  "answers": [\n    {';
const BETWEEN = '\n    },\n    {';
const CLOSE = '\n    }\n  ]\n}\n';

/**
 * Each piece between the marks is JSON of its own, and so is the rest with an empty list; put together they are the file, which therefore means nothing else.
 *
 * @returns What stands beside the answers, not yet checked, and the answers.
 */
export function plainFacts(text: string): { readonly head: unknown; readonly answers: readonly RecordedAnswer[] } | undefined {
  const from = text.indexOf(OPEN);
  if (from === -1 || !text.endsWith(CLOSE)) return undefined;
  const pieces = text.slice(from + OPEN.length, -CLOSE.length).split(BETWEEN);
  if (pieces.length > MOST_ANSWERS) return undefined;
  const answers: RecordedAnswer[] = [];
  for (const piece of pieces) {
    const answer = answerIn(piece);
    if (answer === undefined) return undefined;
    answers.push(answer);
  }
  return { head: parsedJson(`${text.slice(0, from)}"answers":[]}`), answers };
}
