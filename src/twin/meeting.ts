/**
 * The meeting point of two ends that both move, on a simulated host: does natively what the script of docs/updater.md does in a real shell.
 *
 * In: the file, what was asked for, where from. Out: the words of the answer; one file of the link's folder is changed.
 */
import type { SimulatedHost } from './host.js';
import type { MeetingFile } from './receiver-file.js';
import { isIpv4, type Parsed, type Seen, unfit } from './receiver-request.js';
import { ReceiverState } from './receiver-state.js';

function decided(state: ReceiverState, file: MeetingFile, parsed: Parsed, seen: Seen): string {
  if ('refused' in parsed) return `refused ${parsed.refused}`;
  const { request } = parsed;
  if (request.kind === 'move') return 'refused request';
  const [own, other] = [state.seen(file.end), state.seen(file.other)];
  if (own === undefined || other === undefined || !isIpv4(own.address) || !isIpv4(other.address)) return 'failed state';
  if (request.kind === 'see') return `seen ${seen.from} ${own.seq} ${own.address}`;
  const [seq, noted] = [Number(request.seq), Number(own.seq)];
  if (seq < noted) return `stale ${own.seq}`;
  const code = unfit(file, seen, seen.from);
  if (code !== undefined) return `refused ${code}`;
  if (seq === noted) return `met ${request.seq} ${own.address} ${other.address}`;
  // Where nothing but the number is new it is a question, and those are not counted.
  const wait = seen.from === own.address ? undefined : state.tooOften(`recent.${file.end}`);
  if (wait !== undefined) return `busy ${wait}`;
  return state.note(file.end, request.seq, seen.from) ? `met ${request.seq} ${seen.from} ${other.address}` : 'failed state';
}

export function meet(host: SimulatedHost, file: MeetingFile, parsed: Parsed, seen: Seen): string {
  const state = new ReceiverState(host, file.home);
  state.keepLog('', `meeting.${file.end}.log`);
  return decided(state, file, parsed, seen);
}
