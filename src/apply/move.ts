/**
 * How one end changes its outer addresses, for when nobody is connected any more.
 *
 * In: one end of a link that is as wanted, as the survey found it. Out: a move: the steps that the plan would take, with placeholders for the addresses.
 * Why from the plan: what works on a system (down, tunnel, up; inner before outer) is the playbook's to say, once.
 */
import { ProvisionError } from '../errors/error.js';
import type { Move } from '../model/updater.js';
import type { Call, FileCall, ProveCall, RunCall } from '../model/wire.js';
import { bootSteps } from '../plan/boot.js';
import { liveSteps } from '../plan/steps.js';
import { contextOf, differences, type EndInput } from '../plan/wanted.js';
import { fillWords } from '../playbook/template.js';
import { PLACE } from '../script/move.js';
import { callsOf, fileCall } from './steps.js';

const NOW = { local: PLACE.newLocal, remote: PLACE.newRemote };
const WAS = { local: PLACE.oldLocal, remote: PLACE.oldRemote };
/** Seconds that one ping of a move waits for its answer. */
const PING_SECONDS = '2';

/** The same end, as if it had one unknown outer pair and were to get another. */
function moving(found: EndInput, mtuBytes: number): EndInput {
  const { end, facts, values } = found;
  return {
    ...found,
    end: { ...end, outer: NOW },
    facts: { ...facts, live: { ...facts.live, outer: { known: true, value: WAS } } },
    values: values.with({
      mtu: String(mtuBytes),
      'outer.local': NOW.local,
      'outer.remote': NOW.remote,
      'before.outer.local': WAS.local,
      'before.outer.remote': WAS.remote,
    }),
  };
}

const isMoveCall = (call: Call): call is RunCall | ProveCall => call.verb === 'run' || call.verb === 'prove';
const isWritten = (call: FileCall): boolean => call.verb !== 'remove';

/** @throws {ProvisionError} LINK_NOT_READY where more than the outer addresses of this end would have to be changed. */
export function moveOf(found: EndInput, mtuBytes: number): Move {
  const input = moving(found, mtuBytes);
  const { playbook, facts } = input;
  const differs = differences(input, mtuBytes, false);
  const more = [...differs].filter((d) => d !== 'outer');
  if (more.length > 0 || !differs.has('outer')) {
    throw new ProvisionError('LINK_NOT_READY', `${input.end.interface} on ${facts.host} is not as wanted yet: ${more.join(', ')}.`, {
      host: facts.host,
      state: 'Nothing was changed.',
      next: `Run: provision link ${input.link.name}`,
    });
  }
  const { calls } = callsOf(liveSteps(input, mtuBytes).steps);
  const context = contextOf(input, { differs, wantMtu: mtuBytes, creating: false });
  const files = bootSteps(input, 'link', context).map((step) => fileCall(step.id, step.file));
  const target = input.values.with({ target: input.end.inner.peer, count: '1', deadline: PING_SECONDS, payload: '56' });
  return {
    point: calls.filter(isMoveCall),
    boot: files.filter(isWritten),
    across: { verb: 'prove', id: 'across', pattern: playbook.ping.answered, words: fillWords(playbook.ping.run, target) },
  };
}
