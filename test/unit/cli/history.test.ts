/** `history` and `show`: journals in a folder, no inventory and no host. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isClean } from '../../../src/errors/clean.js';
import type { RunEvent } from '../../../src/model/outcome.js';
import { doneOutcome, guidePlan, hostileOutcome, hostilePlan } from '../report/guide.js';
import { failedRun, goodRun, RUN, runEvent, written } from '../report/journal.js';
import { cli, type Ran, result } from './harness.js';

let home = '';
let runs = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'history-'));
  runs = join(home, 'provision', 'runs');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** The program with its journals in `home`; there is no inventory where it looks for one. */
const here = (...argv: string[]): Promise<Ran> => cli([...argv, '-i', 'DIR/nothing.yaml'], { env: { XDG_STATE_HOME: home } });
const OTHER = '3f2a1b0d00000000';
const two = (): void => {
  written(runs);
  written(runs, goodRun({ ...guidePlan, link: 'other' }, { ...doneOutcome, link: 'other' }, OTHER));
};
const emitting = (events: readonly RunEvent[]) => ({
  env: { XDG_STATE_HOME: home },
  results: { link: result(0, doneOutcome) },
  during: (_stop: () => void, options: { emit: (event: RunEvent) => void }) => events.forEach((e) => void options.emit(e)),
});

describe('history', () => {
  it('says that there is none, and exits 0', async () => {
    expect(await here('history')).toMatchObject({ exit: 0, out: `No run is journaled in ${runs}\n` });
    expect((await here('history', 'x')).out).toContain('No run on x is journaled');
  });

  it('gives one line per run, the newest first, with as many digits of the ids as tell them apart', async () => {
    written(runs);
    await new Promise((resolve) => setTimeout(resolve, 5));
    written(runs, goodRun({ ...guidePlan, link: 'other' }, { ...doneOutcome, link: 'other' }, '3f2a1b0c00000000'));
    const lines = (await here('history')).out.trimEnd().split('\n');
    expect(lines.map((l) => l.split('  ')[0])).toEqual(['3f2a1b0c0', '3f2a1b0c9']);
    expect(lines[1]).toMatch(/mostly-wlan {2}link {2}op@control {2}ok {6}as wanted, 1\.2 s$/);
  });

  it('shows only the runs of the link that is named', async () => {
    two();
    expect((await here('history', 'other')).out.trimEnd().split('\n')).toHaveLength(1);
  });

  it('gives the runs as JSON', async () => {
    two();
    const document = JSON.parse((await here('history', 'mostly-wlan', '--json')).out) as { runs: unknown[] };
    expect(document).toMatchObject({ schema: 'provision/history/1', exit: 0, folder: runs, unreadable: 0 });
    expect(document.runs).toMatchObject([
      { run: RUN, link: 'mostly-wlan', who: 'op@control', finished: true, alive: false, state: 'as-wanted', exit: 0, ms: 1234 },
    ]);
  });

  it('goes on where a file is no journal, and says so', async () => {
    two();
    writeFileSync(join(runs, `20200101T000000-${'0'.repeat(16)}.jsonl`), 'x');
    const ran = await here('history');
    expect(ran.exit).toBe(0);
    expect(ran.err).toContain('1 file in');
  });

  it('opens no log and calls nothing', async () => {
    two();
    const ran = await here('history');
    expect(ran.calls).toEqual([]);
    expect(readdirSync(join(home, 'provision'))).toEqual(['runs']);
  });

  it('says why where the folder cannot be read', async () => {
    mkdirSync(join(home, 'provision'));
    writeFileSync(runs, 'a file');
    const ran = await here('history');
    expect(ran.exit).toBe(64);
    expect(ran.err).toMatch(/error USAGE {2}The journals in .* cannot be read/);
  });
});

describe('show', () => {
  it('tells the run whose id begins so', async () => {
    two();
    const ran = await here('show', RUN.slice(0, 8).toUpperCase());
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain(`run ${RUN}  mostly-wlan  link  `);
    expect(ran.out).toContain('+ ifconfig gre1 create');
    expect(ran.out).toContain('done    ifconfig gre1 create');
    expect(ran.out).toContain('ok      mostly-wlan  as wanted: pings cross both ways');
    expect((await here('show', RUN, '--verbose')).out).toContain('Every command and its answer');
  });

  it('an unknown id is an error with the runs that there are', async () => {
    expect((await here('show', 'ab')).err).toContain(`No run is journaled in ${runs}`);
    two();
    const ran = await here('show', 'ab');
    expect(ran.exit).toBe(64);
    expect(ran.err).toContain('error NAME_UNKNOWN  There is no run ab in the journals.');
    expect(ran.err).toContain(`${RUN} (mostly-wlan, `);
  });

  it('an ambiguous id is an error with the runs that it could be', async () => {
    two();
    written(runs, goodRun(guidePlan, doneOutcome, 'f'.repeat(16)));
    const ran = await here('show', '3f2a1b0');
    expect(ran.exit).toBe(64);
    expect(ran.err).toContain('2 runs begin with 3f2a1b0.');
    expect(ran.err).toContain(OTHER);
    expect(ran.err).not.toContain('ffff');
  });

  it('gives a run that failed as JSON, and exits 0: the run failed, not the telling', async () => {
    const error = { code: 'STEP_FAILED', message: 'sysctl failed on wlan.', host: 'wlan' };
    written(runs, failedRun({ ...doneOutcome, state: 'rolled-back', checks: [], errors: [error] }));
    const ran = await here('show', '3f', '--json');
    expect(ran.exit).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({
      schema: 'provision/show/1',
      exit: 0,
      errors: [],
      run: {
        run: RUN,
        state: 'rolled-back',
        exit: 3,
        goal: 'link',
        mtu: { bytes: 1450 },
        ends: [{ host: 'mostly' }, { host: 'wlan' }],
        errors: [error],
        steps: expect.arrayContaining([expect.objectContaining({ host: 'wlan', step: 'mtu-default', state: 'failed' })]),
        commands: expect.arrayContaining([expect.objectContaining({ host: 'wlan', exit: 1, stderr: 'Operation not permitted\n' })]),
      },
    });
  });

  it.each(['history', 'show'])('%s prints hostile text escaped, as text and as JSON', async (verb) => {
    written(runs, goodRun(hostilePlan, hostileOutcome));
    const argv = verb === 'show' ? ['show', '3f', '--verbose'] : ['history'];
    for (const ran of [await here(...argv), await here(...argv, '--json')]) {
      expect(ran.exit).toBe(0);
      for (const line of `${ran.out}${ran.err}`.split('\n')) expect(isClean(line), JSON.stringify(line)).toBe(true);
    }
  });
});

describe('the commands that change', () => {
  it('journal what the pipeline tells, by the id that they name', async () => {
    const ran = await cli(['link', 'mostly-wlan', '--yes'], emitting(goodRun()));
    expect(ran.err).toContain(`mostly-wlan: run ${RUN}; told again by: provision show 3f2a1b0c`);
    expect((await here('show', '3f2a1b0c')).out).toContain('as wanted');
  });

  it('go on where the journal cannot be written, and say so once', async () => {
    mkdirSync(join(home, 'provision'));
    writeFileSync(runs, 'a file');
    const ran = await cli(['link', 'mostly-wlan', '--yes'], emitting([...goodRun(), runEvent()]));
    expect(ran.exit).toBe(0);
    expect(ran.err.match(/note: the journal is not written/g)).toHaveLength(1);
  });

  it('completion gives the ids of the runs', async () => {
    two();
    expect((await here('completion', '--names', 'runs')).out.trimEnd().split('\n').sort()).toEqual([RUN, OTHER]);
    expect((await here('completion', 'bash')).out).toContain('show) words=$(provision completion --names runs');
  });
});
