import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareReleases, inRange } from '../../../src/playbook/release.js';

const sorted = ['1.4', '1.5', '1.5.1', '1.5.2', '1.5.3_ALPHA', '1.5ZA', '1.6', '1.6.2', '2.0', '4.5-RELEASE-p3', '4.8', '6.1.0-18-amd64', '10.1'];
const release = fc.oneof(
  fc.constantFrom(...sorted),
  fc
    .tuple(fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }), fc.constantFrom('', 'Z', 'ZA', '_ALPHA', '-RELEASE-p3'))
    .map(([n, s]) => n.join('.') + s),
  fc.string({ maxLength: 12 }),
);

describe('releases', () => {
  it('puts the releases that playbooks speak of into their order', () => {
    expect([...sorted].reverse().sort(compareReleases)).toEqual(sorted);
  });

  it('takes a patch level and a kernel flavour for the same release', () => {
    expect(compareReleases('4.5-RELEASE-p3', '4.5')).toBe(0);
    expect(compareReleases('6.1.0-18-amd64', '6.1')).toBe(0);
    expect(compareReleases('1.5.3_ALPHA', '1.5.3')).toBe(0);
  });

  it('takes a snapshot with letters for later than every patch release before the next one', () => {
    expect(compareReleases('1.5ZA', '1.5.99')).toBeGreaterThan(0);
    expect(compareReleases('1.5ZA', '1.6')).toBeLessThan(0);
    expect(compareReleases('1.5ZA', '1.5Z')).toBeGreaterThan(0);
  });

  it('orders any three releases without contradiction', () => {
    fc.assert(
      fc.property(release, release, release, (a, b, c) => {
        expect(compareReleases(a, a)).toBe(0);
        expect(Math.sign(compareReleases(a, b)) + Math.sign(compareReleases(b, a))).toBe(0);
        if (compareReleases(a, b) <= 0 && compareReleases(b, c) <= 0) expect(compareReleases(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('ranges', () => {
  it.each([
    ['4.5-RELEASE-p3', '>=4.0 <4.8', true],
    ['4.8-RELEASE', '>=4.0 <4.8', false],
    ['13.2-RELEASE', '>=4.8', true],
    ['1.5.3_ALPHA', '<1.5.3', false],
    ['1.5ZA', '<2.0', true],
    ['6.1.0-18-amd64', '', true],
    ['7.5', '=7.5', true],
    ['7.5', '>7.5', false],
    ['7.5', '<=7.5', true],
  ])('%s in "%s" is %s', (which, range, expected) => {
    expect(inRange(which, range)).toBe(expected);
  });

  it.each(['4.8', '=> 4.8', '>= 4.8', '~4.8', '>=x'])('refuses the range "%s"', (range) => {
    expect(() => inRange('4.8', range)).toThrow(RangeError);
  });
});
