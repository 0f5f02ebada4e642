/** allocate, pools and add as a person runs them: the whole program over a file of its own and, where it looks at hosts, simulated ones. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandRan, runIn } from './command.js';

const HOSTS = `pools:
  consume: 10.1.12.0/24 # ours
hosts:
  mostly: { address: 203.0.113.1, twin: Debian 12 }
  wlan: { address: 203.0.113.2, twin: FreeBSD 13.2 } # the other one
`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-plan-'));
  file = join(folder, 'i.yaml');
  writeFileSync(file, HOSTS);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cli = (words: readonly string[], answer?: string): Promise<CommandRan> =>
  runIn(folder, [...words, '-i', file], answer === undefined ? {} : { answer });
const text = (): string => readFileSync(file, 'utf8');

describe('add link', () => {
  it('looks at both hosts, shows the lines, writes them after a yes; then the link can be planned', async () => {
    const dry = await cli(['add', 'link', 'mostly', 'wlan', '--dry-run']);
    expect([dry.exit, dry.out]).toEqual([
      2,
      expect.stringMatching(/mostly: Linux .*gre1 is free\nwlan: FreeBSD .*gre1 is free\nMTU 1476 on both ends\n/),
    ]);
    expect((await cli(['add', 'link', 'mostly', 'wlan'])).exit).toBe(64);
    expect((await cli(['add', 'link', 'mostly', 'wlan'], 'n')).exit).toBe(2);
    expect(text()).toBe(HOSTS);
    expect((await cli(['add', 'link', 'mostly', 'wlan'], 'y')).exit).toBe(0);
    expect(text().startsWith(HOSTS)).toBe(true);
    expect((await cli(['plan'])).exit).toBe(2);
  });

  it('an interface name that a link has is passed over', async () => {
    await cli(['add', 'link', 'mostly', 'wlan', '--no-survey', '--yes']);
    writeFileSync(
      file,
      text().replace('wlan: { address: 203.0.113.2', 'third: { address: 203.0.113.3, twin: Debian 12 }\n  wlan: { address: 203.0.113.2'),
    );
    const more = await cli(['add', 'link', 'mostly', 'third', '--yes', '--json']);
    expect(JSON.parse(more.out)).toMatchObject({
      schema: 'provision/add-link/1',
      link: 'mostly-third',
      written: true,
      mtu: 1476,
      ends: [{ host: 'mostly', system: 'Linux' }, { host: 'third' }],
    });
    expect(text()).toContain('      mostly: { inner: 10.1.12.5, interface: gre2 }\n');
  });
});

describe('add host', () => {
  it('without a survey it is written after a yes, and check is content', async () => {
    expect((await cli(['add', 'host', 'third', '198.51.100.1', '--no-survey'], 'y')).exit).toBe(0);
    expect(text()).toBe(`${HOSTS}  third: { address: 198.51.100.1 }\n`);
    expect((await cli(['check'])).exit).toBe(0);
  });
});

describe('allocate and pools', () => {
  const OPEN = `${HOSTS}links:\n  a: # mine\n    ends:\n      mostly: { interface: gre1 }\n      wlan: { interface: gre1 }\n`;

  it('allocate writes what pools had announced; nothing else of the file changes', async () => {
    writeFileSync(file, OPEN);
    expect((await cli(['pools'])).out).toContain('consume  10.1.12.0/24  0 of 64 /30s used, 64 left, next 10.1.12.0/30\n');
    expect((await cli(['check'])).exit).toBe(65);
    expect((await cli(['allocate', 'a', '--dry-run'])).exit).toBe(2);
    expect(text()).toBe(OPEN);
    const done = await cli(['allocate', 'a', '--json']);
    expect(JSON.parse(done.out)).toMatchObject({ exit: 0, written: true, allocations: [{ link: 'a', subnet: '10.1.12.0/30' }] });
    expect(text()).toBe(
      OPEN.replace('    ends:', '    subnet: 10.1.12.0/30\n    ends:')
        .replace('mostly: { interface', 'mostly: { inner: 10.1.12.1, interface')
        .replace('wlan: { interface', 'wlan: { inner: 10.1.12.2, interface'),
    );
    expect([(await cli(['check'])).exit, (await cli(['allocate', 'a'])).exit]).toEqual([0, 0]);
    expect(JSON.parse((await cli(['pools', '--json'])).out)).toMatchObject({
      pools: [{ name: 'consume', blocks: 64, used: 1, next: '10.1.12.4/30', links: [{ link: 'a' }] }],
    });
  });

  it('a wrong name, an empty pool and broken YAML are told, and nothing is written', async () => {
    writeFileSync(file, OPEN);
    expect(await cli(['allocate', 'b'])).toMatchObject({ exit: 64, err: expect.stringContaining('NAME_UNKNOWN') });
    writeFileSync(file, OPEN.replace('wlan: { interface: gre1 }', 'wlan: { interface: gre1'));
    expect(await cli(['allocate', 'a'])).toMatchObject({ exit: 65, err: expect.stringContaining('INVENTORY_SYNTAX') });
    expect(text()).toBe(OPEN.replace('wlan: { interface: gre1 }', 'wlan: { interface: gre1'));
  });
});
