import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parseAnswer } from '../../../src/address/answer.js';
import { configText, parseConfig, readConfig } from '../../../src/address/config.js';
import { firstState, Memory, readState, stateFile, type UpdaterState, writeState } from '../../../src/address/state.js';
import { findConfigs } from '../../../src/updater.js';
import { refusal } from '../said.js';
import { CONFIG, FIRST, NAT } from './world.js';

const base = mkdtempSync(join(tmpdir(), 'updater-files-'));
const folder = join(base, 'mostly-wlan');
const file = join(folder, 'updater.json');

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(file, configText(CONFIG), { mode: 0o600 });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('updater.json', () => {
  it.each([CONFIG, NAT, { ...CONFIG, metricsPort: 9101 }])('comes back as it was written', (config) => {
    expect(parseConfig(configText(config), 'x')).toEqual({
      ...config,
      move: { ...config.move, boot: config.move.boot.map((c) => ('content' in c ? { ...c, content: Buffer.from(c.content) } : c)) },
    });
  });

  it('holds file contents as text that a person can read', () => {
    expect(readFileSync(file, 'utf8')).toContain('"content": "local PVNEWLOCAL remote PVNEWREMOTE\\n"');
  });

  const changed = (change: (data: Record<string, never>) => void): string => {
    const data = JSON.parse(configText(CONFIG)) as Record<string, never>;
    change(data);
    return JSON.stringify(data);
  };
  type Data = Record<string, never> & { fixed: Record<string, unknown>; move: { point: unknown[]; boot: unknown[] } };
  const bad: readonly (readonly [string, string, string])[] = [
    ['an unknown key', changed((d) => Object.assign(d, { hook: 'rm' })), 'hook'],
    ['another schema', changed((d) => Object.assign(d, { schema: 'provision/updater/2' })), 'schema'],
    ['a missing key', changed((d) => void delete d.link), 'link'],
    ['a link that is a path', changed((d) => Object.assign(d, { link: '../x' })), 'link'],
    ['an interface that is an option', changed((d) => Object.assign(d, { watch: '-a' })), 'watch'],
    ['a schedule that is none', changed((d) => Object.assign(d, { schedule: '99 * * * *' })), 'schedule'],
    ['an address that no host has', changed((d) => Object.assign(d, { outer: { local: '127.0.0.1', remote: '212.25.240.34' } })), 'outer.local'],
    ['a port that is none', changed((d) => Object.assign((d as Data).fixed, { port: 0 })), 'fixed.port'],
    ['no host key', changed((d) => Object.assign((d as Data).fixed, { hostKeys: [] })), 'fixed.hostKeys'],
    ['a host key that is none', changed((d) => Object.assign((d as Data).fixed, { hostKeys: ['ssh-ed25519'] })), 'is no public key'],
    ['a key file that is no full path', changed((d) => Object.assign((d as Data).fixed, { key: 'updater.key' })), 'fixed.key'],
    ['a call of another verb', changed((d) => (d as Data).move.point.push({ verb: 'look', id: 'x', path: '/etc/passwd' })), 'move.point.2'],
    ['a boot file outside of full paths', changed((d) => (d as Data).move.boot.push({ verb: 'remove', id: 'x', path: '/etc/../x' })), 'path'],
    ['two calls of one id', changed((d) => (d as Data).move.point.push({ verb: 'run', id: 'point.1', words: ['true'] })), 'used twice'],
    ['a word with a newline', changed((d) => (d as Data).move.point.push({ verb: 'run', id: 'x', words: ['a\nb'] })), 'unprintable'],
    [
      'content that is no ASCII',
      changed((d) => (d as Data).move.boot.push({ verb: 'put', id: 'x', mode: '0644', path: '/etc/x', content: 'ä' })),
      'ASCII',
    ],
    [
      'content without bounds',
      changed((d) => (d as Data).move.boot.push({ verb: 'put', id: 'x', mode: '0644', path: '/x', content: 'a'.repeat(70_000) })),
      '65536',
    ],
    ['steps that do not name the address that moves', changed((d) => void (d as Data).move.point.splice(0, 1)), 'PVNEWLOCAL'],
    ['half of a file', configText(CONFIG).slice(0, 200), 'no JSON'],
    ['nothing', '', 'no JSON'],
    ['null', 'null', 'the file'],
  ];
  it.each(bad)('is refused with %s', (_name, text, word) => {
    writeFileSync(file, text);
    const said = refusal(() => readConfig(file));
    expect(said).toMatch(/^UPDATER_SETTINGS /);
    expect(said).toContain(word);
  });

  it('is refused where others may write it or its folder, or put another in its place', () => {
    chmodSync(file, 0o620);
    expect(refusal(() => readConfig(file))).toContain('may be changed by others. its mode is 620');
    chmodSync(file, 0o600);
    chmodSync(folder, 0o777);
    expect(refusal(() => readConfig(file))).toContain('may be changed by others');
    chmodSync(folder, 0o700);
    rmSync(file);
    symlinkSync('/etc/passwd', file);
    expect(refusal(() => readConfig(file))).toContain('cannot be read');
    rmSync(file);
    mkdirSync(file);
    expect(refusal(() => readConfig(file))).toContain('no regular file');
    rmSync(file, { recursive: true });
    writeFileSync(file, ' '.repeat(1024 * 1024 + 1), { mode: 0o600 });
    expect(refusal(() => readConfig(file))).toContain('longer than');
    rmSync(file);
    expect(refusal(() => readConfig(file))).toContain('cannot be read');
  });

  it.runIf(process.geteuid?.() === 0)('is refused where it belongs to another user', () => {
    chownSync(file, 12_345, 0);
    expect(refusal(() => readConfig(file))).toContain('belongs to another user. its owner has the number 12345');
  });

  it('is found in every folder of a link, once for each link, and named links are checked', () => {
    const other = join(base, 'other');
    mkdirSync(other, { recursive: true, mode: 0o700 });
    writeFileSync(join(other, 'updater.json'), configText({ ...NAT, link: 'other' }), { mode: 0o600 });
    mkdirSync(join(base, 'empty'), { recursive: true });
    const links = (wanted: readonly string[]): string[] =>
      findConfigs({ files: [], links: wanted }, [join(base, 'none'), base]).map((f) => f.config.link);
    expect(links([])).toEqual(['mostly-wlan', 'other']);
    expect(links(['other'])).toEqual(['other']);
    expect(refusal(() => links(['othr']))).toMatch(/^NAME_UNKNOWN /);
    expect(refusal(() => findConfigs({ files: [], links: [] }, [join(base, 'none')]))).toContain('No updater is installed');
    writeFileSync(join(other, 'updater.json'), configText(CONFIG), { mode: 0o600 });
    expect(() => links([])).toThrow('are both of mostly-wlan');
    rmSync(other, { recursive: true });
  });
});

describe('updater.state', () => {
  const path = stateFile(file);
  const state: UpdaterState = {
    ...firstState('mostly-wlan', FIRST),
    seq: 12,
    told: { address: FIRST, seq: 11, at: 1, confirmed: true },
    pending: { address: '198.51.100.7', seq: 12, since: 2, changed: true },
    error: { at: 3, text: 'no answer' },
  };

  it('comes back as it was written, readable by root only, with nothing left beside it', () => {
    writeState(path, state);
    expect(readState(path, 'mostly-wlan')).toEqual(state);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['updater.json', 'updater.state']);
  });

  it('says nothing where it is torn at any byte, of another link, or not there', () => {
    writeState(path, state);
    const whole = readFileSync(path, 'utf8');
    for (let n = 0; n < whole.length - 1; n++) {
      writeFileSync(path, whole.slice(0, n));
      expect(readState(path, 'mostly-wlan')).toBeUndefined();
    }
    writeFileSync(path, whole);
    expect(readState(path, 'other')).toBeUndefined();
    expect(readState(join(folder, 'none'), 'mostly-wlan')).toBeUndefined();
  });

  it('holds what it held before where it cannot be written, and goes on in memory', () => {
    writeState(path, state);
    const trouble: unknown[] = [];
    const memory = new Memory(
      state,
      (next) => writeState(join(folder, 'none', 'updater.state'), next),
      (error) => void trouble.push(error),
    );
    memory.set({ seq: 13 }, ['pending', 'error']);
    expect(memory.state).toMatchObject({ seq: 13, told: state.told });
    expect([memory.state.pending, memory.state.error, trouble.length]).toEqual([undefined, undefined, 1]);
    expect(readState(path, 'mostly-wlan')).toEqual(state);
  });
});

describe('an answer', () => {
  it.each([
    [0, 'provision 1 done 3 198.51.100.7 confirmed\n', { kind: 'done', seq: 3, address: '198.51.100.7', confirmed: true }],
    [0, 'provision 1 done 3 198.51.100.7 unconfirmed', { kind: 'done', seq: 3, address: '198.51.100.7', confirmed: false }],
    [0, 'provision 1 same 999999999 198.51.100.7\n', { kind: 'same', seq: 999_999_999, address: '198.51.100.7' }],
    [0, 'provision 1 seen 203.0.113.9 0 198.51.100.7\n', { kind: 'seen', from: '203.0.113.9', seq: 0, address: '198.51.100.7' }],
    [1, 'provision 1 stale 8\n', { kind: 'stale', seq: 8 }],
    [1, 'provision 1 busy 12\n', { kind: 'busy', seconds: 12 }],
    [1, 'provision 1 busy 0\n', { kind: 'busy', seconds: 1 }],
    [1, 'provision 1 busy 999999\n', { kind: 'busy', seconds: 3600 }],
    [1, 'provision 1 refused private\n', { kind: 'refused', code: 'private' }],
    [1, 'provision 1 failed boot\n', { kind: 'failed', code: 'boot' }],
  ])('exit %i, %j is understood', (exit, text, answer) => {
    expect(parseAnswer(exit, text)).toEqual(answer);
  });

  it.each([
    [1, 'provision 1 done 3 198.51.100.7 confirmed\n'],
    [0, 'provision 1 stale 8\n'],
    [127, 'provision 1 busy 12\n'],
    [0, 'Welcome\nprovision 1 done 3 198.51.100.7 confirmed\n'],
    [0, 'provision 1 done 3 198.51.100.7 confirmed\nmore\n'],
    [0, 'provision 1 done 3 198.51.100.7 confirmed\n\n'],
    [0, 'provision 1 done 3 198.51.100.7 confirmed '],
    [0, 'provision 2 done 3 198.51.100.7 confirmed\n'],
    [0, 'provision 1 done 03 198.51.100.7 confirmed\n'],
    [0, 'provision 1 done 1234567890 198.51.100.7 confirmed\n'],
    [0, 'provision 1 done 3 198.51.100.700 confirmed\n'],
    [0, 'provision 1 same 3 127.0.0.1\n'],
    [0, 'provision 1 seen 0.0.0.0 3 198.51.100.7\n'],
    [1, 'provision 1 refused $(reboot)\n'],
    [1, `provision 1 refused ${'a'.repeat(33)}\n`],
    [0, ''],
  ])('exit %i, %j says nothing', (exit, text) => {
    expect(parseAnswer(exit, text)).toBeUndefined();
  });

  it('is never made of anything else, and never throws', () => {
    fc.assert(fc.property(fc.integer(), fc.string({ unit: 'binary', maxLength: 400 }), (exit, text) => parseAnswer(exit, text) === undefined));
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        (text) => parseAnswer(0, `provision 1 same 3 198.51.100.7${text === '\n' ? 'x' : text}`) === undefined || /^[0-9\n]/.test(text),
      ),
    );
  });
});
