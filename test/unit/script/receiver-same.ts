/** One story, put to the real receiver in dash and to the simulated one. */
import { expect } from 'vitest';
import { DashEnd, type Faults, FIRST, FIXED, type ReceiverEnd } from './receiver-ends.js';
import { SimulatedEnd } from './receiver-simulated.js';

/** Where requests come from unless a step says otherwise. */
const OTHER = '198.51.100.9';
/** Seconds since 1970 at the first step. */
export const NOW = 1_800_000_000;

export interface Step {
  readonly ask: string;
  /** Words of SSH_CONNECTION, or the address that it comes from. */
  readonly from?: string;
  /** Seconds since the first step. */
  readonly at?: number;
  readonly faults?: Faults;
  readonly before?: (end: ReceiverEnd) => void;
  /** The answer where it matters that both are right and not only the same. */
  readonly says?: string;
}

type More = Parameters<ReceiverEnd['install']>[0];

/** Puts the steps to both ends; whatever they say, change, remember or log must be the same. */
export async function same(steps: readonly Step[], more: More = {}): Promise<void> {
  const ends: readonly ReceiverEnd[] = [new DashEnd(), new SimulatedEnd()];
  try {
    await compare(ends, steps, more);
  } finally {
    for (const end of ends) end.close();
  }
}

async function compare(ends: readonly ReceiverEnd[], steps: readonly Step[], more: More): Promise<void> {
  for (const end of ends) {
    end.install(more);
    end.put('address', `0 ${FIRST} confirmed 0\n`);
    end.tunnel(`${FIXED} ${FIRST}`);
  }
  for (const { ask, from = OTHER, at = 0, faults = {}, before, says } of steps) {
    const connection = from.includes(' ') || from === '' ? from : `${from} 50000 ${FIXED} 22`;
    const [real, simulated] = await Promise.all(
      ends.map(async (end) => {
        end.faults(faults);
        before?.(end);
        return [await end.ask(ask, connection, NOW + at), ...end.state()];
      }),
    );
    expect({ ask, from, was: simulated }).toEqual({ ask, from, was: real });
    if (says !== undefined) expect([ask, real?.[0]?.slice(2).trim()]).toEqual([ask, `provision 1 ${says}`]);
  }
}
