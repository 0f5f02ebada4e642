/**
 * Turns the calls of a phase into the shell text of docs/wire.md.
 *
 * In: calls (data). Out: one function definition and its call.
 * Why so strict: this is where data meets a root shell. Text gets in by quoteWord and by the two here-document encodings, by nothing else.
 */
import { ProvisionError } from '../errors/error.js';
import type { ArmCall, BlockCall, Call, PutCall } from '../model/wire.js';
import { cksum } from './cksum.js';
import { quoteWord } from './quote.js';

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;
const MODE = /^0?[0-7]{3}$/;
const BLOCK_NAME = /^[A-Za-z0-9_.-]{1,100}$/;
const MARK = /^[0-9a-f]{32}$/;
/** Bytes of content per line of an octal here-document: 4 characters each, far below any limit on words. */
const OCTAL_LINE = 240;

export interface PhaseForm {
  /** Contents hold placeholders: their length and sum are not known yet and not checked. */
  readonly open?: boolean;
}

const bug = (message: string): ProvisionError => new ProvisionError('BUG', message);

/**
 * Compiles one phase.
 *
 * @param number - 1 to 9999; each phase of a session has its own.
 * @param mark - The session's random mark, 32 hexadecimal digits.
 * @throws ProvisionError INVENTORY_VALUE for a word that cannot travel, BUG for a call of the wrong form.
 */
export function compilePhase(number: number, mark: string, calls: readonly Call[], how: PhaseForm = {}): string {
  if (!Number.isInteger(number) || number < 1 || number > 9999) throw bug(`Phase number ${number} is not between 1 and 9999.`);
  if (!MARK.test(mark)) throw bug('The mark is not of 32 hexadecimal digits.');
  const seen = new Set<string>();
  for (const { id } of calls) {
    if (!ID.test(id)) throw bug(`The call id ${JSON.stringify(id)} has the wrong form.`);
    if (seen.has(id)) throw bug(`The call id ${id} is used twice in one phase.`);
    seen.add(id);
  }
  const digits = String(number).padStart(4, '0');
  const name = `pv_phase_${digits}`;
  return `${name} () {\n${calls.map((call) => compileCall(call, mark, how)).join('')}pv_end ${digits}\n}\n${name}\n`;
}

function compileCall(call: Call, mark: string, how: PhaseForm): string {
  switch (call.verb) {
    case 'probe':
    case 'run':
    case 'try':
      return line(call.verb, call.id, ...command(call.words));
    case 'prove':
      return line('prove', call.id, call.pattern, ...command(call.words));
    case 'look':
    case 'remove':
      return line(call.verb, call.id, path(call.path));
    case 'arm':
      return compileArm(call, mark);
    case 'join':
      return line('join', call.id, path(call.state), path(call.keep), runId(call.run), call.mode);
    case 'agree':
      return line('agree', call.id, String(secondsOf(call.seconds)));
    case 'settle':
      return line('settle', call.id, runId(call.run), call.how, path(call.path));
    case 'held':
      return line('held', call.id, path(call.state));
    case 'release':
      return line('release', call.id, path(call.state), runId(call.run), ...call.cancel);
    case 'disarm':
      return line('disarm', call.id, path(call.state), path(call.keep), runId(call.run), ...call.cancel);
    case 'put':
      return compilePut(call, mark, how);
    case 'block':
      return compileBlock(call, mark, how);
  }
}

function compilePut(call: PutCall, mark: string, how: PhaseForm): string {
  if (!MODE.test(call.mode)) throw bug(`The mode ${JSON.stringify(call.mode)} is not of three octal digits.`);
  return withContent(['put', call.id, call.mode, path(call.path)], call.content, mark, { ...how });
}

function runId(run: string): string {
  if (!/^[0-9a-f]{8,64}$/.test(run)) throw bug(`The run id ${JSON.stringify(run)} has the wrong form.`);
  return run;
}

function secondsOf(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400) throw bug(`${seconds} seconds is no time for a guard.`);
  return seconds;
}

function compileArm(call: ArmCall, mark: string): string {
  const { id, run, seconds, holder } = call;
  const words = ['arm', id, path(call.state), path(call.keep), runId(run), String(secondsOf(seconds)), holder];
  return withContent(words, call.script, mark, { after: call.timer });
}

function compileBlock(call: BlockCall, mark: string, how: PhaseForm): string {
  if (!BLOCK_NAME.test(call.name)) throw bug(`The block name ${JSON.stringify(call.name)} has the wrong form.`);
  const content = closedByNewline(call.content);
  const text = `\n${Buffer.from(content).toString('latin1')}`;
  if (text.includes(`\n# END provision ${call.name}\n`) || text.includes(`\n# BEGIN provision ${call.name}\n`)) {
    throw bug(`The content of block ${call.name} holds the block's own first or last line.`);
  }
  return withContent(['block', call.id, path(call.path), call.name], content, mark, { ...how });
}

const line = (verb: string, ...words: readonly string[]): string => `${[verb, ...words.map(quoteWord)].join(' ')}\n`;

/** exec takes a first word that begins with a dash as its own option in some shells. */
function command(words: readonly string[]): readonly string[] {
  const first = words[0];
  if (first === undefined || first === '' || first.startsWith('-')) throw bug(`${JSON.stringify(first ?? '')} is not a command.`);
  return words;
}

function path(value: string): string {
  const parts = value.split('/').slice(1);
  if (!value.startsWith('/') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw bug(`${JSON.stringify(value)} is not the full path of a file.`);
  }
  return value;
}

/** The last line of a block must end before our END line begins. */
function closedByNewline(content: Uint8Array): Uint8Array {
  if (content.length === 0 || content.at(-1) === 0x0a) return content;
  return Buffer.concat([content, Buffer.from('\n')]);
}

interface ContentForm extends PhaseForm {
  /** Words behind the figures. */
  readonly after?: readonly string[];
}

function withContent(words: readonly string[], content: Uint8Array, mark: string, { open = false, after = [] }: ContentForm): string {
  if (content.includes(0)) throw bug('A file with a NUL byte cannot travel.');
  const [verb = '', ...rest] = words;
  const end = `PV_${mark}`;
  const encoding = isPlain(content, end) ? 'plain' : 'octal';
  const body = encoding === 'plain' ? Buffer.from(content).toString('latin1') : octalLines(content);
  if (open && content.length === 0) throw bug('A content with placeholders cannot be empty.');
  if (open && encoding === 'octal') throw bug('A content with placeholders must be printable ASCII.');
  const sum = open ? '- -' : `${content.length} ${cksum(content)}`;
  const figures = [`${sum} ${encoding}`, ...after.map(quoteWord)].join(' ');
  return `${verb} ${rest.map(quoteWord).join(' ')} ${figures} <<'${end}'\n${body}${end}\n`;
}

/** Printable ASCII, tab and newline, ending in a newline; empty counts. A line that would end the here-document does not. */
function isPlain(content: Uint8Array, end: string): boolean {
  const text = Buffer.from(content).toString('latin1');
  return /^(?:[\t\n\x20-\x7e]*\n)?$/.test(text) && !text.includes(end);
}

/** Lines of printf formats. A dash at the beginning of a line would be an option, a blank at either end could be lost: both go as octal. */
function octalLines(content: Uint8Array): string {
  let text = '';
  for (let at = 0; at < content.length; at += OCTAL_LINE) {
    const part = [...content.subarray(at, at + OCTAL_LINE)];
    text += `${part.map((byte, index) => printfByte(byte, index === 0 || index === part.length - 1)).join('')}\n`;
  }
  return text;
}

function printfByte(byte: number, edge: boolean): string {
  if (byte === 0x5c) return '\\\\';
  if (byte === 0x25) return '%%';
  if (byte < 0x20 || byte > 0x7e || (edge && (byte === 0x20 || byte === 0x2d))) return `\\${byte.toString(8).padStart(3, '0')}`;
  return String.fromCharCode(byte);
}
