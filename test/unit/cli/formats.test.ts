/** `--format` of check, plan and rehearse: what stands on which stream, and the exit status, which no format changes. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandRan, provisionIn } from '../../twin/command.js';
import { doneOutcome, downOutcome, pendingOutcome } from '../report/guide.js';
import { readCommands, readJunit, readMarkdown, readSarif } from '../report/readers.js';
import { cli, INVENTORY, result } from './harness.js';

const MACHINE = ['json', 'github', 'junit', 'sarif', 'markdown'] as const;
const WRONG = 'hosts:\n  left: { adress: 203.0.113.1 }\n  right: { address: 203.0.113.2.3 }\nlinks: {}\n';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'formats-'));
  mkdirSync(join(home, 'inventory'));
  writeFileSync(join(home, 'inventory', 'good.yaml'), INVENTORY);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const check = (...argv: string[]): Promise<CommandRan> => provisionIn(home, 'check', '-i', join(home, 'inventory'), ...argv);

/** Throws where the text is not of that format. */
function read(format: (typeof MACHINE)[number], text: string): void {
  if (format === 'json') JSON.parse(text);
  if (format === 'junit') readJunit(text);
  if (format === 'sarif') readSarif(text);
  if (format === 'markdown') readMarkdown(text);
}

describe('check --format', () => {
  it.each(MACHINE)('%s has its document on stdout and people’s text on stderr, for a right inventory and a wrong one', async (format) => {
    const good = await check('--format', format);
    expect([good.exit, good.err]).toEqual([0, expect.stringContaining('ok  2 hosts')]);
    read(format, good.out);
    writeFileSync(join(home, 'inventory', 'wrong.yaml'), WRONG);
    const wrong = await check('--format', format);
    expect([wrong.exit, wrong.err]).toEqual([65, expect.stringContaining('error INVENTORY_')]);
    read(format, wrong.out);
    if (format !== 'json') expect(wrong.out).not.toContain(home);
  });

  it('json is the document of --json', async () => {
    expect((await check('--format', 'json')).out).toBe((await check('--json')).out);
  });

  it('tells the errors of every file at their places, relative to the working folder', async () => {
    writeFileSync(join(home, 'inventory', 'wrong.yaml'), WRONG);
    const places = readCommands((await check('--format', 'github')).out).map((c) => [c.name, c.properties.file, c.properties.line]);
    expect(places).toEqual([
      ['error', 'inventory/wrong.yaml', '2'],
      ['error', 'inventory/wrong.yaml', '3'],
    ]);
    const cases = readJunit((await check('--format', 'junit')).out);
    expect(cases.map((c) => [c.attributes.name, c.children.length])).toEqual([
      ['inventory/good.yaml', 0],
      ['inventory/wrong.yaml', 1],
    ]);
    const { results } = readSarif((await check('--format', 'sarif')).out);
    expect(results.map((r) => r.locations[0]?.physicalLocation)).toEqual([
      { artifactLocation: { uri: 'inventory/wrong.yaml', uriBaseId: '%SRCROOT%' }, region: { startLine: 2, startColumn: 11 } },
      { artifactLocation: { uri: 'inventory/wrong.yaml', uriBaseId: '%SRCROOT%' }, region: { startLine: 3, startColumn: 21 } },
    ]);
  });

  it('tells the errors of inventory and playbooks at once', async () => {
    writeFileSync(join(home, 'inventory', 'wrong.yaml'), WRONG);
    mkdirSync(join(home, 'books'));
    writeFileSync(join(home, 'books', 'mine.yaml'), 'name: [\n');
    const ran = await check('--format', 'github', '--playbooks', 'books');
    expect(new Set(readCommands(ran.out).map((c) => c.properties.file))).toEqual(new Set(['inventory/wrong.yaml', 'books/mine.yaml']));
  });

  it('the same input gives the same bytes', async () => {
    writeFileSync(join(home, 'inventory', 'wrong.yaml'), WRONG);
    for (const format of MACHINE) expect((await check('--format', format)).out).toBe((await check('--format', format)).out);
  });

  it('an inventory that is not there is a finding too', async () => {
    for (const format of MACHINE) {
      const ran = await provisionIn(home, 'check', '-i', join(home, 'nowhere'), '--format', format);
      expect(ran.exit).toBe(65);
      read(format, ran.out);
    }
  });

  it('follows no symbolic link out of the working folder, and quotes nothing of what is behind it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    try {
      writeFileSync(join(outside, 'private.yaml'), 'hunter2: very secret\n');
      symlinkSync(join(outside, 'private.yaml'), join(home, 'inventory', 'link.yaml'));
      const ran = await check();
      expect([ran.exit, ran.err]).toEqual([65, expect.stringContaining('symbolic link')]);
      expect(ran.err).not.toContain('hunter2');
      symlinkSync(outside, join(home, 'away'));
      const folder = await provisionIn(home, 'check', '-i', join(home, 'away'));
      expect([folder.exit, folder.err]).toEqual([65, expect.stringContaining('symbolic link')]);
      expect(folder.err).not.toContain('hunter2');
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('a link to an endless device or an unread pipe ends at once', async () => {
    symlinkSync('/dev/zero', join(home, 'inventory', 'zero.yaml'));
    expect(await check()).toMatchObject({ exit: 65, err: expect.stringContaining('zero.yaml') });
    const plain = await provisionIn(home, 'plan', '-i', join(home, 'inventory'));
    expect(plain).toMatchObject({ exit: 65, err: expect.stringContaining('is not a regular file') });
  });
});

describe('plan and rehearse --format', () => {
  it.each(MACHINE)('%s keeps the exit status of changes pending and of a failure', async (format) => {
    const pending = await cli(['plan', '--format', format], { results: { plan: result(2, pendingOutcome) } });
    expect([pending.exit, pending.err]).toEqual([2, expect.stringContaining('mostly-wlan')]);
    read(format, pending.out);
    const down = await cli(['plan', '--format', format], { results: { plan: result(1, downOutcome('mostly-wlan')) } });
    expect(down.exit).toBe(1);
    read(format, down.out);
    expect(down.out).toContain('HOST_DOWN');
    const done = await cli(['rehearse', '--format', format], { results: { rehearse: result(0, doneOutcome) } });
    expect(done.exit).toBe(0);
    read(format, done.out);
  });

  it('an error before anything is looked at is a finding: the inventory is wrong, a name is unknown', async () => {
    for (const argv of [
      ['plan', '-i', 'DIR/nothing.yaml'],
      ['plan', 'mosty'],
    ]) {
      const ran = await cli([...argv, '--format', 'sarif']);
      expect(readSarif(ran.out).results).toHaveLength(1);
    }
  });

  it('a check of a rehearsal that failed is a failure at the place of the link', async () => {
    const bad = {
      ...doneOutcome,
      state: 'differs' as const,
      checks: [{ id: 'reboot', host: 'mostly', ok: false, text: 'after a reboot it is gone' }],
    };
    const ran = await cli(['rehearse', '--format', 'junit'], { results: { rehearse: result(2, bad) } });
    const [one] = readJunit(ran.out);
    expect(one?.children[0]?.attributes).toEqual({ type: 'check-reboot', message: 'after a reboot it is gone' });
    expect(one?.attributes.line).toBe('5');
  });

  it.each([
    [['plan', '--json', '--format', 'sarif'], 'cannot stand together'],
    [['plan', '--format', 'xml'], 'Allowed choices are text, json, github, junit, sarif, markdown.'],
    [['verify', '--format', 'json'], "unknown option '--format'"],
    [['plan', '--facts', 'x'], '--facts is for --offline'],
  ])('%j is wrong usage', async (argv, said) => {
    expect(await cli(argv)).toMatchObject({ exit: 64, err: expect.stringContaining(said), calls: [] });
  });

  it('a name that looks like a command of GitHub is printed harmless on both streams there', async () => {
    const env = { GITHUB_ACTIONS: 'true' };
    const ran = await cli(['plan', '::stop-commands::x'], { env });
    expect(ran.exit).toBe(64);
    expect(readCommands(ran.out + ran.err)).toEqual([]);
  });
});
