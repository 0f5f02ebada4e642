import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isClean } from '../../../src/errors/clean.js';
import { readJournals } from '../../../src/report/journal-read.js';
import { doneOutcome, guidePlan, hostileOutcome, hostilePlan } from './guide.js';
import { commandEvent, files, folder, goodRun, RUN, removeFolders, runEvent, sinkIn, stageEvent, written } from './journal.js';

/** What the disk does to us, and what was forced onto it. */
const disk = vi.hoisted(() => ({ full: false, part: 0, synced: [] as number[], beside: [] as number[] }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    fsyncSync: (fd: number) => {
      disk.synced.push(fs.fstatSync(fd).size);
      fs.fsyncSync(fd);
    },
    fsync: (fd: number, done: (error: Error | null) => void) => {
      disk.beside.push(fs.fstatSync(fd).size);
      fs.fsync(fd, done);
    },
    writeSync: (fd: number, bytes: Buffer, from: number) => {
      if (!disk.full) return fs.writeSync(fd, bytes, from);
      if (disk.part > 0) fs.writeSync(fd, bytes, from, disk.part);
      throw new Error('ENOSPC: no space left on device, write');
    },
  };
});

afterEach(() => {
  Object.assign(disk, { full: false, part: 0, synced: [], beside: [] });
  removeFolders();
});

const linesIn = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((l) => JSON.parse(l) as Record<string, unknown>);

describe('writing', () => {
  it('writes nothing for a link that is only looked at', () => {
    const dir = folder();
    const sink = sinkIn(dir);
    for (const event of [
      { type: 'plan', plan: guidePlan } as const,
      stageEvent('verify', 'start'),
      { type: 'outcome', outcome: doneOutcome } as const,
    ])
      sink.event(event);
    expect(files(dir)).toEqual([]);
  });

  it('begins with schema, run, link, goal, who, time, process and the whole plan with its undo', () => {
    const [header] = linesIn(written(folder()));
    expect(header).toMatchObject({
      schema: 'provision/journal/1',
      run: RUN,
      link: 'mostly-wlan',
      goal: 'link',
      who: 'op@control',
      pid: process.pid,
      guardSeconds: 60,
    });
    expect(header?.plan).toEqual(JSON.parse(JSON.stringify(guidePlan)));
    expect(Date.now() - Date.parse(String(header?.time))).toBeLessThan(60_000);
  });

  it('keeps the order in which things were told, the stage that the run began in first, and the outcome last', () => {
    const told = linesIn(written(folder())).slice(1);
    expect(told.slice(0, 5).map((l) => `${l.type} ${l.stage ?? l.verb} ${l.state ?? l.host}`)).toEqual([
      'stage guard start',
      'command arm mostly',
      'command arm wlan',
      'stage guard end',
      'stage apply start',
    ]);
    expect(told.slice(5, 8).map((l) => `${l.type} ${l.state ?? l.exit}`)).toEqual(['step start', 'command 0', 'step done']);
    expect(told.at(-1)).toMatchObject({ type: 'outcome', state: 'as-wanted', exit: 0, ms: 1234 });
  });

  it('has every line in the file when `event` returns, and on the disk when a stage begins: its phase is sent next', () => {
    const dir = folder();
    const sink = sinkIn(dir);
    let size = 0;
    for (const event of goodRun().slice(0, -1)) {
      sink.event(event);
      const [file] = files(dir);
      if (file === undefined) continue;
      expect(statSync(file).size).toBeGreaterThan(size);
      size = statSync(file).size;
      const begins = event.type === 'stage' && event.state === 'start';
      if (begins || event.type === 'run') expect(disk.synced.at(-1)).toBe(size);
    }
    expect(size).toBeGreaterThan(0);
  });

  it('forces answers to the disk when a burst of them is over, and keeps nobody waiting for it', async () => {
    const dir = folder();
    const sink = sinkIn(dir);
    for (const event of [{ type: 'plan', plan: guidePlan } as const, runEvent(), commandEvent('wlan', 'a'), commandEvent('wlan', 'b')])
      sink.event(event);
    const { size } = statSync(files(dir)[0] ?? '');
    expect(disk.synced.at(-1)).toBeLessThan(size);
    await vi.waitFor(() => expect(disk.beside.at(-1)).toBe(size));
  });

  it('gives the file 0600 and the folder 0700', () => {
    const dir = folder();
    const file = written(dir);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(file).toMatch(/\/\d{8}T\d{6}-3f2a1b0c9d8e7f60\.jsonl$/);
  });

  it('keeps two links apart, and gives what a host of both answered to both', () => {
    const dir = folder();
    const sink = sinkIn(dir);
    for (const [link, run] of [
      ['a', '1'.repeat(16)],
      ['b', '2'.repeat(16)],
    ] as const) {
      sink.event({ type: 'plan', plan: { ...guidePlan, link } });
      sink.event(runEvent(link, run));
    }
    sink.event(stageEvent('apply', 'start', 'a'));
    sink.event(commandEvent('wlan', 'x'));
    sink.event(commandEvent('stranger', 'y'));
    for (const link of ['a', 'b']) sink.event({ type: 'outcome', outcome: { ...doneOutcome, link } });
    const types = Object.fromEntries(readJournals(dir).runs.map((r) => [r.link, r.lines.map((l) => l.type)]));
    expect(types).toEqual({ a: ['stage', 'command', 'outcome'], b: ['command', 'outcome'] });
  });

  it('bounds what a command answered, and holds no secret', () => {
    const huge = commandEvent('wlan', 'x', { stdout: 'o'.repeat(100_000), stderr: `password=hunter2 ${'e'.repeat(100_000)}` });
    const file = written(folder(), [{ type: 'plan', plan: guidePlan }, runEvent(), huge]);
    expect(statSync(file).size).toBeLessThan(20_000);
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
    expect(linesIn(file).at(-1)?.stdout).toMatch(/^o{4096}… \(\d+ characters\)$/);
  });

  it('marks a run on simulated hosts', () => {
    const connected = {
      type: 'connected',
      host: 'wlan',
      address: '127.0.0.1',
      port: 22,
      user: 'root',
      fingerprint: 'SHA256:x',
      simulated: 'FreeBSD 4.5',
    } as const;
    expect(linesIn(written(folder(), [connected, ...goodRun()]))[0]?.simulated).toEqual({ wlan: 'FreeBSD 4.5' });
  });

  it('holds hostile text without anything that a terminal obeys', () => {
    const file = written(folder(), goodRun(hostilePlan, hostileOutcome));
    for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) expect(isClean(line), JSON.stringify(line)).toBe(true);
  });
});

describe('what cannot be written', () => {
  it('ends no run where the folder cannot be made, and is told once', () => {
    const dir = folder();
    writeFileSync(join(dir, '..', 'file'), '');
    const notes: string[] = [];
    const sink = sinkIn(join(dir, '..', 'file', 'runs'), notes);
    for (const event of [...goodRun(), ...goodRun()]) sink.event(event);
    expect(notes).toEqual([expect.stringMatching(/^mostly-wlan: the journal is not written, or not whole: E/)]);
  });

  it.each([
    0, 7,
  ])('ends no run where the disk is full after %i more bytes; what came after it is readable, and what is missing is counted', (part) => {
    const dir = folder();
    const notes: string[] = [];
    const sink = sinkIn(dir, notes);
    const events = goodRun();
    const apply = events.findIndex((e) => e.type === 'stage' && e.stage === 'apply');
    for (const [i, event] of events.entries()) {
      Object.assign(disk, { full: i === apply || i === apply + 1, part });
      sink.event(event);
    }
    expect(notes).toHaveLength(1);
    const [run] = readJournals(dir).runs;
    expect(run?.outcome?.state).toBe('as-wanted');
    expect(run?.unread).toBeGreaterThanOrEqual(2);
    expect(run?.lines.some((l) => l.type === 'step' && l.state === 'done')).toBe(true);
  });
});
