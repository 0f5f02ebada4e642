import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../src/errors/catalogue.js';
import { isClean } from '../../../src/errors/clean.js';
import type { LinkOutcome } from '../../../src/model/outcome.js';
import type { Step } from '../../../src/model/plan.js';
import { type Case, type Finding, type Findings, fileCases, linkCases } from '../../../src/report/findings.js';
import { findingsText } from '../../../src/report/formats.js';
import { harmless } from '../../../src/report/github.js';
import { command, doneOutcome, guidePlan, HARM, hostileOutcome, pendingOutcome } from './guide.js';
import { readCommands, readJunit, readMarkdown, readSarif } from './readers.js';

const place = { file: 'inventory/a.yaml', line: 3, column: 7 };
const finding: Finding = { level: 'error', code: 'INVENTORY_KEY', message: 'There is no key x.', next: 'Write y.', place };
const findings = (...cases: Case[]): Findings => ({ command: 'check', version: '9.8.7', exit: 65, cases, notes: [] });
const file = (name: string, ...found: Finding[]): Case => ({ kind: 'file', name, findings: found, place: { file: name, line: 1, column: 1 } });
const render = (format: 'github' | 'junit' | 'sarif' | 'markdown', of: Findings): string => findingsText(format, of, '/work');
const inventory = { hosts: new Map(), links: new Map([['mostly-wlan', { place }]]), files: ['inventory/a.yaml'] } as never;
const links = (...outcomes: LinkOutcome[]): Findings => ({ ...findings(...linkCases(inventory, outcomes)), command: 'plan' });

/** Text that means harm in one format or the other. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('`', '~', '|', '<', '>', '&', '"', "'", '%', ':', ',', '\n', '\r', '#', '[', ']', ' ', '\u001b', '\ud800', '\uffff', 'a'),
    maxLength: 60,
  }),
  fc.constantFrom(
    ']]>',
    '</failure>',
    '</details>',
    '::error::x',
    '\n::stop-commands::x',
    '##[add-path]x',
    '```\n# x',
    '%0A::warning::x',
    '@octocat',
    HARM,
  ),
);
const anyFinding = fc.record({
  level: fc.constantFrom('error' as const, 'warning' as const),
  code: fc.constantFrom('INVENTORY_KEY', 'outer-unreachable'),
  message: hostile.filter((m) => m !== ''),
  why: hostile,
  next: hostile,
  evidence: fc.array(hostile, { maxLength: 3 }),
});
const anyFindings = fc
  .array(
    fc.record({
      name: hostile.filter((n) => n.trim() !== ''),
      found: fc.array(anyFinding, { maxLength: 3 }),
      line: fc.integer({ min: 1, max: 9999 }),
    }),
    { maxLength: 4 },
  )
  .map((all) => findings(...all.map(({ name, found, line }) => file(name, ...found.map((f) => ({ ...f, place: { file: name, line, column: 1 } }))))));

describe('whatever files and hosts have written', () => {
  it('GitHub sees one command for each finding and no other', () => {
    fc.assert(
      fc.property(anyFindings, (of) => {
        const seen = readCommands(render('github', of));
        expect(seen.map((c) => c.name)).toEqual(of.cases.flatMap((c) => c.findings.map((f) => f.level)));
        for (const { properties } of seen) expect(Object.keys(properties)).toEqual(['file', 'line', 'col', 'title']);
      }),
    );
  });

  it('JUnit is well-formed XML whose counts are right', () => {
    fc.assert(
      fc.property(anyFindings, (of) => {
        expect(readJunit(render('junit', of))).toHaveLength(of.cases.length);
      }),
    );
  });

  it('SARIF follows its schema, and every result has a place and a rule', () => {
    fc.assert(
      fc.property(anyFindings, (of) => {
        expect(readSarif(render('sarif', of)).results).toHaveLength(of.cases.flatMap((c) => c.findings).length);
      }),
      { numRuns: 50 },
    );
  });

  it('Markdown holds it in code alone: no fence ends early, no person is called by name, no HTML of others stands there', () => {
    fc.assert(
      fc.property(anyFindings, (of) => {
        const { blocks, prose } = readMarkdown(render('markdown', of));
        expect(blocks).toHaveLength(of.cases.flatMap((c) => c.findings).length);
        const bare = prose.replaceAll(/(`+)(?:(?!`)[^\n]|(?!\1(?!`))`)*?\1(?!`)/g, '').replaceAll(/<code>[^<>]*<\/code>/g, '');
        expect(bare).not.toMatch(/@octocat|<(?!\/?(details|summary)( open)?>)/);
      }),
    );
  });

  it.each(['github', 'junit', 'sarif', 'markdown'] as const)('%s has no character that a terminal obeys', (format) => {
    for (const line of render(format, links(hostileOutcome)).split('\n')) expect(isClean(line), JSON.stringify(line)).toBe(true);
  });

  it('text that a runner prints holds no command', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(readCommands(harmless(text))).toEqual([]);
      }),
    );
  });
});

describe('GitHub', () => {
  it('marks the line, with what to do', () => {
    const [first] = readCommands(render('github', findings(file('inventory/a.yaml', finding))));
    expect(first).toEqual({
      name: 'error',
      properties: { file: 'inventory/a.yaml', line: '3', col: '7', title: 'INVENTORY_KEY' },
      message: 'There is no key x.\nNext: Write y.',
    });
  });

  it('gives a link with changes a notice, and its warnings', () => {
    const seen = readCommands(render('github', links(pendingOutcome)));
    expect(seen.filter((c) => c.name === 'notice').map((c) => c.properties.title)).toEqual(['mostly-wlan: changes pending']);
  });
});

describe('JUnit', () => {
  it('has one case for each file, and one failure for all that is wrong in it', () => {
    const cases = readJunit(render('junit', findings(file('a.yaml', finding, finding), file('b.yaml'))));
    expect(cases.map((c) => [c.attributes.name, c.children.map((x) => x.name)])).toEqual([
      ['a.yaml', ['failure']],
      ['b.yaml', []],
    ]);
    expect(cases[0]?.children[0]?.attributes.message).toBe('There is no key x. (and 1 more)');
    expect(cases[0]?.children[0]?.text).toContain('inventory/a.yaml:3:7');
  });

  it('shows the plan of a link and does not call changes a failure', () => {
    const [one] = readJunit(render('junit', links(pendingOutcome)));
    expect(one?.children.map((c) => c.name)).toEqual(['system-out']);
    expect(one?.children[0]?.text).toContain('ifconfig gre1 tunnel 217.154.12.2 212.25.240.34');
  });
});

describe('SARIF', () => {
  it('has every code of the catalogue as a rule', () => {
    expect(readSarif(render('sarif', findings())).rules).toEqual(Object.keys(CATALOGUE));
  });

  it('names files relative to the working folder, escaped, and others as URLs', () => {
    const at = (name: string) => file(name, { ...finding, place: { ...place, file: name } });
    const { results } = readSarif(render('sarif', findings(at('/work/in ven/a#1.yaml'), at('/etc/b.yaml'))));
    expect(results.map((r) => r.locations[0]?.physicalLocation.artifactLocation)).toEqual([
      { uri: 'in%20ven/a%231.yaml', uriBaseId: '%SRCROOT%' },
      { uri: 'file:///etc/b.yaml' },
    ]);
  });

  it('keeps the fingerprint of a finding whose line has moved, and tells two alike apart', () => {
    const prints = (line: number): unknown[] => {
      const moved = { ...finding, message: `x is given in two files; the other is at b.yaml:${line}:2.`, place: { ...place, line } };
      return readSarif(render('sarif', findings(file('a.yaml', moved, moved)))).results.map((r) => r.partialFingerprints);
    };
    expect(prints(3)).toEqual(prints(90));
    expect(new Set(prints(3).map((p) => JSON.stringify(p))).size).toBe(2);
  });
});

describe('Markdown', () => {
  const steps = (n: number, text: string): Step[] => Array.from({ length: n }, (_, i) => command(`s${i}`, `${text} ${i}`));
  const withSteps = (all: readonly Step[], link = 'mostly-wlan'): LinkOutcome => ({
    ...pendingOutcome,
    link,
    plan: { ...guidePlan, link, ends: [{ ...guidePlan.ends[0], steps: all }, guidePlan.ends[1]] },
  });

  it('has totals on top, the ends in a table and the exact commands folded away', () => {
    const text = render('markdown', links(pendingOutcome));
    expect(text.split('\n')[0]).toBe('## provision plan: 1 link, 10 steps, no errors');
    expect(text).toContain('| `mostly-wlan` | changes pending | `mostly` 3, `wlan` 7 |');
    expect(readMarkdown(text).blocks.join('\n')).toContain('\nifconfig gre1 tunnel 217.154.12.2 212.25.240.34\n');
    expect(text).toContain('<details>');
  });

  it('says of a link that is as wanted only that, and folds nothing', () => {
    expect(
      render('markdown', links({ ...doneOutcome, ...(doneOutcome.plan === undefined ? {} : { plan: { ...doneOutcome.plan, warnings: [] } }) })),
    ).toContain('as wanted');
  });

  it('keeps a command with backticks in its fence', () => {
    const { blocks } = readMarkdown(render('markdown', links(withSteps([command('x', 'echo ```` ```')]))));
    expect(blocks.some((b) => b.includes("'````' '```'"))).toBe(true);
  });

  it('is never longer than GitHub takes, ends whole, and says what was cut', () => {
    const many = Array.from({ length: 400 }, (_, i) => withSteps(steps(20, `sysctl -w net.inet.ip.x=ü${i}`), `link-${i}`));
    for (const of of [
      links(...many),
      links(withSteps(steps(5000, 'ifconfig gre1 mtu'))),
      findings(...Array.from({ length: 5000 }, (_, i) => file(`f${i}.yaml`, finding))),
    ]) {
      const text = render('markdown', of);
      expect(Buffer.byteLength(text)).toBeLessThan(65_536);
      readMarkdown(text);
      expect(text.split('<details').length).toBe(text.split('</details>').length);
      expect(text).toMatch(/_Cut here: the details of \d+ more (entry do|entries do) not fit\. See them with `provision (plan|check)`\._\n$/);
    }
  });
});

describe('cases of files', () => {
  it('keep the order of the files, and take errors without a place under the name of the inventory', () => {
    const cases = fileCases(
      ['b.yaml', 'a.yaml'],
      [
        { code: 'BUG', message: 'x' },
        { code: 'INVENTORY_KEY', message: 'y', place: { file: 'a.yaml', line: 2, column: 1 } },
      ],
      'inventory',
    );
    expect(cases.map((c) => [c.name, c.findings.length])).toEqual([
      ['b.yaml', 0],
      ['a.yaml', 1],
      ['inventory', 1],
    ]);
  });
});
