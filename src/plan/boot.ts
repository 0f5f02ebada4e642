/**
 * What has to be written so that the tunnel is there after a reboot.
 *
 * In: the end's input. Out: file steps, or an error where the files are somebody else's. Pure. The way is the playbook's: the first whose conditions hold.
 */
import { ProvisionError } from '../errors/error.js';
import type { FileStep } from '../model/plan.js';
import { leaves, withoutLeaving } from '../playbook/compose.js';
import { type Context, holds } from '../playbook/condition.js';
import type { BootFile, BootWay, OwnFile, PlaybookStep } from '../playbook/schema.js';
import { fillText, fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import { byHand } from './by-hand.js';
import { contextOf, type EndInput } from './wanted.js';

const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** The text between our two marks, or null. */
export function blockIn(content: string, name: string): string | null {
  const begin = `# BEGIN provision ${name}\n`;
  const end = `# END provision ${name}`;
  const from = content.startsWith(begin) ? 0 : content.indexOf(`\n${begin}`) + 1;
  if (!content.startsWith(begin, from)) return null;
  const to = content.indexOf(end, from);
  return to === -1 ? null : content.slice(from + begin.length, to);
}

/** The line by which a whole file is known to be ours. */
export const ownerLine = (link: string): string => `provision: link ${link}`;

/** The same of a file that serves every link. */
const SHARED_LINE = 'provision: shared';
/** The block that serves every link: no link can have this name. */
const SHARED_BLOCK = '_shared';

const blockName = (input: EndInput, file: OwnFile): string => (file.shared ? SHARED_BLOCK : input.end.link);

/** The way this host keeps things after a reboot. */
export function bootWay(input: EndInput): BootWay {
  const way = input.playbook.boot.find((b) => holds(b.when, contextOf(input)));
  if (way !== undefined) return way;
  const tried = input.playbook.boot.map((b) => b.title).join('; ');
  throw new ProvisionError('BOOT_MANAGER_UNKNOWN', `What configures the network of ${input.facts.host} at boot is not clear.`, {
    host: input.facts.host,
    why: `None of these was found: ${tried}.`,
    state: 'Nothing was changed.',
  });
}

/** What is there now of one boot file: our block, or the whole file; null if absent. */
export function present(input: EndInput, file: OwnFile): { content: string | null; mode?: string } {
  const path = fillText(file.path, input.values);
  const fact = input.facts.files.get(path);
  if (fact === undefined || fact.state === 'absent') return { content: null };
  if (fact.state !== 'file') {
    throw new ProvisionError(
      'BOOT_FILE_FOREIGN',
      `${path} on ${input.facts.host} is ${fact.state === 'symlink' ? 'a symbolic link' : 'not a regular file'}.`,
      {
        host: input.facts.host,
        state: 'Nothing was changed.',
        next: 'provision writes regular files only: put a regular file in its place.',
      },
    );
  }
  const content = decode(fact.content);
  if (file.block) return { content: blockIn(content, blockName(input, file)) };
  return { content, ...(fact.mode === undefined ? {} : { mode: fact.mode }) };
}

/** Permission bits as `ls` writes them, from an octal mode such as 0644. */
export function modeText(mode: string): string {
  return [...mode.slice(-3)].map((d) => (Number(d) & 4 ? 'r' : '-') + (Number(d) & 2 ? 'w' : '-') + (Number(d) & 1 ? 'x' : '-')).join('');
}

/** Whether what is there of a file was written by provision, for this link or for all. */
export const isOurs = (input: EndInput, file: OwnFile, now: string | null): boolean =>
  now !== null && (file.block || now.includes(file.shared ? SHARED_LINE : ownerLine(input.end.link)));

function assertOurs(input: EndInput, file: OwnFile, now: string | null, why: string): void {
  if (now === null || isOurs(input, file, now)) return;
  const path = fillText(file.path, input.values);
  throw new ProvisionError('BOOT_FILE_FOREIGN', `${path} on ${input.facts.host} is there and was not written by provision for ${input.end.link}.`, {
    host: input.facts.host,
    ...(why === '' ? {} : { why: `It does not do the same: ${why}.` }),
    state: 'Nothing was changed.',
    next: `${why === '' ? 'Move' : 'Write it so that it does the same, move'} it away, or take another interface name than ${input.end.interface}.`,
  });
}

/** Those pieces of a file's text that apply, filled. */
export function contentOf(file: OwnFile, values: Values, context: Context): string {
  const pieces = typeof file.content === 'string' ? [file.content] : file.content.filter((c) => holds(c.when, context)).map((c) => c.text);
  return fillText(pieces.join(''), values);
}

/** Written by hand, and not the same or not ours to take away. */
function foreign(input: EndInput, message: string, why: string, next?: string): ProvisionError {
  const { host } = input.facts;
  return new ProvisionError('BOOT_FILE_FOREIGN', message, {
    host,
    ...(why === '' ? {} : { why }),
    state: 'Nothing was changed.',
    ...(next === undefined ? {} : { next }),
  });
}

/** The files written by hand that stand in for this one; undefined where it is ours to write. @throws {ProvisionError} BOOT_FILE_FOREIGN where they say something else. */
function writtenByHand(input: EndInput, file: BootFile, goal: 'link' | 'unlink', context: Context): { same?: readonly string[]; why: string } {
  const found = byHand(file, input.facts.files, context, goal === 'link');
  const ours = isOurs(input, file, present(input, file).content);
  const said = file.byHand?.foreign;
  if (found === undefined) return { why: '' };
  if (found.same !== undefined && !ours) return { same: found.same, why: '' };
  if (found.signs.length === 0 || said === undefined) return { why: found.why };
  const message = fillText(said, input.values);
  if (goal === 'link') throw foreign(input, message, ours ? '' : `It does not do the same as what is wanted: ${found.why}.`);
  if (ours) return { why: '' };
  throw foreign(
    input,
    message,
    'It was written by hand, and would bring the tunnel back at the next boot.',
    'Take those lines away by hand, then run unlink again.',
  );
}

/** Files that a person has written and that do the same as ours would, by path. */
export function handWritten(input: EndInput, context: Context): string[] {
  const found = bootWay(input).files.filter((f) => holds(f.when, context));
  return [...new Set(found.flatMap((f) => writtenByHand(input, f, 'link', context).same ?? []))];
}

/** What a file is to hold; null where it is to go. A file that stays has nothing of a protocol that the link does not want any more. */
function wantedContent({ playbook, link }: EndInput, file: OwnFile, goal: 'link' | 'unlink', context: Context): string | null {
  if (goal === 'unlink' || leaves(playbook, file) || !holds(file.when, context)) return null;
  const values = context.values.with(withoutLeaving(link));
  return contentOf(file, values, { ...context, values });
}

/** Files to write (goal link) or to take away (goal unlink, and what a link does not want any more). */
export function bootSteps(input: EndInput, goal: 'link' | 'unlink', context: Context): FileStep[] {
  const way = bootWay(input);
  const conflict = way.conflicts.find((c) => holds(c.when, contextOf(input)));
  if (conflict !== undefined && goal === 'link') {
    throw new ProvisionError('BOOT_FILE_FOREIGN', fillText(conflict.text, input.values), { host: input.facts.host, state: 'Nothing was changed.' });
  }
  return way.files.flatMap((file) => {
    const wanted = wantedContent(input, file, goal, context);
    if (wanted === null && kept(file, context)) return [];
    const now = present(input, file);
    const hand = wanted === null && goal === 'link' ? { why: '' } : writtenByHand(input, file, goal, context);
    if (hand.same !== undefined && goal === 'link') return [];
    assertOurs(input, file, now.content, hand.why);
    return asWanted(file, wanted, now)
      ? []
      : [fileStep(input, file, wanted, now.content, { id: `boot-${file.id}`, phase: 'boot', ensures: ['boot'] })];
  });
}

/** Whether another link needs what this one would take away. */
const kept = (file: OwnFile, context: Context): boolean => file.keep.length > 0 && holds(file.keep, context);

function asWanted(file: OwnFile, wanted: string | null, now: { readonly content: string | null; readonly mode?: string }): boolean {
  const sameMode = file.block || wanted === null || now.mode === undefined || now.mode.slice(1, 10) === modeText(file.mode);
  return wanted === now.content && sameMode;
}

type FileRole = Pick<FileStep, 'id' | 'phase' | 'ensures'>;

function fileStep(input: EndInput, file: OwnFile, wanted: string | null, before: string | null, role: FileRole): FileStep {
  const { values } = input;
  const block = file.block ? { block: blockName(input, file) } : { mode: file.mode };
  return {
    ...role,
    title: fillText(file.title, values),
    action: wanted === null ? '-' : before === null ? '+' : '~',
    source: file.source,
    file: {
      path: fillText(file.path, values),
      ...block,
      content: wanted,
      before,
      ...(file.check === undefined ? {} : { check: fillWords(file.check, values.with({ file: FILE })) }),
    },
  };
}

/** Stays in the words: where the new file stands is known only when it is written. */
const FILE = '{{file}}';

/** Files that a program reads while the system runs: those of a step that are not as wanted (goal link), or that are to go (goal unlink). */
export function liveFileSteps(input: EndInput, step: PlaybookStep, goal: 'link' | 'unlink', context: Context): FileStep[] {
  return step.files.flatMap((file) => {
    const wanted = wantedContent(input, file, goal, context);
    if (wanted === null && kept(file, context)) return [];
    const now = present(input, file);
    assertOurs(input, file, now.content, '');
    if (asWanted(file, wanted, now)) return [];
    return [fileStep(input, file, wanted, now.content, { id: file.id, phase: 'live', ensures: step.ensures })];
  });
}
