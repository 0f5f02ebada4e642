/**
 * Whether the MSS of TCP can be clamped on a link that asks for it.
 *
 * In: both ends. Out: nothing, or why neither end can. Pure. One end that can is enough: all that is forwarded through the tunnel passes both, and it clamps both ways.
 */
import { ProvisionError } from '../errors/error.js';
import { type EndInput, refusal } from './wanted.js';

/** Why an end cannot; undefined where it can. */
function whyNot(input: EndInput): string | undefined {
  const { playbook, facts } = input;
  const why = playbook.mss === undefined ? `${playbook.title} has no words for it.` : refusal(input, playbook.mss.unless);
  return why === undefined ? undefined : `${facts.host}: ${why}`;
}

/** @throws {ProvisionError} MSS_IMPOSSIBLE */
export function checkClamp(pair: readonly [EndInput, EndInput]): void {
  const [{ link }] = pair;
  if (link.mss !== true) return;
  const reasons = pair.filter((input) => input.elsewhere !== true).map(whyNot);
  if (reasons.includes(undefined)) return;
  throw new ProvisionError('MSS_IMPOSSIBLE', `${link.name} has mss: true, and no end of it can clamp the MSS of TCP.`, {
    why: reasons.join(' '),
    state: 'Nothing was changed.',
    place: link.place,
  });
}
