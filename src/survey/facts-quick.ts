/**
 * Reads the plain answers of a file of recorded facts, many times faster than the schema does.
 *
 * In: a parsed value. Out: the answers exactly as facts-file.ts gives them, or nothing: they then hold something else (bytes that are no text), or a mistake, and the
 * schema has to say what. Why it exists: a plan of thousands of links took a quarter of its time for the schema.
 */
import type { RecordedAnswer } from '../model/recording.js';
import { sharedBytes } from './bytes.js';

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

function answerOf(value: unknown): RecordedAnswer | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const key in value) if (!KEYS.has(key)) return undefined;
  const { probe, look, exit, total, stdout, stderr } = value as Record<string, unknown>;
  const asked = askedOf(probe, look);
  if (asked === undefined || !isCount(exit, 255) || !texts(stdout, MOST_LINES) || !texts(stderr, MOST_LINES)) return undefined;
  if (total !== undefined && !isCount(total, Number.MAX_SAFE_INTEGER)) return undefined;
  return sharedAnswer(asked, exit, total, stdout.join('\n'), stderr.join('\n'));
}

/** Most hosts of a kind answer most questions alike: such an answer is kept once. */
const shared = new Map<string, RecordedAnswer>();
const MOST_SHARED = 4096;
/** Characters; what is longer is seldom the same on two hosts. */
const LONGEST_SHARED = 16_384;

function sharedAnswer(asked: RecordedAnswer['asked'], exit: number, total: number | undefined, stdout: string, stderr: string): RecordedAnswer {
  const about = 'look' in asked ? asked.look : asked.probe.join('\0');
  // Lengths, so that no text can be taken for another cut elsewhere.
  const key = `${'look' in asked ? 'look' : 'probe'} ${exit} ${total ?? ''} ${about.length} ${stdout.length} ${about}${stdout}${stderr}`;
  const known = shared.get(key);
  if (known !== undefined) return known;
  const said = { asked, exit, stdout: sharedBytes(stdout), stderr: sharedBytes(stderr) };
  const made = total === undefined ? said : { ...said, total };
  if (key.length > LONGEST_SHARED) return made;
  if (shared.size >= MOST_SHARED) shared.clear();
  shared.set(key, made);
  return made;
}

/** @param value - Of `answers`, as JSON.parse gave it. */
export function plainAnswers(value: unknown): readonly RecordedAnswer[] | undefined {
  if (!Array.isArray(value) || value.length > MOST_ANSWERS) return undefined;
  const answers: RecordedAnswer[] = [];
  for (const one of value) {
    const answer = answerOf(one);
    if (answer === undefined) return undefined;
    answers.push(answer);
  }
  return answers;
}
