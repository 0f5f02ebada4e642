import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isClean } from '../../../src/errors/clean.js';
import { doneOutcome, downOutcome, hostileOutcome, pendingOutcome } from '../report/guide.js';
import { cli, result } from './harness.js';

describe('wrong usage', () => {
  it.each([
    [['lnk'], "unknown command 'lnk'", 'Did you mean link?'],
    [['plan', '--jsno'], "unknown option '--jsno'", 'Did you mean --json?'],
    [['link'], "missing required argument 'link'", 'Run: provision link --help'],
    [['plan', '--concurrency', '0'], 'Write a whole number from 1 to 256.', 'Run: provision plan --help'],
    [['plan', '--timeout', 'x'], 'Write a whole number from 1 to 3600.', 'Run: provision plan --help'],
    [['schema', 'hosts'], 'Allowed choices are inventory, playbook.', 'Run: provision schema --help'],
    [['check', 'too', 'many'], 'too many arguments', 'Run: provision check --help'],
  ])('%j exits 64 with one clear line and what to do', async (argv, message, next) => {
    const ran = await cli(argv);
    expect(ran.exit).toBe(64);
    expect(ran.out).toBe('');
    expect(ran.err).toContain(message);
    expect(ran.err).toContain(next);
    expect(ran.err.trimEnd().split('\n')).toHaveLength(2);
  });

  it('shows the help where nothing is asked for, and exits 64', async () => {
    const ran = await cli([]);
    expect(ran.exit).toBe(64);
    expect(ran.err).toContain('Usage: provision');
  });

  it('prints help and version on stdout and exits 0', async () => {
    expect(await cli(['--version'])).toMatchObject({ exit: 0, out: '9.8.7\n' });
    const help = await cli(['link', '--help']);
    expect(help.exit).toBe(0);
    expect(help.out).toContain('--dry-run');
  });

  it('gives a JSON document for wrong usage too', async () => {
    const ran = await cli(['lnk', '--json']);
    expect(JSON.parse(ran.out)).toMatchObject({ schema: 'provision/usage/1', exit: 64, errors: [{ code: 'USAGE' }] });
  });

  it('shows control characters of an argument escaped', async () => {
    const ran = await cli(['\u001b[31mx']);
    for (const line of ran.err.trimEnd().split('\n')) expect(isClean(line)).toBe(true);
  });
});

describe('names', () => {
  it('suggests the nearest link, lists all, and calls nothing', async () => {
    const ran = await cli(['plan', 'mosty-wlan']);
    expect(ran).toMatchObject({ exit: 64, calls: [] });
    expect(ran.err).toContain('error NAME_UNKNOWN');
    expect(ran.err).toContain('Did you mean mostly-wlan?');
    expect((await cli(['plan', 'zzzzzz'])).err).toContain('next     Take one of: mostly-wlan');
  });

  it('refuses a host that has no end of the link', async () => {
    expect((await cli(['table', 'mostly-wlan', '--end', 'nobody'])).exit).toBe(64);
    expect((await cli(['facts', 'wln'])).err).toContain('Did you mean wlan?');
  });

  it('takes all links where none is named', async () => {
    const ran = await cli(['status'], { results: { verify: result(0, doneOutcome) } });
    expect(ran.calls[0]?.options.links).toEqual(['mostly-wlan']);
    expect(ran.out).toMatch(/^ok +mostly-wlan {2}as wanted: /);
    expect(ran.out.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('asking', () => {
  it('changes nothing without a terminal and without --yes, shows the plan and exits 64', async () => {
    const ran = await cli(['link', 'mostly-wlan'], { asks: true });
    expect(ran.exit).toBe(64);
    expect(ran.out).toContain('+ ifconfig gre1 create');
    expect(ran.err).toContain('error NOT_CONFIRMED');
  });

  it('says so in JSON as well', async () => {
    const ran = await cli(['link', 'mostly-wlan', '--json'], { asks: true });
    const doc = JSON.parse(ran.out);
    expect(doc).toMatchObject({ schema: 'provision/link/1', exit: 64, errors: [{ code: 'NOT_CONFIRMED' }], links: [{ state: 'changes-pending' }] });
    expect(ran.err).toContain('+ ifconfig gre1 create');
  });

  it('goes on with --yes', async () => {
    const ran = await cli(['link', 'mostly-wlan', '--yes'], { asks: true, results: { link: result(0, doneOutcome) } });
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain('as wanted: pings cross both ways, MTU 1450');
  });

  it.each([
    ['y', 0],
    ['yes', 0],
    ['n', 2],
    ['', 2],
    ['yesterday', 2],
  ])('takes the answer "%s"', async (answer, exit) => {
    expect((await cli(['unlink', 'mostly-wlan'], { asks: true, answer, results: { unlink: result(0, doneOutcome) } })).exit).toBe(exit);
  });
});

describe('results and exit status', () => {
  it('prints the plan on stdout and exits 2 where something is to be done', async () => {
    const ran = await cli(['plan'], { results: { plan: result(2, pendingOutcome) } });
    expect(ran.exit).toBe(2);
    expect(ran.out).toContain('10 steps: 9 to add, 1 to change');
  });

  it('plans and nothing else with --dry-run', async () => {
    const ran = await cli(['link', 'mostly-wlan', '--dry-run'], { results: { plan: result(2, pendingOutcome) } });
    expect(ran.calls.map((c) => c.verb)).toEqual(['plan']);
    expect(ran.exit).toBe(2);
  });

  it('tells an error of a host once, on stderr', async () => {
    const ran = await cli(['plan'], { results: { plan: result(1, downOutcome('a'), downOutcome('b')) } });
    expect(ran.exit).toBe(1);
    expect(ran.err.match(/error HOST_DOWN/g)).toHaveLength(1);
  });

  it.each(['plan', 'verify', 'status', 'rehearse', 'link', 'unlink'] as const)('%s --json is pure JSON with a hostile outcome', async (verb) => {
    const words = verb === 'link' || verb === 'unlink' ? ['mostly-wlan', '--yes'] : [];
    const ran = await cli([verb, ...words, '--json'], { results: { [verb === 'status' ? 'verify' : verb]: result(4, hostileOutcome) } });
    expect(JSON.parse(ran.out)).toMatchObject({ schema: `provision/${verb}/1`, exit: 4, links: [{ state: 'partly-changed' }] });
    for (const line of `${ran.out}${ran.err}`.split('\n')) expect(isClean(line), JSON.stringify(line)).toBe(true);
  });

  it('hands JSON with links even where the inventory is wrong', async () => {
    const ran = await cli(['plan', '--json', '-i', 'DIR/nothing.yaml']);
    expect(ran.exit).toBe(65);
    expect(JSON.parse(ran.out)).toMatchObject({ schema: 'provision/plan/1', exit: 65, links: [], errors: [{ code: 'INVENTORY_READ' }] });
  });

  it('prints no escape sequence without a terminal, and colours with FORCE_COLOR', async () => {
    const esc = String.fromCharCode(27);
    const results = { plan: result(2, pendingOutcome) };
    expect((await cli(['plan'], { results })).out).not.toContain(esc);
    expect((await cli(['plan'], { results, env: { FORCE_COLOR: '1' } })).out).toContain(esc);
    expect((await cli(['plan', '--no-color'], { results, env: { FORCE_COLOR: '1' } })).out).not.toContain(esc);
  });

  it('calls an unknown exception a bug, names the log, and shows no stack', async () => {
    const ran = await cli(['plan'], { throws: new TypeError('x is undefined') });
    expect(ran.exit).toBe(4);
    expect(ran.err).toContain('error BUG  TypeError: x is undefined');
    expect(ran.err).toMatch(/next +Please report it with \S+\.jsonl/);
    expect(ran.err).not.toMatch(/^\s+at /m);
  });

  it('hands a Ctrl-C to the run', async () => {
    let aborted = false;
    const during = (stop: () => void, options: { signal?: AbortSignal }): void => {
      stop();
      aborted = options.signal?.aborted === true;
    };
    const ran = await cli(['verify'], { during, results: { verify: result(4, downOutcome('a')) } });
    expect(aborted).toBe(true);
    expect(ran.exit).toBe(4);
    expect(ran.err).toContain('Press Ctrl-C again');
  });
});

describe('commands without a network', () => {
  it("shows the guide's table from both sides", async () => {
    const ran = await cli(['table', 'mostly-wlan']);
    expect(ran.out).toMatch(/outer address {2}212\.25\.240\.34 +217\.154\.12\.2/);
    expect(ran.out).toMatch(/outer address {2}217\.154\.12\.2 +212\.25\.240\.34/);
    expect((await cli(['table', 'mostly-wlan', '--end', 'wlan'])).out).not.toContain('as mostly sees it');
  });

  it('puts both ends below each other where the terminal is narrow', async () => {
    const ran = await cli(['table', 'mostly-wlan', '--end', 'wlan'], { env: { COLUMNS: '50' } });
    for (const line of ran.out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(50);
    expect(ran.out).toContain('the other end\n');
  });

  it('checks inventory and playbooks', async () => {
    expect((await cli(['check'])).out).toMatch(/^ok {2}2 hosts, 1 link in .*; \d+ playbooks/);
  });

  it('writes a starter that passes its own check, and never overwrites it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'init-'));
    try {
      expect((await cli(['init', dir])).exit).toBe(0);
      const text = readFileSync(join(dir, 'inventory.yaml'), 'utf8');
      expect((await cli(['check', '-i', dir])).exit).toBe(0);
      const again = await cli(['init', dir]);
      expect(again.exit).toBe(64);
      expect(again.err).toContain('overwrites nothing');
      expect(readFileSync(join(dir, 'inventory.yaml'), 'utf8')).toBe(text);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it.each(['inventory', 'playbook'])('prints the JSON Schema of the %s', async (of) => {
    expect(JSON.parse((await cli(['schema', of])).out)).toHaveProperty('$schema');
    expect(JSON.parse((await cli(['schema', of, '--json'])).out)).toMatchObject({ schema: 'provision/schema/1', jsonSchema: {} });
  });

  it('gives a bash completion that bash reads, and the names it asks for', async () => {
    const script = (await cli(['completion', 'bash'])).out;
    const ask = `${script}\nprovision() { echo a-b; }\nCOMP_WORDS=(provision li); COMP_CWORD=1; _provision; echo "\${COMPREPLY[@]}"\nCOMP_WORDS=(provision link a); COMP_CWORD=2; _provision; echo "\${COMPREPLY[@]}"`;
    expect(execFileSync('bash', ['-c', ask], { encoding: 'utf8' })).toBe('link\na-b\n');
    expect((await cli(['completion', '--names', 'links'])).out).toBe('mostly-wlan\n');
    expect((await cli(['completion', 'zsh'])).out).toContain('compdef _provision provision');
    expect((await cli(['completion', 'fish'])).out).toContain('complete -c provision');
  });

  it('lists what can be simulated', async () => {
    expect((await cli(['twin', 'list'])).out).toContain('NetBSD 1.5.2');
  });
});
