/**
 * The scripts of an updater: the receiver of the fixed end, the meeting point of two ends that both move, and the updater of a host without Node.
 *
 * In: a move and what the script must know. Out: whole files: data, the prelude of the wire program, the program (docs/updater.md). All are made when the
 * updater is installed and run with nobody connected.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Move, OuterPair } from '../model/updater.js';
import { type MovePart, partText } from './move.js';
import { preludeText } from './prelude.js';
import { quoteWord } from './quote.js';

const program = (name: string): string => readFileSync(new URL(`../script/${name}.sh`, import.meta.url), 'utf8');
const MOVER = program('mover');
const REQUEST = program('request');
const RECEIVER = program('receiver');
const MEETING = program('meeting');
const UPDATER = program('updater');

/** What every script knows. */
interface Common {
  readonly link: string;
  /** Folder of the link that outlasts a reboot, and its guard folder; without the path prefix. */
  readonly home: string;
  readonly guard: string;
  /** Path prefix and PATH; only tests set them. */
  readonly root?: string;
  readonly path?: string;
}

/** What the script of an end knows. */
interface EndData extends Common {
  /** Outer addresses of this end as installed. */
  readonly outer: OuterPair;
  readonly move: Move;
}

/** What a script that answers requests knows. */
interface AnswerData {
  /** Inner addresses, which can be nobody's outer one. */
  readonly own: readonly string[];
  /** Private addresses will do. */
  readonly private: boolean;
}

export interface ReceiverData extends EndData, AnswerData {
  /** A request may name another address than the one it comes from. */
  readonly any: boolean;
}

/** One end at the meeting point; the other end has a script of its own there. */
export interface MeetingData extends Common, AnswerData {
  /** Address of the meeting point itself. */
  readonly local: string;
  /** Inventory names of the end whose key runs this script, and of the other one. */
  readonly end: string;
  readonly other: string;
}

export interface ShUpdaterData extends EndData {
  /** What is asked is a meeting point: the other end moves too. */
  readonly via: boolean;
  /** Interface whose address is this end's; absent behind a gateway. */
  readonly watch?: string;
  /** Prints the addresses of the watched interface: a command and a sed script for its output. */
  readonly read: { readonly words: readonly string[]; readonly sed: string };
  /** ssh and its options up to the address to bind to; then where to. */
  readonly ssh: { readonly words: readonly string[]; readonly to: string };
}

/** The text of one part as a function that prints it; a part without calls is a phase that does nothing. */
function textFunction(data: EndData, part: MovePart, mark: string): string {
  return `pv_text_${part} () {\ncat <<'PV_TEXT'\n${partText(data.move, part, mark)}PV_TEXT\n}`;
}

const assigned = (values: Readonly<Record<string, string>>): string[] => Object.entries(values).map(([name, value]) => `${name}=${quoteWord(value)}`);

/** The random names of one script: lines of ours begin with the mark, the private directory is named by the seed. */
export interface ScriptNames {
  readonly mark: string;
  readonly seed: string;
}

/** Those of a script that is there, so that installing it again changes nothing; else new ones. */
export function namesOf(script: string | null): ScriptNames {
  const mark = /^PV_MARK='([0-9a-f]{32})'$/m.exec(script ?? '')?.[1];
  const seed = /^PV_SEED='([0-9a-f]{32})'\$\$$/m.exec(script ?? '')?.[1];
  if (mark !== undefined && seed !== undefined && mark !== seed) return { mark, seed };
  return { mark: randomBytes(16).toString('hex'), seed: randomBytes(16).toString('hex') };
}

interface Program {
  readonly what: string;
  /** Lines before the data part. */
  readonly first: readonly string[];
  /** Lines of the data part that only this script has. */
  readonly lines: readonly string[];
  readonly texts: readonly string[];
}

/** Data lines of a script that changes its host. */
const moveLines = (data: EndData, { mark }: ScriptNames): string[] => [
  ...assigned({ PV_LOCAL: data.outer.local, PV_REMOTE: data.outer.remote }),
  ...(['point', 'boot', 'across'] as const).map((part) => textFunction(data, part, mark)),
];

function wholeScript(data: Common, { mark, seed }: ScriptNames, { what, first, lines, texts }: Program): string {
  const prelude = preludeText({
    mark,
    dir: seed,
    ...(data.root === undefined ? {} : { root: data.root }),
    ...(data.path === undefined ? {} : { path: data.path }),
  });
  return [
    '#!/bin/sh',
    `# provision: ${what} for link ${data.link}; written whole, changes by hand are lost`,
    ...first,
    '# BEGIN data',
    ...assigned({ PV_LINK: data.link, PV_HOME: data.home, PV_GUARD: data.guard }),
    ...lines,
    '# END data',
    // It runs many times: each has a private directory of its own.
    prelude.replace(`PV_SEED='${seed}'`, () => `PV_SEED='${seed}'$$`).trimEnd(),
    ...[MOVER, ...texts].map((text) => text.trimEnd()),
    '',
  ].join('\n');
}

/** First lines of a script that a forced command runs: the request, and the answer on descriptor 3. */
const answering = (data: Common, log: string): string[] => [
  'PV_SSH=$SSH_CONNECTION',
  'PV_ASKED=$SSH_ORIGINAL_COMMAND',
  // sudo takes both variables away; then the forced command gives them as words.
  'if [ $# = 2 ]; then PV_SSH=$1; PV_ASKED=$2; fi',
  `exec 3>&1 >${quoteWord(`${data.root ?? ''}${data.home}/${log}`)} 2>&1 </dev/null`,
];

const yes = (is: boolean): string => (is ? 'yes' : 'no');

/** @throws ProvisionError INVENTORY_VALUE for values that are not printable, BUG for contents with other bytes than ASCII. */
export function receiverText(data: ReceiverData, names: ScriptNames = namesOf(null)): string {
  const lines = [...assigned({ PV_OWN: data.own.join(' '), PV_ANY: yes(data.any), PV_PRIVATE: yes(data.private) }), ...moveLines(data, names)];
  return wholeScript(data, names, { what: 'receiver of the updater', first: answering(data, 'receiver.log'), lines, texts: [REQUEST, RECEIVER] });
}

/** @throws ProvisionError INVENTORY_VALUE for values that are not printable. */
export function meetingText(data: MeetingData, names: ScriptNames = namesOf(null)): string {
  const { end, other, local } = data;
  const lines = assigned({ PV_END: end, PV_OTHER: other, PV_LOCAL: local, PV_OWN: data.own.join(' '), PV_PRIVATE: yes(data.private) });
  return wholeScript(data, names, {
    what: `meeting point of ${end}`,
    first: answering(data, `meeting.${end}.log`),
    lines,
    texts: [REQUEST, MEETING],
  });
}

/** @throws as `receiverText`. */
export function shUpdaterText(data: ShUpdaterData, names: ScriptNames = namesOf(null)): string {
  const words = (list: readonly string[]): string => list.map(quoteWord).join(' ');
  const lines = [
    ...assigned({ PV_WATCH: data.watch ?? '', PV_VIA: yes(data.via) }),
    `pv_own () {\n${words(data.read.words)} 2>/dev/null </dev/null | sed -n ${quoteWord(data.read.sed)} | sed 1q\n}`,
    `pv_ssh () { # address to come from, request\n${words(data.ssh.words)} -b "$1" ${quoteWord(data.ssh.to)} "$2"\n}`,
    ...moveLines(data, names),
  ];
  const first = ['exec 3>&1 >/dev/null 2>&1 </dev/null'];
  return wholeScript(data, names, { what: 'updater', first, lines, texts: [UPDATER] });
}
