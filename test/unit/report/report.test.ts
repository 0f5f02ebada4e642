import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isClean } from '../../../src/errors/clean.js';
import type { Facts } from '../../../src/model/facts.js';
import type { RunEvent } from '../../../src/model/outcome.js';
import { renderErrors } from '../../../src/report/errors.js';
import { factsDocument, renderFacts } from '../../../src/report/facts.js';
import { jsonText, linkDocument, linksDocument } from '../../../src/report/json.js';
import { logFolder, openLog } from '../../../src/report/log.js';
import { distinctErrors, outcomeLines, renderOutcome, renderStatus } from '../../../src/report/outcome.js';
import { plainPaint } from '../../../src/report/paint.js';
import { eventLine } from '../../../src/report/progress.js';
import { netmask } from '../../../src/report/table.js';
import { doneOutcome, downOutcome, guidePlan, HARM, hostileOutcome, pendingOutcome } from './guide.js';

const paint = plainPaint();

describe('outcomes', () => {
  it('gives a link that is as wanted one line that says that pings cross, and the MTU', () => {
    expect(outcomeLines(doneOutcome, paint)).toEqual(['ok      mostly-wlan  as wanted: pings cross both ways, MTU 1450, 1.2 s']);
  });

  it('gives one aligned line per link for status', () => {
    expect(renderStatus([{ ...pendingOutcome, link: 'ab' }, downOutcome('abcd')], plainPaint(120)).split('\n')).toEqual([
      'pending ab    changes pending: 10 steps: 9 to add, 1 to change (mostly 3, wlan 7)',
      'failed  abcd  not done, nothing was changed: HOST_DOWN',
    ]);
  });

  it('shows the evidence of a check that failed', () => {
    const check = { id: 'ping', host: 'wlan', ok: false, text: '0 of 3 pings across.', evidence: ['100% packet loss'] };
    const text = renderOutcome({ ...doneOutcome, state: 'differs', checks: [check] }, paint);
    expect(text).toContain('  FAIL ping       0 of 3 pings across.\n       | 100% packet loss');
    expect(text).toContain('differs mostly-wlan  not as wanted: 0 of 3 pings across');
  });

  it('tells an error of a host once, however many links it stops', () => {
    expect(distinctErrors([downOutcome('a'), downOutcome('b')])).toHaveLength(1);
  });

  it('stays within 60 columns', () => {
    const text = `${renderOutcome(doneOutcome, plainPaint(60))}\n${renderStatus([doneOutcome, pendingOutcome], plainPaint(60))}`;
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(60);
  });

  it('never prints hostile text raw, errors included', () => {
    const text = [renderOutcome(hostileOutcome, paint), renderStatus([hostileOutcome], paint), renderErrors(hostileOutcome.errors, false)].join('\n');
    for (const line of text.split('\n')) expect(isClean(line), JSON.stringify(line)).toBe(true);
  });
});

describe('JSON', () => {
  it('holds per end host, system, release, driver, playbook and steps with words or file', () => {
    const doc = linkDocument(pendingOutcome);
    expect(doc).toMatchObject({
      link: 'mostly-wlan',
      state: 'changes-pending',
      mtu: { bytes: 1450 },
      ends: [
        {
          host: 'mostly',
          system: 'NetBSD',
          release: '1.5.2',
          playbook: 'netbsd-greconfig',
          interface: 'gre1',
          steps: [
            { id: 'inner', words: ['ifconfig', 'gre1', 'inet'].concat(['10.1.12.37', '10.1.12.38', 'netmask', '255.255.255.252', 'up']) },
            {},
            { file: { path: '/etc/ifconfig.gre1', mode: '0644', block: null, before: null } },
          ],
        },
        { host: 'wlan', release: '4.5-RELEASE' },
      ],
    });
  });

  it('names its schema and its exit status', () => {
    expect(linksDocument('plan', 2, [pendingOutcome])).toMatchObject({ schema: 'provision/plan/1', exit: 2, errors: [] });
  });

  it('gives the same value back and holds nothing that a terminal obeys', () => {
    const doc = linksDocument('link', 4, [hostileOutcome]);
    const text = jsonText(doc, 2);
    for (const line of text.split('\n')) expect(isClean(line)).toBe(true);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(doc)));
  });

  it('keeps tag characters and lone surrogates harmless too', () => {
    const text = jsonText({ a: '\u{e0041}\ud800' });
    expect(isClean(text)).toBe(true);
    expect(JSON.parse(text)).toEqual({ a: '\u{e0041}\ud800' });
  });
});

describe('progress lines', () => {
  it('shows a step with its command and time, and nothing for plans, errors and outcomes', () => {
    const step = guidePlan.ends[1].steps[0];
    if (step === undefined) throw new Error('the example has steps');
    const event: RunEvent = { type: 'step', link: 'mostly-wlan', host: 'wlan', step, state: 'done', ms: 12.4 };
    expect(eventLine(event, paint)).toBe('wlan: done kldload if_gre.ko  12 ms');
    expect(eventLine({ type: 'plan', plan: guidePlan }, paint)).toBeUndefined();
    expect(eventLine({ type: 'outcome', outcome: doneOutcome }, paint)).toBeUndefined();
  });

  it('shows hostile names escaped', () => {
    const line = eventLine({ type: 'connected', host: HARM, address: HARM, port: 22, user: HARM, fingerprint: HARM }, paint) ?? '';
    expect(isClean(line)).toBe(true);
  });
});

const facts: Facts = {
  host: 'wlan',
  system: 'FreeBSD',
  release: '4.5',
  machine: 'i386',
  uid: 0,
  playbook: 'p',
  driver: { state: 'loadable', how: 'if_gre.ko is there.' },
  live: {
    exists: { known: true, value: false },
    up: { known: false, why: HARM },
    mtu: { known: true, value: null },
    outer: { known: true, value: null },
    inner: { known: true, value: { local: '10.1.12.38', peer: '10.1.12.37', prefix: 30 } },
    ttl: { known: true, value: 'inherit' },
    settings: {},
  },
  probes: { uname: { words: ['uname', '-sr'], exit: 0, stdout: `${HARM}\n`, stderr: '' } },
  files: new Map([['/etc/rc.conf', { path: '/etc/rc.conf', state: 'file', content: Buffer.from('a="b"\n') }]]),
};

describe('facts', () => {
  it('says unknown where a value could not be read, and shows nothing raw', () => {
    const text = renderFacts(facts, paint, true);
    expect(text).toMatch(/^ {2}up +unknown: /m);
    expect(text).toContain('10.1.12.38 -> 10.1.12.37/30');
    for (const line of text.split('\n')) expect(isClean(line)).toBe(true);
  });

  it('turns maps and bytes into plain JSON', () => {
    expect(JSON.parse(jsonText(factsDocument(facts)))).toMatchObject({ host: 'wlan', files: [{ path: '/etc/rc.conf', content: 'a="b"\n' }] });
  });
});

describe('the netmask', () => {
  it('is the dotted form of the prefix', () => {
    expect([0, 8, 30, 31, 32].map(netmask)).toEqual(['0.0.0.0', '255.0.0.0', '255.255.255.252', '255.255.255.254', '255.255.255.255']);
  });
});

describe('the log', () => {
  const made: string[] = [];
  afterEach(() => {
    for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
  });
  const folder = (): string => {
    const dir = mkdtempSync(join(tmpdir(), 'log-'));
    made.push(dir);
    return join(dir, 'a', 'log');
  };

  it('is readable by its owner only, one JSON object per line', async () => {
    const dir = folder();
    const log = openLog(dir);
    log.write('info', { command: 'link', output: 'a\nb\u001b[31m' });
    log.write('error', { more: 1 });
    await log.close();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(log.file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(log.file, 'utf8').trimEnd().split('\n');
    expect(lines.map((l) => JSON.parse(l))).toMatchObject([
      { level: 'info', command: 'link', output: 'a\nb\u001b[31m' },
      { level: 'error', more: 1 },
    ]);
    for (const line of lines) expect(isClean(line)).toBe(true);
  });

  it('holds no secret', async () => {
    const log = openLog(folder());
    log.write('info', {
      passphrase: 'hunter2',
      deep: { text: '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----', line: 'password=hunter2 x' },
    });
    await log.close();
    const text = readFileSync(log.file, 'utf8');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('abc');
    expect(text).toContain('[secret]');
  });

  it('takes eight MiB twice at most, the newest lines last', async () => {
    const dir = folder();
    const log = openLog(dir);
    for (let i = 0; i < 400; i += 1) log.write('info', { i, text: 'x'.repeat(60_000) });
    await log.close();
    const sizes = readdirSync(dir).map((name) => statSync(join(dir, name)).size);
    expect(sizes).toHaveLength(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(8 * 2 ** 20);
    const last = readFileSync(log.file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ i: 399 });
  });

  it('keeps the newest fifty runs', async () => {
    const dir = folder();
    await openLog(dir).close();
    for (let i = 0; i < 60; i++) writeFileSync(join(dir, `20200101T0000${String(i).padStart(2, '0')}-1-abcd.jsonl`), '');
    await openLog(dir).close();
    expect(readdirSync(dir)).toHaveLength(50);
  });

  it('stands below XDG_STATE_HOME, or below the home', () => {
    expect(logFolder({ XDG_STATE_HOME: '/s', HOME: '/h' })).toBe('/s/provision/log');
    expect(logFolder({ XDG_STATE_HOME: 'relative', HOME: '/h' })).toBe('/h/.local/state/provision/log');
  });
});
