/** A real run against simulated hosts leaves a journal that `history` and `show` can tell, also where it fails. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournals } from '../../src/report/journal-read.js';
import { plainPaint } from '../../src/report/paint.js';
import { renderRun } from '../../src/report/show.js';
import { type CommandRan, provisionIn } from './command.js';
import { journaledIn, withPair } from './rig.js';

const GUIDE = fileURLToPath(new URL('../../inventory/guide.yaml', import.meta.url));
let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'journal-twin-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const provision = (...argv: string[]): Promise<CommandRan> => provisionIn(home, ...argv);

describe('the journal of a run', () => {
  it('tells what link has done: the plan, every step done, the pings, who and that the hosts were simulated', async () => {
    const linked = await provision('link', 'mostly-wlan', '--yes', '-i', GUIDE);
    expect(linked.exit).toBe(0);
    const [, id = ''] = /run ([0-9a-f]{16});/.exec(linked.err) ?? [];
    expect((await provision('history')).out).toMatch(
      new RegExp(`^${id.slice(0, 8)} .* mostly-wlan {2}link {2}\\S+@\\S+ {2}ok +as wanted, .*\\(simulated\\)\n$`),
    );
    const { exit, out } = await provision('show', id.slice(0, 6));
    expect(exit).toBe(0);
    expect(out).toContain('    + kldload if_gre.ko');
    expect(out).toMatch(/ {4}done {4}kldload if_gre\.ko {2}\d+ ms/);
    expect(out).toContain('Simulated hosts: mostly (NetBSD 1.5.2), wlan (FreeBSD 4.5).');
    expect(out).toContain('ok   ping');
    expect(out).not.toMatch(/not run|begun|FAILED|unfinished/);
    const all = (await provision('show', id, '--verbose')).out;
    for (const verb of ['arm', 'disarm']) expect(all).toMatch(new RegExp(` ${verb} \\S+ ${id} {2}exit 0`));
  });

  it('shows rollback what to go back from; where both ends are as before already there is nothing to do', async () => {
    const none = await provision('rollback', 'mostly-wlan', '--yes', '-i', GUIDE);
    expect([none.exit, none.err]).toEqual([1, expect.stringMatching(/ROLLBACK_IMPOSSIBLE[\s\S]*No run that has changed it is journaled/)]);
    await provision('link', 'mostly-wlan', '--yes', '-i', GUIDE);
    // Simulated hosts begin anew with each run.
    const back = await provision('rollback', 'mostly-wlan', '--yes', '-i', GUIDE);
    expect([back.exit, back.err, back.out]).toEqual([
      0,
      expect.stringMatching(/Going back to before run [0-9a-f]{16} \(link, /),
      expect.stringMatching(/^ok +mostly-wlan/),
    ]);
    expect((await provision('rollback', 'nobody', '-i', GUIDE)).exit).toBe(64);
  });

  it('leaves no journal where nobody said yes', async () => {
    expect((await provision('link', 'mostly-wlan', '-i', GUIDE)).exit).toBe(64);
    expect((await provision('plan', '-i', GUIDE)).exit).toBe(2);
    expect(readJournals(join(home, 'provision', 'runs')).runs).toEqual([]);
  });

  it('is one for each run that changes something: a second link that has nothing to do leaves none, an unlink leaves another', async () => {
    const folder = join(home, 'runs');
    const journaled = journaledIn(folder);
    await withPair('FreeBSD 4.5', 'Debian 12', async (rig) => {
      for (const verb of ['link', 'link', 'unlink'] as const) await rig.run(verb, journaled);
    });
    const { runs } = readJournals(folder);
    expect(runs.map((r) => [r.goal, r.outcome?.state])).toEqual([
      ['unlink', 'as-wanted'],
      ['link', 'as-wanted'],
    ]);
  });

  it('tells of a run whose line was cut what was begun, what was taken back and what came of it', async () => {
    const folder = join(home, 'runs');
    const journaled = journaledIn(folder);
    await withPair('FreeBSD 4.5', 'Debian 12', async (rig) => {
      rig.host('left').faults.cuts = [{ when: 'after', match: (words) => words.join(' ').startsWith('ifconfig gre1 tunnel') }];
      const made = await rig.run('link', journaled);
      expect(made.state).toBe('rolled-back');
    });
    const [journal] = readJournals(folder).runs;
    const text = journal === undefined ? '' : renderRun(journal, plainPaint(), false);
    expect(journal?.outcome).toMatchObject({ state: 'rolled-back', exit: 3 });
    expect(journal?.unread).toBe(0);
    expect(text).toMatch(/ {4}done {4}ifconfig gre1 create/);
    expect(text).toMatch(/ {4}begun {3}ifconfig gre1 tunnel .*\(how it ended is not known\)/);
    expect(text).toMatch(/not run ifconfig gre1 inet/);
    expect(text).toMatch(/taken back with\n.*ifconfig gre1 destroy {2}exit 0/);
    expect(text).toContain('error SSH_LOST');
  });
});
