/**
 * The receiver or meeting point file of an updater as a simulated host reads it (docs/updater.md): its data part, nothing else.
 *
 * In: the text of the file. Out: its values and the text of its phases, or undefined where a real shell would end with a syntax error.
 */
import type { MovePart } from '../script/move.js';
import { splitCall } from './wire-parse.js';

/** What a script that answers requests has in its data part. */
export interface AnsweringFile {
  readonly link: string;
  readonly home: string;
  readonly guard: string;
  /** Outer address of this end. */
  readonly local: string;
  /** Inner addresses. */
  readonly own: readonly string[];
  readonly private: boolean;
}

export interface ReceiverFile extends AnsweringFile {
  readonly any: boolean;
  /** Phases with the places for addresses left in. */
  readonly parts: Readonly<Record<MovePart, string>>;
}

export interface MeetingFile extends AnsweringFile {
  readonly end: string;
  readonly other: string;
}

const NAMES = ['PV_LINK', 'PV_HOME', 'PV_GUARD', 'PV_LOCAL', 'PV_OWN', 'PV_PRIVATE'] as const;

interface Read {
  readonly values: Map<string, string>;
  readonly texts: Map<string, string>;
}

/** Assignments and functions that print a text. Undefined: a line that is neither, or a text without its end. */
function readData(lines: readonly string[]): Read | undefined {
  const read: Read = { values: new Map(), texts: new Map() };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const name = /^pv_text_([a-z]+) \(\) \{$/.exec(line)?.[1];
    if (name !== undefined) {
      const end = lines.indexOf('PV_TEXT', at);
      if (lines[at + 1] !== "cat <<'PV_TEXT'" || end < 0 || lines[end + 1] !== '}') return undefined;
      read.texts.set(name, `${lines.slice(at + 2, end).join('\n')}\n`);
      at = end + 1;
      continue;
    }
    const set = /^(PV_[A-Z]+)=(.*)$/.exec(line);
    const value = set === null ? undefined : splitCall(set[2] ?? '');
    if (set !== null && value !== undefined) read.values.set(set[1] ?? '', value.words[0] ?? '');
    else if (line.trim() !== '' && !line.startsWith('#')) return undefined;
  }
  return read;
}

/** A file that is cut has lost its last line, the call that starts it. */
const WHOLE = /\npv_[a-z_]+_0000\n?$/;

export function readReceiver(text: string): ReceiverFile | MeetingFile | undefined {
  const lines = text.split('\n');
  const [from, to] = [lines.indexOf('# BEGIN data'), lines.indexOf('# END data')];
  if (from < 0 || to < from || !WHOLE.test(lines.slice(to).join('\n'))) return undefined;
  const read = readData(lines.slice(from + 1, to));
  if (read === undefined || NAMES.some((name) => !read.values.has(name))) return undefined;
  const value = (name: string): string => read.values.get(name) ?? '';
  const part = (name: MovePart): string => read.texts.get(name) ?? '';
  const common = {
    link: value('PV_LINK'),
    home: value('PV_HOME'),
    guard: value('PV_GUARD'),
    local: value('PV_LOCAL'),
    own: value('PV_OWN').split(' ').filter(Boolean),
    private: value('PV_PRIVATE') === 'yes',
  };
  const [end, other] = [value('PV_END'), value('PV_OTHER')];
  if (end !== '' && other !== '') return { ...common, end, other };
  if (part('point') === '' || !read.values.has('PV_ANY')) return undefined;
  return { ...common, any: value('PV_ANY') === 'yes', parts: { point: part('point'), boot: part('boot'), across: part('across') } };
}
