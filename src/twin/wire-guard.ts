/**
 * The verbs of the wire program that make, hold and end a guard on a simulated host: arm, join, agree, settle, disarm (docs/wire.md).
 *
 * In: a call and its phase. Out: its record. What starts the real timer is not run: the host's own clock is.
 */
import { cksum } from '../script/cksum.js';
import { settle, type VerbResult } from './wire-files.js';
import { decodeBody, type WireCall } from './wire-parse.js';
import type { PhaseContext, State } from './wire-state.js';

export type Answer = VerbResult & { readonly ok: boolean };

export const GUARD_VERBS: ReadonlySet<string> = new Set(['arm', 'join', 'agree', 'settle', 'disarm', 'held', 'release']);

/** Their records do not say whether anything was changed. */
export const UNFLAGGED: ReadonlySet<string> = new Set(['join', 'held']);

const refused = (exit: number, stderr: string, flag = 'same'): Answer => ({ exit, stdout: '', stderr: `${stderr}\n`, flag, ok: false });
const changed: Answer = { exit: 0, stdout: '', stderr: '', flag: 'changed', ok: true };

/** The guard has fired: refused with the status of the verb. */
export const fired = (exit: number, flag: string): Answer => refused(exit, 'the guard of this run has fired', flag);

/** Takes away what a run has staged, or every temporary file that was noted. */
function drop({ host }: PhaseContext, keep: string, run?: string): void {
  const noted = host.guards.takeNoted(keep);
  for (const path of noted) if (run === undefined || path.endsWith(`.pv-${run}`)) host.system.files.remove(path);
}

function arm(
  context: PhaseContext,
  words: readonly string[],
  body: readonly string[],
  phase: (calls: readonly WireCall[]) => Promise<State>,
): Answer {
  const [folder = '', keep = '', run = '', seconds = '', holder = '', length = '', sum = '', encoding = ''] = words;
  const script = decodeBody(encoding, Number(length), body);
  if (script === undefined || script.length !== Number(length) || String(cksum(Buffer.from(script, 'latin1'))) !== sum) {
    return refused(4, 'content did not arrive whole');
  }
  const { guards } = context.host;
  const at = context.root + keep;
  const held = guards.arm(
    context.root + folder,
    { run, holder, seconds: Number(seconds), script, keep: at },
    {
      phase: async (calls) => {
        const { gone, failed } = await phase(calls);
        return gone ? 'gone' : failed === undefined ? 'done' : 'failed';
      },
      drop: () => drop(context, at, run),
    },
  );
  if (held !== undefined) return refused(7, held);
  drop(context, at);
  return changed;
}

function join(context: PhaseContext, words: readonly string[], state: State): Answer {
  const [folder = '', keep = '', run = '', mode = ''] = words;
  state.joined = { folder: context.root + folder, keep: context.root + keep, run, staged: mode === 'staged' };
  return context.host.guards.stands(state.joined.folder, run) ? { ...changed, flag: '-' } : fired(3, '-');
}

/** @param phase - Runs calls as root, heard by nobody. */
export async function guardVerb(
  context: PhaseContext,
  call: WireCall,
  state: State,
  phase: (calls: readonly WireCall[]) => Promise<State>,
): Promise<Answer> {
  const { guards, system } = context.host;
  const [, ...words] = call.words;
  if (context.uid !== 0) return refused(5, 'Permission denied', UNFLAGGED.has(call.verb) ? '-' : 'same');
  switch (call.verb) {
    case 'arm':
      return arm(context, words, call.body ?? [], phase);
    case 'join':
      return join(context, words, state);
    case 'agree': {
      const { joined } = state;
      if (joined === undefined || !guards.agree(joined.folder, joined.run, Number(words[0]))) return fired(125, 'same');
      guards.touch(joined.folder);
      return changed;
    }
    case 'settle': {
      const [run = '', how = '', path = ''] = words;
      const done = settle(system.files, context.root + path, run, how);
      return { ...done, ok: done.exit === 0 };
    }
    case 'held':
      return { ...changed, flag: '-', stdout: guards.holderIn(context.root + (words[0] ?? '')) };
    case 'release':
      return (await guards.release(context.root + (words[0] ?? ''), words[1] ?? ''))
        ? changed
        : refused(3, 'the guard of this run does not stand any more');
    default: {
      const [folder = '', keep = '', run = ''] = words;
      const disarmed = guards.disarm(context.root + folder, run);
      if (disarmed || !guards.undoes(context.root + folder, run)) drop(context, context.root + keep, run);
      return disarmed ? changed : refused(3, 'the guard is not armed: it has fired, or never was');
    }
  }
}
