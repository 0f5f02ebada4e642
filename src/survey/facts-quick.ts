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

function askedOf(probe: unknown, look: unknown): RecordedAnswer['asked'] | undefined {
  if (probe === undefined) return typeof look === 'string' && PATH.test(look) ? { look } : undefined;
  if (look !== undefined || !texts(probe, MOST_WORDS) || probe.length === 0) return undefined;
  return probe.every((word) => word.length > 0 && word.length <= LONGEST_WORD) ? { probe } : undefined;
}

const isCount = (value: unknown, most: number): value is number => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;

function answerOf(value: unknown): RecordedAnswer | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const key in value) if (!KEYS.has(key)) return undefined;
  const { probe, look, exit, total, stdout, stderr } = value as Record<string, unknown>;
  const asked = askedOf(probe, look);
  if (asked === undefined || !isCount(exit, 255) || !texts(stdout, MOST_LINES) || !texts(stderr, MOST_LINES)) return undefined;
  if (total !== undefined && !isCount(total, Number.MAX_SAFE_INTEGER)) return undefined;
  const said = { asked, exit, stdout: sharedBytes(stdout.join('\n')), stderr: sharedBytes(stderr.join('\n')) };
  return total === undefined ? said : { ...said, total };
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
