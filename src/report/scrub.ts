/**
 * Records without secrets, for what is kept: the log and the journal.
 *
 * In: a value. Out: the value without secrets, or its JSON text on one line. Secrets are taken out by key and by shape; maps become objects and bytes become text.
 */
import { jsonText } from './json.js';

/** Longest text of one value, in characters. */
const MAX_TEXT = 70_000;
const DEEPEST = 12;

const SECRET_KEY = /pass(word|phrase)?$|secret|token|private_?key$|^identity_?data$/i;
const SECRET_TEXT = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(pass(?:word|phrase)?|secret|token)(\s*[=:]\s*)\S+/gi,
];

/** What any of them begins with: nearly no text has it, and one look is cheaper than two. */
const MAY_BE_SECRET = /PRIVATE KEY|pass|secret|token/i;
/** The same of keys and texts together. */
const MAY_HOLD_SECRET = /private[ _]?key|pass|secret|token|identity_?data/i;

function scrubText(text: string): string {
  const [key, pair] = SECRET_TEXT;
  let out = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  if (!MAY_BE_SECRET.test(out)) return out;
  if (key !== undefined) out = out.replace(key, '[secret]');
  return pair === undefined ? out : out.replace(pair, '$1$2[secret]');
}

/** The value without secrets. */
export function scrub(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return '…';
  if (typeof value === 'string') return scrubText(value);
  if (value instanceof Uint8Array) return scrubText(Buffer.from(value).toString('utf8'));
  if (value instanceof Map) return scrub(Object.fromEntries(value), depth);
  if (value instanceof Error) return { name: value.name, message: scrubText(value.message), stack: scrubText(value.stack ?? '') };
  if (Array.isArray(value)) return value.map((v) => scrub(v, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, v !== undefined && SECRET_KEY.test(k) ? '[secret]' : scrub(v, depth + 1)]));
}

/** Nothing in it looks otherwise in JSON than it would after `scrub`, secrets and long texts aside. */
function isPlain(value: unknown, depth: number): boolean {
  if (depth > DEEPEST) return false;
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) return value.every((one) => isPlain(one, depth + 1));
    if (Object.getPrototypeOf(value) !== Object.prototype) return false;
    for (const [key, one] of Object.entries(value)) {
      // JSON leaves such a key out, and `scrub` gives it a text.
      if (one === undefined ? SECRET_KEY.test(key) : !isPlain(one, depth + 1)) return false;
    }
    return true;
  }
  return typeof value !== 'function' && typeof value !== 'bigint' && typeof value !== 'symbol';
}

/** `jsonText(scrub(value))`: where there is nothing to take out, and nearly nowhere there is, without a copy of the value. */
export function scrubbedText(value: unknown): string {
  if (isPlain(value, 0)) {
    const text = jsonText(value);
    if (text.length <= MAX_TEXT && !MAY_HOLD_SECRET.test(text)) return text;
  }
  return jsonText(scrub(value));
}
