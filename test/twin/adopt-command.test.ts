/** `provision adopt` from the command line, on simulated hosts that were set up by hand. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pipeline } from '../../src/cli/types.js';
import * as pipeline from '../../src/pipeline.js';
import { attachTwin } from '../../src/twin/attach.js';
import type { Twin } from '../../src/twin/twin.js';
import { LEFT, makeByHand, RIGHT, wayFor } from './adopt-hand.js';
import { type CommandRan, runIn } from './command.js';

const KINDS: readonly [string, string] = ['NetBSD 9.3', 'Debian 12'];

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'adopt-'));
  mkdirSync(join(home, 'inventory'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const folder = (): string => join(home, 'inventory');
const hosts = (left = '203.0.113.1', right = '  right: { address: 203.0.113.2, twin: Debian 12 }\n'): string =>
  `# our hosts\nhosts:\n  left: { address: ${left}, twin: NetBSD 9.3 }\n${right}`;

/** Runs the program against two hosts that an administrator has set up. */
async function provision(argv: readonly string[], spoil: (twin: Twin) => void = () => undefined, inventory = folder()): Promise<CommandRan> {
  const running = await attachTwin([
    { name: 'left', system: KINDS[0], addresses: ['203.0.113.1'] },
    { name: 'right', system: KINDS[1], addresses: ['203.0.113.2'] },
  ]);
  if (running === undefined) throw new Error('nothing to simulate');
  for (const [name, kind, pair] of [
    ['left', KINDS[0], LEFT],
    ['right', KINDS[1], RIGHT],
  ] as const) {
    const host = running.twin.hosts.get(name);
    if (host !== undefined) makeByHand(host, wayFor(kind), pair);
  }
  spoil(running.twin);
  const on =
    <A extends object, R>(stage: (options: A) => R) =>
    (options: A): R =>
      stage({ ...options, running });
  const doubled: Pipeline = { ...pipeline, adopt: on(pipeline.adopt), plan: on(pipeline.plan), unlink: on(pipeline.unlink), link: on(pipeline.link) };
  try {
    return await runIn(home, [...argv, '-i', inventory], { pipeline: doubled });
  } finally {
    await running.close();
  }
}

const written = (): string => readFileSync(join(folder(), 'left-right.yaml'), 'utf8');

describe('provision adopt', () => {
  it('writes the link into a file of its own, leaves every other byte alone, and the plan after it exits 0', async () => {
    writeFileSync(join(folder(), 'hosts.yaml'), hosts());
    const ran = await provision(['adopt', 'left', 'gre1']);
    expect([ran.exit, ran.out]).toEqual([0, expect.stringContaining('The plan of it is empty')]);
    expect(ran.out).toMatch(/outer +203\.0\.113\.1 -> 203\.0\.113\.2 +203\.0\.113\.2 -> 203\.0\.113\.1/);
    expect(readFileSync(join(folder(), 'hosts.yaml'), 'utf8')).toBe(hosts());
    expect(written()).toContain('ttl: 255');
    expect(written()).toContain('multicast: false');
    const plan = await provision(['plan']);
    expect([plan.exit, plan.out]).toEqual([0, expect.stringMatching(/boot files are as wanted; written by\s+hand/)]);
    const again = await provision(['adopt', 'left', 'gre1']);
    expect([again.exit, again.err]).toEqual([1, expect.stringMatching(/ADOPT_DIFFERS[\s\S]*an end of the link left-right already/)]);
  });

  it('writes nothing with --dry-run, and prints where the inventory is one file', async () => {
    writeFileSync(join(folder(), 'hosts.yaml'), hosts());
    const dry = await provision(['adopt', 'left', 'gre1', '--dry-run', '--name', 'x']);
    expect([dry.exit, dry.out, existsSync(join(folder(), 'x.yaml'))]).toEqual([0, expect.stringContaining('links:\n  x:\n'), false]);
    const file = join(home, 'one.yaml');
    writeFileSync(file, hosts());
    const one = await provision(['adopt', 'left', 'gre1'], undefined, file);
    expect([one.exit, one.out, one.err]).toEqual([
      0,
      expect.stringContaining('links:\n  left-right:'),
      expect.stringContaining('put the lines above into it'),
    ]);
    expect(readFileSync(file, 'utf8')).toBe(hosts());
  });

  it('gives one document with --json, with the YAML and the number of steps', async () => {
    writeFileSync(join(folder(), 'hosts.yaml'), hosts());
    const { out } = await provision(['adopt', 'left', 'gre1', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'provision/adopt/1',
      exit: 0,
      link: { name: 'left-right', peer: 'right', steps: 0, differences: [], plan_errors: [], file: join(folder(), 'left-right.yaml') },
    });
  });

  it('writes a peer that is not in the inventory as a host with its outer address, and says that its end was not read', async () => {
    writeFileSync(join(folder(), 'hosts.yaml'), hosts('203.0.113.1', ''));
    const unnamed = await provision(['adopt', 'left', 'gre1']);
    expect([unnamed.exit, unnamed.err]).toEqual([64, expect.stringMatching(/203\.0\.113\.2, is no host of the inventory[\s\S]*--peer NAME/)]);
    const ran = await provision(['adopt', 'left', 'gre1', '--peer', 'right']);
    expect([ran.exit, ran.out]).toEqual([0, expect.stringContaining('was not read')]);
    expect(written()).toContain('hosts:\n  right:\n    address: 203.0.113.2\n');
    expect((await provision(['check'])).exit).toBe(0);
  });

  it('shows what the ends say differently: a plan of it has steps, exit 2', async () => {
    writeFileSync(join(folder(), 'hosts.yaml'), hosts());
    const ran = await provision(
      ['adopt', 'left', 'gre1'],
      (twin) => void twin.hosts.get('right')?.exec(['ip', 'link', 'set', 'gre1', 'mtu', '1400']),
    );
    expect([ran.exit, ran.out]).toEqual([2, expect.stringMatching(/differ in mtu: 1476 here, 1400 there/)]);
    // The boot files keep 1476 on both ends, so they do not do what the link says.
    expect(ran.out).toContain('BOOT_FILE_FOREIGN');
  });

  it('refuses, and writes nothing, where no link can be written', async () => {
    const cases: readonly (readonly [string, readonly string[], (twin: Twin) => void, number, RegExp])[] = [
      [hosts(), ['left', 'gre7'], () => undefined, 1, /ADOPT_UNFIT[\s\S]*no interface gre7[\s\S]*gre|wm0/],
      [hosts(), ['left', 'Gre 7'], () => undefined, 64, /USAGE/],
      [hosts(), ['lft', 'gre1'], () => undefined, 64, /Did you mean left/],
      [hosts(), ['left', 'gre1', '--name', 'a: b'], () => undefined, 64, /--name/],
      [hosts('203.0.113.9'), ['left', 'gre1'], () => undefined, 1, /ADOPT_DIFFERS[\s\S]*tunnel: 203\.0\.113\.1[\s\S]*inventory: 203\.0\.113\.9/],
      [hosts(), ['left', 'gre1'], (t) => void t.hosts.get('right')?.exec(['ip', 'addr', 'flush', 'dev', 'gre1']), 1, /10\.1\.12\.38 on no interface/],
      [
        hosts(),
        ['right', 'gre1'],
        (t) => void t.hosts.get('left')?.exec(['ifconfig', 'gre1', 'tunnel', '203.0.113.1', '203.0.113.7']),
        1,
        /ADOPT_DIFFERS[\s\S]*outer: /,
      ],
    ];
    for (const [text, words, spoil, exit, said] of cases) {
      writeFileSync(join(folder(), 'hosts.yaml'), text);
      const ran = await provision(['adopt', ...words], spoil);
      expect([ran.exit, ran.err]).toEqual([exit, expect.stringMatching(said)]);
      expect(existsSync(join(folder(), 'left-right.yaml'))).toBe(false);
      expect(existsSync(join(folder(), 'right-left.yaml'))).toBe(false);
    }
  });

  it('an adopted link is not unlinked while its boot files would bring it back; without them it is', async () => {
    writeFileSync(join(folder(), 'hosts.yaml'), hosts());
    await provision(['adopt', 'left', 'gre1']);
    const ran = await provision(['unlink', 'left-right', '--yes']);
    expect([ran.exit, ran.err]).toEqual([1, expect.stringMatching(/BOOT_FILE_FOREIGN/)]);
    const without = await provision(['unlink', 'left-right', '--yes'], (twin) => {
      twin.hosts.get('left')?.system.files.remove('/etc/ifconfig.gre1');
      const files = twin.hosts.get('right')?.system.files;
      files?.write('/etc/network/interfaces', (files.read('/etc/network/interfaces') ?? '').replace(/\nauto gre1[\s\S]*$/, ''));
    });
    expect([without.exit, without.err]).toEqual([0, expect.not.stringContaining('error')]);
  });

  it('where the hand-written files are taken away provision takes over: the plan writes boot files and touches nothing else', async () => {
    writeFileSync(join(folder(), 'hosts.yaml'), hosts());
    await provision(['adopt', 'left', 'gre1']);
    const { out } = await provision(['plan', '--json'], (twin) => void twin.hosts.get('left')?.system.files.remove('/etc/ifconfig.gre1'));
    expect([...out.matchAll(/"phase": "(\w+)"/g)].map((m) => m[1])).toEqual(['boot']);
  });

  it('a hand-written file that says something else is shown line by line in the plan, and never overwritten', async () => {
    writeFileSync(join(folder(), 'hosts.yaml'), hosts());
    await provision(['adopt', 'left', 'gre1']);
    let kept: string | undefined;
    const ran = await provision(['link', 'left-right', '--yes'], (twin) => {
      const files = twin.hosts.get('left')?.system.files;
      files?.write(
        '/etc/ifconfig.gre1',
        (files.read('/etc/ifconfig.gre1') ?? '').replace('tunnel 203.0.113.1 203.0.113.2', 'tunnel 203.0.113.1 203.0.113.9'),
      );
      kept = files?.read('/etc/ifconfig.gre1');
    });
    expect([ran.exit, ran.err]).toEqual([1, expect.stringMatching(/BOOT_FILE_FOREIGN[\s\S]*“tunnel 203\.0\.113\.1 203\.0\.113\.9” is not expected/)]);
    expect(kept).toContain('203.0.113.9');
  });
});
