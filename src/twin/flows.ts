/**
 * What a stateful packet filter remembers: who began to talk to whom with which protocol. In: packets that were let through. Out: whether another one belongs to them.
 */
import type { Packet } from './packet.js';

/** new: nothing is known; asked: more of the side that began; established: of the other side, or after it has answered. */
export type FlowState = 'new' | 'asked' | 'established';

interface Flow {
  readonly from: string;
  at: number;
  answered: boolean;
}

function keyOf({ protocol, src, dst, udp, echo }: Packet): string {
  const ends = [`${src}.${udp?.source ?? ''}`, `${dst}.${udp?.destination ?? ''}`].sort();
  return [protocol, ...ends, echo?.id ?? ''].join(' ');
}

export class Flows {
  private readonly known = new Map<string, Flow>();

  /** @param lifetime - Milliseconds of silence after which a flow is forgotten. */
  constructor(
    private readonly clock: () => number,
    private readonly lifetime: number,
  ) {}

  private find(packet: Packet): Flow | undefined {
    const flow = this.known.get(keyOf(packet));
    return flow !== undefined && this.clock() - flow.at <= this.lifetime ? flow : undefined;
  }

  state(packet: Packet): FlowState {
    const flow = this.find(packet);
    if (flow === undefined) return 'new';
    return flow.answered || flow.from !== packet.src ? 'established' : 'asked';
  }

  /** The packet was let through. */
  note(packet: Packet): void {
    const flow = this.find(packet);
    if (flow === undefined) {
      this.known.set(keyOf(packet), { from: packet.src, at: this.clock(), answered: false });
      return;
    }
    flow.at = this.clock();
    flow.answered ||= flow.from !== packet.src;
  }

  /** @returns How many there were. */
  clear(): number {
    const count = this.known.size;
    this.known.clear();
    return count;
  }
}
