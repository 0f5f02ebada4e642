import { describe, expect, it } from 'vitest';
import type { FileFact, ProbeFact } from '../../../src/model/facts.js';
import { type Context, conditionFiles, holds } from '../../../src/playbook/condition.js';
import type { Condition } from '../../../src/playbook/schema.js';
import { Values } from '../../../src/playbook/values.js';

const probe = (exit: number, stdout: string, stderr = ''): ProbeFact => ({ words: ['x'], exit, stdout, stderr });
const file = (path: string, content: string): FileFact => ({ path, state: 'file', content: Buffer.from(content) });
const context: Context = {
  release: '4.8-RELEASE',
  probes: { list: probe(0, 'lo0 gre1\n'), broken: probe(127, '', 'x: not found') },
  files: new Map([
    ['/etc/a', file('/etc/a', 'mine=1\n# BEGIN provision pair\nours=1\n# END provision pair\n')],
    ['/etc/none', { path: '/etc/none', state: 'absent', content: new Uint8Array() }],
  ]),
  values: new Values({ interface: 'gre1' }),
  driver: 'ready',
  differs: new Set(['mtu']),
  wantMtu: 1450,
};

describe('conditions', () => {
  it.each<[string, Condition, boolean]>([
    ['an answer that matches', { probe: 'list', matches: '(^| )gre1$' }, true],
    ['an answer that names our interface', { probe: 'list', matches: '(^| ){{interface}}$' }, true],
    ['an answer that lacks it', { probe: 'list', lacks: 'gre1' }, false],
    ['an exit status', { probe: 'broken', exit: 127 }, true],
    ['another exit status', { probe: 'broken', exitNot: 127 }, false],
    ['a probe nobody ran', { probe: 'never', exit: 0 }, false],
    ['a line of a file', { file: '/etc/a', matches: '^mine=' }, true],
    ['a line of our own block, which is not part of what others wrote', { file: '/etc/a', matches: '^ours=' }, false],
    ['something that an absent file lacks', { file: '/etc/none', lacks: 'x' }, true],
    ['something in an absent file', { file: '/etc/none', matches: '' }, false],
    ['a release', { release: '>=4.8 <11' }, true],
    ['the driver', { driver: 'loadable' }, false],
    ['what differs', { differs: 'mtu' }, true],
    ['an MTU above', { wantMtu: { above: 1450 } }, false],
    ['an MTU other than', { wantMtu: { not: 1476 } }, true],
    ['the live tunnel, of which nothing is known', { exists: true }, false],
    ['its absence, of which nothing is known', { exists: false }, false],
    ['not', { not: { differs: 'up' } }, true],
    ['any', { any: [{ differs: 'up' }, { differs: 'mtu' }] }, true],
    ['all', { all: [{ differs: 'up' }, { differs: 'mtu' }] }, false],
  ])('%s', (_what, condition, expected) => {
    expect(holds([condition], context)).toBe(expected);
  });

  it('an empty list always holds, a longer one only if all of it does', () => {
    expect(holds([], context)).toBe(true);
    expect(holds([{ differs: 'mtu' }, { differs: 'up' }], context)).toBe(false);
  });

  it('names every file that is asked about, however deep', () => {
    expect(conditionFiles([{ not: { any: [{ file: '/a', lacks: 'x' }, { all: [{ file: '/b', lacks: 'x' }] }] } }])).toEqual(['/a', '/b']);
  });
});
