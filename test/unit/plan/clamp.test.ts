/** Whether an end can clamp the MSS: judged by what its packet filter has loaded, as the built-in playbooks read it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsOf } from '../../../src/inventory/ends.js';
import type { ProbeFact } from '../../../src/model/facts.js';
import { checkClamp } from '../../../src/plan/clamp.js';
import type { EndInput } from '../../../src/plan/wanted.js';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import { endValues } from '../../../src/survey/values.js';
import { pairInventory } from '../../twin/pair.js';

const playbooks = await loadPlaybooks();
const said = (stdout: string, exit = 0): ProbeFact => ({ words: ['x'], exit, stdout, stderr: '' });

/** The left end of a pair with these answers; the right end is somebody else's. */
function ends(playbookName: string, release: string, probes: Readonly<Record<string, ProbeFact>>, interfaceName = 'gre1'): [EndInput, EndInput] {
  const inventory = pairInventory('FreeBSD 14.1', 'NetBSD 10.0', '    mss: true');
  const link = inventory.links.get('pair');
  const playbook = playbooks.find((p) => p.name === playbookName);
  if (link === undefined || playbook === undefined) throw new Error('not there');
  const [first] = endsOf(link, inventory);
  const host = inventory.hosts.get(first.host);
  if (host === undefined) throw new Error('no host');
  const end = { ...first, interface: interfaceName };
  const facts = { host: end.host, system: playbook.system, release, probes, files: new Map(), driver: { state: 'ready', how: '' }, live: undefined };
  const left = { end, link, host, playbook, facts, addresses: [], values: endValues(end, link, host) } as unknown as EndInput;
  return [left, { ...left, elsewhere: true }];
}

const can = (...input: Parameters<typeof ends>): boolean => {
  try {
    checkClamp(ends(...input));
    return true;
  } catch {
    return false;
  }
};

const pf = (rules: readonly string[], on = true): Readonly<Record<string, ProbeFact>> => ({
  'pf-on': said(`Status: ${on ? 'Enabled for 0 days 00:00:09' : 'Disabled'}           Debug: err\n`),
  'pf-main': said(rules.map((r) => `${r}\n`).join('')),
  'pf-interfaces': said('all\nem0\ngre\ngre1\nlo (skip)\nlo0 (skip)\n'),
});
const HOOK = 'anchor "provision/*" all';
const HARMLESS = [
  'pass all flags S/SA',
  'block return in on ! lo0 proto tcp from any to any port 6000:6010',
  'match in all scrub (no-df)',
  'pass in all label "quick"',
];
const DECIDES = ['pass in quick on em0 all', 'block drop quick all', 'anchor "relayd/*" all', 'anchor "provision/*" on em0 all'];

describe.each([
  ['openbsd-gre', '7.5'],
  ['openbsd4-gre', '4.8'],
  ['freebsd-gre', '14.1-RELEASE'],
])('pf by %s', (name, release) => {
  it('can clamp where its rules ask ours and nothing in front of that may decide first', () => {
    const rule = fc.constantFrom(...HARMLESS, ...DECIDES, HOOK);
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), (rules) => {
        const at = rules.indexOf(HOOK);
        expect(can(name, release, pf(rules))).toBe(at >= 0 && !rules.slice(0, at).some((r) => DECIDES.includes(r)));
      }),
    );
  });

  it('cannot where it is off', () => {
    expect(can(name, release, pf([HOOK], false))).toBe(false);
  });
});

describe('pf before it had match rules that scrub', () => {
  it.each([
    ['openbsd4-gre', '4.6'],
    ['freebsd-gre', '13.2-RELEASE'],
  ])('cannot, and the reason names the line of the administrator (%s %s)', (name, release) => {
    expect(can(name, release, pf([HOOK]))).toBe(false);
    expect(() => checkClamp(ends(name, release, pf([HOOK])))).toThrowError(
      expect.objectContaining({ details: expect.objectContaining({ why: expect.stringContaining('scrub on gre1 max-mss N') }) }),
    );
  });
});

describe('ipfw', () => {
  const ipfw = (rules: readonly string[]): Readonly<Record<string, ProbeFact>> => ({
    'ipfw-on': said('1\n'),
    'ipfw-rules': said([...rules].map((r) => `${r}\n`).join('')),
    pmod: said('', 1),
    'pmod-file': said('/boot/kernel/ipfw_pmod.ko\n'),
  });
  const number = (n: number): string => String(n).padStart(5, '0');
  const ours = (n: number, mss: number): string => `${number(n + 1)} set 31 tcp-setmss ${mss} tcp from any to any tcpflags syn via gre${n}`;

  it('can clamp where no rule of others has a number below 100', () => {
    const others = fc.record({ n: fc.integer({ min: 1, max: 300 }), set: fc.constantFrom(0, 31) });
    fc.assert(
      fc.property(fc.array(others, { maxLength: 5 }), fc.uniqueArray(fc.integer({ min: 0, max: 98 }), { maxLength: 4 }), (rules, links) => {
        const list = [...rules.map((r) => `${number(r.n)} set ${r.set} allow ip from any to any`), ...links.map((n) => ours(n, 1436))].sort();
        expect(can('freebsd-gre', '13.2-RELEASE', ipfw(list))).toBe(rules.every((r) => r.n >= 100));
      }),
    );
  });

  it('cannot where another interface has our number, and where the interface has none', () => {
    expect(can('freebsd-gre', '13.2-RELEASE', ipfw([]), 'gre98')).toBe(true);
    expect(can('freebsd-gre', '13.2-RELEASE', ipfw([]), 'gre99')).toBe(false);
    expect(can('freebsd-gre', '13.2-RELEASE', ipfw([ours(1, 1300).replace('gre1', 'gre4')]))).toBe(false);
  });
});
