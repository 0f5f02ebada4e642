import { mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isClean } from '../../../src/errors/clean.js';
import { renderHistory } from '../../../src/report/history.js';
import { newestRuns, readJournal, readJournals } from '../../../src/report/journal-read.js';
import { plainPaint } from '../../../src/report/paint.js';
import { renderRun, showDocument } from '../../../src/report/show.js';
import { doneOutcome, guidePlan, HARM, hostileOutcome, hostilePlan } from './guide.js';
import { failedRun, files, folder, goodRun, removeFolders, written } from './journal.js';

const paint = plainPaint();
afterEach(removeFolders);

describe('old journals', () => {
  const old = (dir: string, i: number, header: Record<string, unknown>, ...lines: unknown[]): string => {
    const file = join(dir, `20200101T000${String(i).padStart(3, '0')}-${String(i).padStart(16, '0')}.jsonl`);
    const whole = {
      schema: 'provision/journal/1',
      run: String(i).padStart(16, '0'),
      link: 'l',
      goal: 'link',
      who: `op@${hostname()}`,
      pid: 1,
      guardSeconds: 60,
      simulated: {},
      plan: null,
      time: new Date().toISOString(),
      ...header,
    };
    writeFileSync(file, [whole, ...lines].map((l) => `${JSON.stringify(l)}\n`).join(''));
    return file;
  };
  it('tell the newest run of each link, also of two within one second, whose names are in any order', () => {
    const dir = folder();
    mkdirSync(dir, { recursive: true });
    const run = (second: number, name: string, link: string, ms: number): void => {
      const time = `2020-01-01T00:00:0${second}.${String(ms).padStart(3, '0')}Z`;
      const header = {
        schema: 'provision/journal/1',
        run: name.repeat(16),
        link,
        goal: 'link',
        who: 'op@elsewhere',
        pid: 1,
        guardSeconds: 60,
        simulated: {},
        plan: null,
        time,
      };
      writeFileSync(join(dir, `20200101T00000${second}-${name.repeat(16)}.jsonl`), `${JSON.stringify(header)}\n`);
    };
    run(1, '9', 'a', 0);
    run(2, '1', 'a', 700);
    run(2, '2', 'a', 100);
    run(2, '3', 'c', 900);
    run(1, '4', 'b', 100);
    run(1, '5', 'b', 50);
    expect(Object.fromEntries(newestRuns(dir, ['a', 'b', 'none']).map((j) => [j.link, j.run[0]]))).toEqual({ a: '1', b: '4' });
    expect(newestRuns(dir, ['a']).map((j) => j.run[0])).toEqual(['1']);
  });

  const END = { type: 'outcome', time: new Date().toISOString(), state: 'as-wanted', exit: 0, checks: [], warnings: [], errors: [], ms: 1 };

  it('go, so that the newest two hundred stay, but none that a run is writing', () => {
    const dir = folder();
    written(dir);
    const writing = old(dir, 0, { pid: process.pid });
    const elsewhere = old(dir, 1, { who: 'op@another.machine' });
    const ended = old(dir, 2, {}, END);
    const dead = old(dir, 3, { pid: 2 ** 22 + 1 });
    const quiet = old(dir, 4, { who: 'op@another.machine' });
    utimesSync(quiet, 1, 1);
    for (let i = 10; i < 220; i++) old(dir, i, {}, END);
    const made = written(dir, goodRun(guidePlan, doneOutcome, 'f'.repeat(16)));
    const left = files(dir);
    expect(left).toHaveLength(202);
    expect(left).toEqual(expect.arrayContaining([writing, elsewhere, made]));
    for (const gone of [ended, dead, quiet]) expect(left).not.toContain(gone);
  });

  it('say of a run without an outcome that it is unfinished, and whether its process may still be there', () => {
    const dir = folder();
    written(dir);
    const state = (file: string): unknown => {
      const run = readJournal(file);
      return [run?.outcome, run?.alive];
    };
    expect(state(old(dir, 0, { pid: process.pid }))).toEqual([undefined, true]);
    expect(state(old(dir, 1, { pid: 2 ** 22 + 1 }))).toEqual([undefined, false]);
    expect(state(old(dir, 2, { pid: process.pid, who: 'op@another.machine' }))).toEqual([undefined, false]);
    expect(state(old(dir, 3, { pid: process.pid, time: '2001-01-01T00:00:00Z' }))).toEqual([undefined, false]);
    expect(renderHistory(readJournals(dir).runs, paint)).toMatch(/OPEN +unfinished: process \d+ may still be at work/);
  });
});

describe('reading', () => {
  it('a last line that is torn at any byte costs that line and nothing else', () => {
    const dir = folder();
    const whole = readFileSync(
      written(dir, failedRun({ ...doneOutcome, state: 'rolled-back', errors: [{ code: 'STEP_FAILED', message: 'größer als möglich' }] })),
    );
    const from = whole.lastIndexOf('\n', whole.length - 2) + 1;
    const [file = ''] = files(dir);
    const all = readJournal(file);
    fc.assert(
      fc.property(fc.integer({ min: from, max: whole.length - 1 }), (at) => {
        writeFileSync(file, whole);
        truncateSync(file, at);
        const run = readJournal(file);
        const complete = at === whole.length - 1;
        expect(run?.lines).toHaveLength((all?.lines.length ?? 0) - (complete ? 0 : 1));
        expect(run?.unread).toBe(complete || at === from ? 0 : 1);
        expect(run?.outcome === undefined).toBe(!complete);
      }),
      { numRuns: 300 },
    );
  });

  it('no bytes in a journal are fatal: whatever is read is rendered without anything that a terminal obeys', () => {
    const dir = folder();
    const whole = readFileSync(written(dir, goodRun(hostilePlan, hostileOutcome)));
    const [file = ''] = files(dir);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 12 }), (at, junk) => {
        const bytes = Buffer.from(whole);
        bytes.set(junk.slice(0, bytes.length - at), at);
        writeFileSync(file, bytes);
        const { runs, unreadable } = readJournals(dir);
        expect(runs.length + unreadable).toBe(1);
        const text = runs.map((r) => `${renderHistory([r], paint)}\n${renderRun(r, paint, true)}`).join('\n');
        for (const line of text.split('\n')) expect(isClean(line), JSON.stringify(line)).toBe(true);
        for (const run of runs) JSON.stringify(showDocument(run));
      }),
      { numRuns: 200 },
    );
  });

  it('lines of others are counted, files of others too, and other names are not looked at', () => {
    const dir = folder();
    const file = written(dir);
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"type":"from-the-future"}\nnot json\n`);
    writeFileSync(join(dir, `20200101T000000-${'0'.repeat(16)}.jsonl`), '{"schema":"provision/journal/2"}\n');
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    const { runs, unreadable } = readJournals(dir);
    expect([runs.length, unreadable]).toEqual([1, 1]);
    expect(runs[0]).toMatchObject({ unread: 2, outcome: { state: 'as-wanted' } });
  });

  it('there is no run where there is no folder', () => {
    expect(readJournals(folder())).toMatchObject({ runs: [], unreadable: 0 });
  });
});

describe('telling a run again', () => {
  const error = { code: 'STEP_FAILED', message: 'sysctl failed on wlan.', host: 'wlan', step: 'mtu-default', stderr: 'Operation not permitted' };
  const failed = { ...doneOutcome, state: 'rolled-back' as const, checks: [], errors: [error] };
  const read = (events = failedRun(failed)) => {
    const run = readJournal(written(folder(), events));
    if (run === undefined) throw new Error('no run');
    return run;
  };

  it('says of each step whether it was done, failed or not run, and what the host answered where it failed', () => {
    const text = renderRun(read(), paint, false);
    expect(text).toContain('    done    kldload if_gre.ko');
    expect(text).toContain(
      '    FAILED  sysctl -w net.inet.ip.gre_default_mtu=1450\n      sysctl -w x=1  exit 1, 3 ms\n        ! Operation not permitted',
    );
    expect(text).toContain('    not run ifconfig gre1 create');
    expect(text).toContain('failed  mostly-wlan  failed, rolled back');
    expect(text).toContain('error STEP_FAILED  sysctl failed on wlan.');
  });

  it('says of a step without an end that its end is not known, and what to look at', () => {
    const text = renderRun(read(failedRun(failed).slice(0, 7)), paint, false);
    expect(text).toContain('    begun   sysctl -w net.inet.ip.gre_default_mtu=1450  (how it ended is not known)');
    expect(text).toContain('unfinished: the journal ends here');
  });

  it('shows every command only where it is asked for', () => {
    expect(renderRun(read(goodRun()), paint, false)).not.toContain('Every command');
    expect(renderRun(read(goodRun()), paint, true)).toContain('arm /var/run/p 3f2a1b0c9d8e7f60  exit 0, 3 ms');
  });

  it('shows the run without its plan where the plan has another shape', () => {
    const file = written(folder());
    writeFileSync(file, readFileSync(file, 'utf8').replace('"action":"+"', '"action":"?"'));
    const run = readJournal(file);
    expect(run?.plan).toBeNull();
    expect(run && renderRun(run, paint, true)).toContain('The plan of this run cannot be read.');
  });

  it('one line per run, with the words of its end', () => {
    expect(renderHistory([read()], paint)).toMatch(
      /^3f2a1b0c {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}mostly-wlan {2}link {2}op@control {2}failed {2}failed, rolled back: both ends are as before: STEP_FAILED, 1\.2 s$/,
    );
  });

  it('hostile text stays text', () => {
    const run = read(goodRun(hostilePlan, hostileOutcome));
    for (const line of `${renderHistory([{ ...run, who: HARM }], paint)}\n${renderRun(run, paint, true)}`.split('\n'))
      expect(isClean(line), line).toBe(true);
  });
});
