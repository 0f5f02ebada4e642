/** What the way between the outer addresses carries: found to the byte, and never made smaller by a lost ping or a filter of large pings. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, PhaseRunner } from '../../../src/model/wire.js';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import { Values } from '../../../src/playbook/values.js';
import { measurePath } from '../../../src/verify/path.js';

const playbook = (await loadPlaybooks()).find((p) => p.name === 'linux-gre');
if (playbook === undefined) throw new Error('no playbook');

interface Way {
  /** Bytes that pass in one piece. */
  readonly carries: number;
  /** The n-th request is lost, from 1. */
  readonly loses?: number;
  /** Nobody says that a packet is too long. */
  readonly silent?: boolean;
  /** Larger pings are dropped, cut into pieces or not. */
  readonly drops?: number;
}

/** A host whose pings of the other one are answered as the way is; counts its phases. */
function host({ carries, loses = 0, silent = false, drops = 9000 }: Way): { readonly runner: PhaseRunner; readonly phases: () => number } {
  let [phases, sent] = [0, 0];
  const answer = (call: Call): { readonly stdout: Uint8Array; readonly stderr: Uint8Array; readonly exit: number } => {
    const words = 'words' in call ? call.words : [];
    const bytes = Number(words[words.indexOf('-s') + 1]) + 28;
    const count = Number(words[words.indexOf('-c') + 1]);
    const whole = words.includes('-M');
    const fits = bytes <= drops && (!whole || bytes <= carries);
    const ok = Array.from({ length: count }, () => ++sent !== loses && fits).filter(Boolean).length;
    const said = whole && bytes > carries && !silent ? `From 192.0.2.1 icmp_seq=1 Frag needed and DF set (mtu = ${carries})\n` : '';
    return { stdout: Buffer.from(`${said}${count} packets transmitted, ${ok} received\n`), stderr: new Uint8Array(), exit: ok > 0 ? 0 : 1 };
  };
  const runner = {
    run: (calls: readonly Call[]) => {
      phases += 1;
      return Promise.resolve({ status: 'done', records: new Map(calls.map((c) => ['id' in c ? c.id : '', answer(c)])) });
    },
  } as unknown as PhaseRunner;
  return { runner, phases: () => phases };
}

const values = new Values({ 'outer.remote': '203.0.113.2' });
const carries = fc.integer({ min: 600, max: 1500 });
const known = (value: number): unknown => ({ known: true, value });

describe('measurePath', () => {
  it('takes one round trip where the usual packet arrives', async () => {
    const { runner, phases } = host({ carries: 1500 });
    expect(await measurePath(runner, playbook, values)).toEqual(known(1500));
    expect(phases()).toBe(1);
  });

  it('finds any path to the byte, also where nobody says that a packet is too long', async () => {
    await fc.assert(
      fc.asyncProperty(carries, fc.boolean(), async (bytes, silent) => {
        expect(await measurePath(host({ carries: bytes, silent }).runner, playbook, values)).toEqual(known(bytes));
      }),
    );
  });

  it('takes two round trips where the tunnel stands with what the path carries, or where a router tells it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 601, max: 1499 }), fc.boolean(), async (bytes, silent) => {
        const { runner, phases } = host({ carries: bytes, silent });
        expect(await measurePath(runner, playbook, values, silent ? bytes : undefined)).toEqual(known(bytes));
        expect(phases()).toBe(2);
      }),
    );
  });

  it('is not made smaller by one lost packet, whichever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ carries, loses: fc.integer({ min: 2, max: 60 }), silent: fc.boolean() }),
        fc.option(carries, { nil: undefined }),
        async (way, stands) => {
          expect(await measurePath(host(way).runner, playbook, values, stands)).toEqual(known(way.carries));
        },
      ),
    );
  });

  it('is unknown where the other end does not answer, or answers no large ping at all', async () => {
    expect(await measurePath(host({ carries: 1500, drops: 0 }).runner, playbook, values)).toMatchObject({ known: false });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 84, max: 1499 }), async (drops) => {
        expect(await measurePath(host({ carries: 1500, drops }).runner, playbook, values)).toMatchObject({ known: false });
      }),
    );
  });

  it('is unknown where less than 600 bytes pass: no driver would take the MTU', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 84, max: 599 }), async (bytes) => {
        expect(await measurePath(host({ carries: bytes }).runner, playbook, values)).toMatchObject({ known: false });
      }),
    );
  });

  it('is unknown where the connection goes away or a recording does not hold the answers', async () => {
    const cut = { run: () => Promise.resolve({ status: 'cut', why: 'gone', records: new Map() }) } as unknown as PhaseRunner;
    expect(await measurePath(cut, playbook, values)).toMatchObject({ known: false });
    const replay = { run: () => Promise.resolve({ status: 'done', records: new Map() }) } as unknown as PhaseRunner;
    expect(await measurePath(replay, playbook, values)).toMatchObject({ known: false });
  });
});
