/**
 * What a secret looks like in text that people wrote, and text without it.
 *
 * In: text. Out: whether it may hold a secret; the same text with secrets left out. Shapes only: a secret that looks like a word is not known as one.
 */

/** Keys whose plain value is a secret. */
export const SECRET_NAME = /^(?:.*[_-])?(?:pass(?:word|phrase|wd)|pwd|secret|token|api[_-]?key|private[_-]?key)$/i;

/** A private key: PEM, PuTTY's form, or the bare base64 of OpenSSH's. */
export const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----|PuTTY-User-Key-File-\d|\bb3BlbnNzaC1rZXktdjE/;

/** Access tokens that say what they are, and a password inside a URL. */
export const ACCESS_TOKEN =
  /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20}|AKIA[0-9A-Z]{16}|xox[abp]-[\w-]{10,})|:\/\/[^\s/:@]+:[^\s/@]+@/;

const KEY_BLOCK = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const GIVEN = /((?:^|[\s{,"'#])[\w-]*(?:pass(?:word|phrase|wd)|pwd|secret|token|api[_-]?key|private[_-]?key)["']?\s*[:=]\s*)(?![\s{]).+/gim;

const LEFT_OUT = '[secret]';

/** The text without secrets, line by line: no line is added or taken away. */
export function withoutSecrets(text: string): string {
  const open = text.replaceAll(KEY_BLOCK, (block) => block.replaceAll(/[^\r\n]+/g, LEFT_OUT));
  return open
    .replaceAll(GIVEN, `$1${LEFT_OUT}`)
    .split('\n')
    .map((line) => (PRIVATE_KEY.test(line) || ACCESS_TOKEN.test(line) ? LEFT_OUT : line))
    .join('\n');
}
