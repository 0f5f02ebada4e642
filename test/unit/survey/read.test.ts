/** Answers of real systems, as their sources and transcripts show them, and what is read from them: test/fixtures/answers/SYSTEM-RELEASE/PROBE.txt. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProbeFact, TunnelState } from '../../../src/model/facts.js';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import type { Playbook } from '../../../src/playbook/schema.js';
import { Values } from '../../../src/playbook/values.js';
import { prefixOf, readLive, sectionOf } from '../../../src/survey/read.js';
import { netmask } from '../../../src/survey/values.js';

const FOLDER = fileURLToPath(new URL('../../fixtures/answers/', import.meta.url));
const playbooks = await loadPlaybooks();
const ATTRIBUTES = ['exists', 'up', 'mtu', 'outer', 'inner', 'ttl'] as const;

interface Fixture {
  readonly playbook: Playbook;
  readonly answers: Readonly<Record<string, string>>;
  readonly live: Readonly<Record<string, unknown>>;
}

function fixture(name: string): Fixture {
  const expected = JSON.parse(readFileSync(join(FOLDER, name, 'expected.json'), 'utf8')) as { playbook: string; live: Record<string, unknown> };
  const playbook = playbooks.find((p) => p.name === expected.playbook);
  if (playbook === undefined) throw new Error(`no playbook ${expected.playbook}`);
  const files = readdirSync(join(FOLDER, name)).filter((f) => f.endsWith('.txt'));
  return {
    playbook,
    live: expected.live,
    answers: Object.fromEntries(files.map((f) => [f.slice(0, -4), readFileSync(join(FOLDER, name, f), 'utf8')])),
  };
}

function read(playbook: Playbook, answers: Readonly<Record<string, string>>): TunnelState {
  const facts = Object.entries(answers).map(([probe, stdout]): [string, ProbeFact] => {
    const fact: ProbeFact = { words: [probe], exit: 0, stdout, stderr: '' };
    const section = playbook.probes[probe]?.section;
    return [probe, section === undefined ? fact : sectionOf(fact, section, 'gre1')];
  });
  return readLive(playbook, Object.fromEntries(facts), new Values({ interface: 'gre1', mtu: '1476', 'inner.local': '10.1.12.37' }));
}

describe('what real systems answer', () => {
  it.each(readdirSync(FOLDER))('%s', (name) => {
    const { playbook, answers, live } = fixture(name);
    const state = read(playbook, answers);
    expect(Object.fromEntries(ATTRIBUTES.map((a) => [a, state[a].known ? state[a].value : state[a].why]))).toEqual(live);
  });
});

describe('answers that are not whole', () => {
  it.each(readdirSync(FOLDER))('%s: nothing is known of an interface whose answer is empty or garbage', (name) => {
    const { playbook, answers } = fixture(name);
    for (const garbage of ['', 'Segmentation fault\n', '\u0000\u0001\u0002', 'gre1\n']) {
      const state = read(playbook, Object.fromEntries(Object.keys(answers).map((p) => [p, garbage])));
      for (const a of ATTRIBUTES.filter((x) => x !== 'ttl')) expect(state[a].known, `${a} of ${JSON.stringify(garbage)}`).toBe(false);
    }
  });

  it.each(readdirSync(FOLDER))('%s: no MTU is made up where the first line is cut before it', (name) => {
    const { playbook, answers, live } = fixture(name);
    const text = answers.interface ?? '';
    const end = text.indexOf(` mtu ${String(live.mtu)}`);
    for (let at = 0; at <= end + 4; at += 1) {
      const { mtu } = read(playbook, { ...answers, interface: text.slice(0, at) });
      if (mtu.known) expect(mtu.value).toBeNull();
    }
  });

  it('an answer that never came is unknown, with the reason', () => {
    for (const playbook of playbooks)
      expect(read(playbook, {}).exists).toMatchObject({ known: false, why: expect.stringContaining('was not asked') });
  });
});

describe('netmasks', () => {
  it.each([
    ['0xfffffffc', 30],
    ['fffffffe', 31],
    ['0x0', 0],
    ['255.255.255.252', 30],
    ['30', 30],
    ['0xffffffff', 32],
  ])('%s is /%i', (mask, prefix) => {
    expect(prefixOf(mask)).toBe(prefix);
  });

  it.each(['0xff00ff00', '255.0.255.0', '999.0.0.0.0', '', 'mask', '33x', '300.255.255.255'])('%j is no netmask', (mask) => {
    expect(prefixOf(mask)).toBeUndefined();
  });

  it('every prefix comes back from its dotted and its hexadecimal form', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32 }), (prefix) => {
        expect(prefixOf(netmask(prefix))).toBe(prefix);
        const bits = netmask(prefix)
          .split('.')
          .reduce((n, part) => n * 256 + Number(part), 0);
        expect(prefixOf(`0x${bits.toString(16)}`)).toBe(prefix);
      }),
    );
  });
});
