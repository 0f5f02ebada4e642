import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProvisionError } from '../../../src/errors/error.js';
import type { Half } from '../../../src/offer/half.js';
import { type Judged, judge, kept } from '../../../src/offer/judge.js';
import { type Memory, withAccepted, withdrawn, withMine } from '../../../src/offer/store.js';
import { half } from './keys.js';

const NOW = Date.parse('2026-11-27T09:00:00Z');
const ID = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const BLANK: Memory = { link: 'mostly-wlan', former: [] };
const mineOf = (offer: Half, state: 'open' | 'answered' = 'open') => ({ id: offer.offer, text: '', key: 'SHA256:mine', state });

function said(more: Partial<Judged>): string {
  try {
    judge({ half: half(), signer: 'SHA256:theirs', memory: BLANK, now: NOW, ...more });
    return 'taken';
  } catch (error) {
    if (error instanceof ProvisionError) return `${error.code} ${error.message} ${error.details.why ?? ''} ${error.details.next ?? ''}`;
    throw error;
  }
}

describe('whether an offer may be taken now', () => {
  it('a fresh one may; an expired one and one of the future may not', () => {
    expect(said({})).toBe('taken');
    expect(said({ now: Date.parse('2026-12-03T09:00:00Z') })).toMatch(/^OFFER_EXPIRED .*good until 2026-12-03T09:00:00Z/);
    expect(said({ now: Date.parse('2026-11-26T08:49:59Z') })).toMatch(/^OFFER_EXPIRED .*of the future/);
    expect(said({ now: Date.parse('2026-11-26T08:51:00Z') })).toBe('taken');
  });

  it('a replay, an older one than was accepted, and one signed with another key than that are refused', () => {
    const memory = withAccepted(BLANK, half().offer, half().made, 'SHA256:theirs', 'YESTERDAY');
    expect(said({ memory, answer: '/kept' })).toMatch(/^OFFER_OLD .*accepted already, at YESTERDAY.*\/kept/);
    expect(said({ memory, half: half({ offer: ID(1), made: '2026-11-26T08:59:59Z' }) })).toMatch(/^OFFER_OLD .*older/);
    expect(said({ memory, half: half({ offer: ID(1), made: '2026-11-26T09:00:01Z' }) })).toBe('taken');
    expect(said({ memory, half: half({ offer: ID(1), made: '2026-11-26T09:00:01Z' }), signer: 'SHA256:new' })).toMatch(
      /^OFFER_SIGNER .*another key.*--withdraw/,
    );
    expect(said({ memory: withdrawn(memory), half: half({ offer: ID(1), made: '2026-11-26T09:00:01Z' }), signer: 'SHA256:new' })).toBe('taken');
    expect(said({ memory: withdrawn(memory) })).toMatch(/^OFFER_OLD/);
  });

  it('my own is refused, by its id and by its key', () => {
    const memory = withMine(BLANK, mineOf(half()));
    expect(said({ memory, mine: half() })).toMatch(/^OFFER_OWN/);
    expect(said({ memory: withMine(memory, mineOf(half({ offer: ID(2) }))) })).toMatch(/^OFFER_OWN/);
    expect(said({ signer: 'SHA256:mine', myKey: 'SHA256:mine' })).toMatch(/^OFFER_OWN/);
  });

  it('an answer is taken for my open offer only', () => {
    const mine = half({ offer: ID(1) });
    const memory = withMine(BLANK, mineOf(mine));
    const answer = half({ offer: ID(9), answers: ID(1) });
    expect(said({ half: answer, memory, mine })).toBe('taken');
    expect(said({ half: answer })).toMatch(/^OFFER_OLD .*no offer that was made here/);
    expect(said({ half: answer, memory: withdrawn(memory), mine })).toMatch(/^OFFER_OLD .*taken back or replaced/);
    const replaced = withMine(memory, mineOf(half({ offer: ID(2) })));
    expect(said({ half: answer, memory: replaced, mine: half({ offer: ID(2) }) })).toMatch(/^OFFER_OLD .*taken back or replaced/);
    expect(said({ half: answer, memory: withMine(BLANK, mineOf(mine, 'answered')), mine })).toMatch(/^OFFER_OLD .*answered already/);
    expect(said({ half: answer, memory, mine: half({ offer: ID(1), expires: '2026-11-27T08:00:00Z' }) })).toMatch(/^OFFER_EXPIRED .*Your offer/);
  });

  it('two that cross are refused on both sides, and both sides name the same one as kept', () => {
    const any = fc.record({ second: fc.integer({ min: 0, max: 3 }), id: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(any, any, (a, b) => {
        fc.pre(a.id !== b.id);
        const [one, two] = [a, b].map(({ second, id }) => half({ offer: ID(id), made: `2026-11-26T09:00:0${second}Z` })) as [Half, Half];
        const [here, there] = [
          said({ half: two, mine: one, memory: withMine(BLANK, mineOf(one)) }),
          said({ half: one, mine: two, memory: withMine(BLANK, { ...mineOf(two), key: 'SHA256:other' }) }),
        ];
        const first = kept(one, two) === one;
        expect(here).toMatch(first ? /^OFFER_CROSSED .*Yours is kept/ : /^OFFER_CROSSED .*Theirs is kept/);
        expect(there).toMatch(first ? /^OFFER_CROSSED .*Theirs is kept/ : /^OFFER_CROSSED .*Yours is kept/);
      }),
    );
    const memory = withdrawn(withMine(BLANK, mineOf(half({ offer: ID(1) }))));
    expect(said({ memory, mine: half({ offer: ID(1) }) })).toBe('taken');
  });
});
