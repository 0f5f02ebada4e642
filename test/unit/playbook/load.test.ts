import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProvisionError, ProvisionErrors } from '../../../src/errors/error.js';
import { BUILT_IN, loadPlaybooks } from '../../../src/playbook/load.js';
import { parsePlaybook } from '../../../src/playbook/parse.js';

const playbooks = await loadPlaybooks();

const GOOD = readFileSync(join(BUILT_IN, 'linux-gre.yaml'), 'utf8').replace('name: linux-gre', 'name: mine');

function wrong(text: string): string[] {
  const errors: ProvisionError[] = [];
  const made = parsePlaybook({ file: 'mine.yaml', text, builtIn: false }, errors);
  if (errors.length > 0) expect(made?.name === 'mine' && errors.every((e) => e.details.place === undefined)).toBe(false);
  return errors.map((e) => `${e.details.place?.file}:${e.details.place?.line}:${e.details.place?.column} ${e.message}`);
}

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'playbooks-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

async function errorsOf(work: () => Promise<unknown>): Promise<readonly ProvisionError[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ProvisionErrors) return error.errors;
    if (error instanceof ProvisionError) return [error];
    throw error;
  }
  return [];
}

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('built-in playbooks', () => {
  const files = readdirSync(BUILT_IN).filter((n) => n.endsWith('.yaml'));

  it('all load, each under the name of its file', () => {
    expect(playbooks.map((p) => `${p.name}.yaml`).sort()).toEqual([...files].sort());
  });

  it.each(playbooks.map((p) => [p.name, p] as const))('%s cites a source for every step and file', (_name, playbook) => {
    for (const step of [...playbook.steps, ...playbook.remove]) expect(step.source.length, step.id).toBeGreaterThan(3);
    for (const file of playbook.boot.flatMap((b) => b.files)) expect(file.source.length, file.id).toBeGreaterThan(3);
  });

  it.each(playbooks.map((p) => [p.name, p] as const))('%s proves every step that changes the tunnel', (_name, playbook) => {
    // That something is gone is no line of an answer: the look after the steps reads it.
    const takesAway = (ensures: readonly string[]): boolean => ensures.every((e) => playbook.live.settings[e]?.want === null);
    for (const step of playbook.steps.filter((s) => !takesAway(s.ensures))) expect(step.proofs.length, step.id).toBeGreaterThan(0);
  });
});

describe('wrong playbooks', () => {
  it('says file, line and column of each mistake, all at once', () => {
    const text = GOOD.replace('mtu: {}', 'mtu: { usual: many }').replace('kind: gre', 'kind: ipip');
    const errors = wrong(text);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatch(new RegExp(`^mine\\.yaml:${lineOf(text, 'kind: ipip')}:7 kind: `));
    expect(errors[1]).toMatch(new RegExp(`^mine\\.yaml:${lineOf(text, 'mtu: { usual')}:15 mtu\\.usual: `));
  });

  it('shows the place of broken YAML', () => {
    expect(wrong('schema: 1\nname: [a\n')[0]).toMatch(/^mine\.yaml:\d+:\d+ Not valid YAML: /);
  });

  it('refuses a probe that is named and not defined', () => {
    expect(wrong(GOOD.replace('tools: [version]', 'tools: [verison]'))).toEqual([
      expect.stringContaining('The probe verison is named and not defined.'),
    ]);
    expect(wrong(GOOD.replace('match: []', 'match: [{ not: { any: [{ probe: nothing, exit: 0 }] } }]'))).toEqual([
      expect.stringContaining('The probe nothing is named and not defined.'),
    ]);
  });

  it('refuses a step that ensures something nobody knows', () => {
    expect(wrong(GOOD.replace('ensures: [mtu]', 'ensures: [mut]'))).toEqual([expect.stringContaining('A step ensures mut')]);
  });

  it.each([
    ['an unknown key', 'kind: gre', 'kind: gre\nkidn: gre'],
    ['a command that is a line of shell', 'run: [ip, -V]', 'run: "ip -V; reboot"'],
    ['a regular expression that is none', "matches: '^ip_gre '", "matches: '^ip_gre ('"],
    ['a boot file outside the root', 'path: /etc/netplan', 'path: etc/netplan'],
    ['a mode that is no mode', 'mode: "0600"', 'mode: "rw"'],
    ['another schema', 'schema: 1', 'schema: 2'],
  ])('refuses %s', (_what, from, to) => {
    expect(GOOD).toContain(from);
    expect(wrong(GOOD.replace(from, to)).length).toBeGreaterThan(0);
  });

  it('gathers the errors of every file', async () => {
    const path = folder({ 'a.yaml': GOOD.replace('kind: gre', 'kind: x'), 'b.yaml': 'schema: 1\n', 'c.yaml': '{' });
    const files = new Set((await errorsOf(() => loadPlaybooks([path]))).map((e) => e.details.place?.file));
    expect(files).toEqual(new Set(['a.yaml', 'b.yaml', 'c.yaml'].map((n) => join(path, n))));
  });

  it('says so when the folder is not there', async () => {
    expect((await errorsOf(() => loadPlaybooks(['/nowhere/at/all'])))[0]?.message).toContain('/nowhere/at/all cannot be read');
  });
});

describe('playbooks of the user', () => {
  it('are added to the built-in ones', async () => {
    const made = await loadPlaybooks([folder({ 'mine.yaml': GOOD })]);
    expect(made.find((p) => p.name === 'mine')?.builtIn).toBe(false);
    expect(made.length).toBe(playbooks.length + 1);
  });

  it('are refused where they take the name of a built-in one, unless they are trusted', async () => {
    const path = folder({ 'linux-gre.yaml': GOOD.replace('name: mine', 'name: linux-gre') });
    expect((await errorsOf(() => loadPlaybooks([path]))).map((e) => e.code)).toEqual(['PLAYBOOK_SHADOW']);
    expect((await loadPlaybooks([path], { trust: true })).find((p) => p.name === 'linux-gre')?.file).toBe(join(path, 'linux-gre.yaml'));
  });
});
