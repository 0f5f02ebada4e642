/**
 * Which steps put an updater on its two hosts, and which take it away. Pure.
 *
 * In: what is wanted and what stands there. Out: steps, as in any plan: what is right already has none.
 */
import type { CommandStep, FileStep, Step } from '../model/plan.js';
import { blockIn, contentOf, modeText } from '../plan/boot.js';
import { type Context, holds } from '../playbook/condition.js';
import type { BootFile, Playbook } from '../playbook/schema.js';
import { fillText, fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import type { UpdaterLook } from './updater-look.js';

const latin1 = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : Buffer.from(bytes).toString('latin1'));

export const textOf = (look: UpdaterLook, path: string): string | null => latin1(look.files.get(path)?.content);

const BASE = { ensures: ['updater'], phase: 'live', source: 'docs/updater.md' } as const;

/** One file, or our block in one; no step where it is as wanted. `null` takes it away. */
export function fileStep(
  look: UpdaterLook,
  wanted: { readonly id: string; readonly title: string; readonly path: string; readonly mode?: string; readonly block?: string },
  content: string | null,
): FileStep[] {
  const whole = textOf(look, wanted.path);
  const before = wanted.block === undefined || whole === null ? whole : blockIn(whole, wanted.block);
  const mode = look.files.get(wanted.path)?.mode;
  const sameMode = wanted.block !== undefined || content === null || mode === undefined || mode.slice(1, 10) === modeText(wanted.mode ?? '0644');
  if (before === content && sameMode) return [];
  const action = content === null ? '-' : before === null ? '+' : '~';
  const { id, title, path, block } = wanted;
  const file = { path, content, before, ...(block === undefined ? { mode: wanted.mode ?? '0644' } : { block }) };
  return [{ ...BASE, id, title, action, file }];
}

export function folderSteps(look: UpdaterLook): CommandStep[] {
  return look.missing.map((folder, i) => ({
    ...BASE,
    id: `folder${i}`,
    title: `Make ${folder}`,
    action: '+',
    words: ['mkdir', '-m', '0700', folder],
    proofs: [{ words: ['ls', '-ldn', folder], pattern: '^drwx------' }],
  }));
}

/** A key pair without a passphrase: nobody is there to type one. It never leaves the host. */
export function keySteps(look: UpdaterLook, key: string, type: string, comment: string): CommandStep[] {
  if (look.files.has(key) && look.files.has(`${key}.pub`)) return [];
  return [
    {
      ...BASE,
      id: 'key',
      title: 'Make a key pair for this purpose alone',
      action: '+',
      words: ['ssh-keygen', '-q', '-t', type, '-N', '', '-C', comment, '-f', key],
      proofs: [{ words: ['cat', `${key}.pub`], pattern: '^ssh-' }],
    },
  ];
}

/** Files that the playbook names. `wanted` false: they are taken away. */
export function playbookFiles(look: UpdaterLook, files: readonly BootFile[], values: Values, context: Context, wanted: boolean): Step[] {
  return files.flatMap((file) => {
    const path = fillText(file.path, values);
    const place = { id: file.id, title: fillText(file.title, values), path, mode: file.mode };
    const where = file.block ? { ...place, block: `updater.${values.get('link') ?? ''}` } : place;
    return fileStep(look, where, wanted && holds(file.when, context) ? contentOf(file, values, context) : null);
  });
}

type Service = NonNullable<Playbook['updater']>['service'][number];

export function serviceCommands(service: Service, how: 'start' | 'stop', values: Values): CommandStep[] {
  return service[how].map((words, i) => ({
    ...BASE,
    id: `${how}${i}`,
    title: how === 'start' ? 'Start the updater' : 'Stop the updater',
    action: how === 'start' ? '+' : '-',
    words: fillWords(words, values),
    proofs: [],
    // What was never started cannot be stopped.
    ...(how === 'stop' ? { mayFail: true as const } : {}),
  }));
}

/** Folders of cron's own files; without them there is no cron that would read them. */
export const cronFolders = (playbook: Playbook): string[] =>
  (playbook.updater?.cron ?? []).flatMap((file) => (file.block ? [] : [file.path.slice(0, file.path.lastIndexOf('/'))]));

/** One of them is needed where there is any. */
export const cronPrograms = (playbook: Playbook): readonly string[] => playbook.updater?.cronPrograms ?? [];

/** Paths that the playbook's ways to start an updater may have written. */
export function playbookPaths(playbook: Playbook, values: Values): string[] {
  const { updater } = playbook;
  if (updater === undefined) return [];
  return [...updater.cron, ...updater.service.flatMap((s) => s.files)].map((file) => fillText(file.path, values));
}
