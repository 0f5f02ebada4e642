/**
 * Hostile text, in the inventory and in what hosts answer: refused or passed as data; never run, never printed raw, never believed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../src/cli/types.js';
import * as pipeline from '../../src/pipeline.js';
import { attachTwin, twinSpecs } from '../../src/twin/attach.js';
import type { TwinHost } from '../../src/twin/host.js';
import { type CommandRan, runIn } from './command.js';
import { type Rig, withPair } from './rig.js';

/** What a terminal could obey: C0 but tab and newline, DEL, C1. */
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

const NASTY = [
  "'; touch /tmp/owned; '",
  '$(touch /tmp/owned)',
  '`touch /tmp/owned`',
  '"; reboot #',
  '\u001b]0;owned\u0007\u001b[2J',
  '\u009b31mred',
  '-rf',
  '--help',
  'a\nb',
  'a\r\u0000b',
  '\u202eevil',
  'PV_0\n}\nreboot',
];

interface Said extends CommandRan {
  readonly log: string;
}

function filesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && !f.name.endsWith('.yaml'))
    .map((f) => readFileSync(join(f.parentPath, f.name), 'utf8'))
    .join('\n');
}

/** The program with simulated hosts that `spoil` has had its hands on. */
async function provision(
  argv: readonly string[],
  inventory: string,
  spoil: (host: TwinHost) => void = () => undefined,
  name = 'pair',
): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const file = join(folder, 'i.yaml');
  writeFileSync(file, inventory);
  const withSpoilt: Pipeline['link'] = async (options) => {
    const running = await attachTwin(twinSpecs(options.inventory, options.links, 'all'));
    try {
      for (const host of running?.twin.hosts.values() ?? []) spoil(host);
      return await pipeline.link({ ...options, ...(running === undefined ? {} : { running }) });
    } finally {
      await running?.close();
    }
  };
  try {
    const ran = await runIn(folder, [...argv, '-i', file, '--', name], { pipeline: { ...pipeline, link: withSpoilt } });
    return { ...ran, log: filesBelow(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function expectHarmless({ out, err, log }: Said): void {
  for (const text of [out, err, log]) expect(RAW.exec(text)?.[0]).toBeUndefined();
  expect(`${out}${err}`).not.toContain('"BUG"');
}

const text = (values: Partial<Record<'host' | 'hostname' | 'module' | 'twin' | 'link' | 'interface', string>>): string => {
  const q = (v: string): string => JSON.stringify(v);
  const host = q(values.host ?? 'left');
  return `hosts:
  ${host}: { address: 203.0.113.1, hostname: ${q(values.hostname ?? 'left')}, module: ${q(values.module ?? 'if_gre.ko')}, twin: ${q(values.twin ?? 'FreeBSD 4.5')} }
  right: { address: 203.0.113.2, twin: NetBSD 1.5.2 }
links:
  ${q(values.link ?? 'pair')}:
    subnet: 10.1.12.36/30
    ends:
      ${host}: { inner: 10.1.12.37, interface: ${q(values.interface ?? 'gre1')} }
      right: { inner: 10.1.12.38, interface: gre1 }
`;
};

describe('hostile text in the inventory', () => {
  const keys = ['host', 'hostname', 'module', 'twin', 'link', 'interface'] as const;
  it.each(
    keys.flatMap((key) => NASTY.map((value) => [key, JSON.stringify(value), value] as const)),
  )('%s: %s is refused or data', async (key, _shown, value) => {
    const ran: string[][] = [];
    const said = await provision(
      ['link', '--yes', '--json'],
      text({ [key]: value }),
      (host) => {
        const exec = host.system.exec.bind(host.system);
        Object.assign(host.system, {
          exec: (words: readonly string[]) => {
            ran.push([...words]);
            return exec(words);
          },
        });
      },
      key === 'link' ? value : 'pair',
    );
    expectHarmless(said);
    // A label is only ever shown; everything else that is not a name is refused before any host is asked.
    expect([said.exit, ran.length > 0]).toEqual(key === 'hostname' && said.exit === 0 ? [0, true] : [65, false]);
    // What was run is one of the commands of a playbook; the text itself is at most one whole word of it.
    for (const words of ran) {
      expect(['touch', 'reboot']).not.toContain(words[0]);
      for (const word of words) if (word.includes('owned')) expect(word).toContain(value);
    }
  });

  it('a value of a megabyte is refused with a short error', async () => {
    for (const key of keys) {
      const said = await provision(['link', '--yes'], text({ [key]: 'x'.repeat(1_000_000) }));
      expectHarmless(said);
      if (key !== 'hostname' && key !== 'module') expect(said.exit).toBe(65);
      expect(said.out.length + said.err.length).toBeLessThan(100_000);
    }
  });
});

const answers: readonly (readonly [string, readonly string[]])[] = [
  ['FreeBSD 13.2', ['uname']],
  ['FreeBSD 13.2', ['id']],
  ['FreeBSD 13.2', ['ifconfig', '-a']],
  ['FreeBSD 13.2', ['kldstat']],
  ['FreeBSD 13.2', ['ifconfig', 'gre1', 'create']],
  ['NetBSD 9.3', ['ifconfig', 'gre1']],
  ['NetBSD 1.5.2', ['/usr/sbin/greconfig']],
  ['OpenBSD 7.5', ['sysctl']],
  ['Debian 12', ['ip', 'addr', 'show']],
  ['Debian 12', ['ip', '-d', 'link', 'show', 'gre1']],
  ['Debian 12', ['ping']],
];

describe('hostile text in what a host answers', () => {
  const plain = (kind: string): string => text({}).replace('twin: "FreeBSD 4.5"', `twin: ${kind}`).replace(' module: "if_gre.ko",', '');

  it.each(answers)('%s, %j: is shown escaped, in text, JSON and log', async (kind, match) => {
    for (const exit of [0, 1]) {
      const answer = NASTY.join('\n');
      const said = await provision(['link', '--yes', ...(exit === 0 ? ['--json'] : ['--verbose'])], plain(kind), (host) => {
        if (host.spec.name === 'left') host.faults.refuse.push({ match, exit, stdout: `${answer}\n`, stderr: `${answer}\n` });
      });
      expectHarmless(said);
      expect([0, 1, 3, 4]).toContain(said.exit);
    }
  });

  it('an answer of a megabyte in one line is survived', async () => {
    const said = await provision(['link', '--yes'], plain('FreeBSD 13.2'), (host) => {
      host.faults.refuse.push({ match: ['kldstat'], exit: 0, stdout: `${'x'.repeat(1_000_000)}\n`, stderr: 'y'.repeat(1_000_000) });
    });
    expectHarmless(said);
    expect(said.out.length + said.err.length).toBeLessThan(200_000);
  });

  const piece = fc.oneof(
    fc.constantFrom(
      ...NASTY,
      'gre1: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1476\n',
      '\tinet 10.1.12.37 --> 10.1.12.38 netmask 0xfffffffc\n',
      '1',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('\ttunnel inet 203.0.113.1 --> 203.0.113.2\n', '7: gre1@NONE: <UP> mtu 1476 qdisc noqueue \n', 'ip_gre 1 0 - Live\n', '\n'),
  );
  const answer = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''));

  const standing = async (rig: Rig): Promise<boolean> => {
    rig.host('left').faults.refuse = [];
    return (await rig.run('verify')).state === 'as-wanted';
  };

  it.each([
    'FreeBSD 13.2',
    'NetBSD 9.3',
    'NetBSD 1.5.2',
    'OpenBSD 7.5',
    'Debian 12',
  ])('%s: whatever it answers, nothing breaks and nothing false is claimed (property)', { timeout: 60_000 }, async (kind) => {
    await fc.assert(
      fc.asyncProperty(answer, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 }), (said, skip, exit) =>
        withPair(kind, 'FreeBSD 13.2', async (rig) => {
          let seen = 0;
          rig.host('left').faults.refuse.push({ match: () => seen++ >= skip, exit, stdout: said, stderr: said, times: 3 });
          const outcome = await rig.run('link');
          expect(outcome.errors.map((e) => e.code)).not.toContain('BUG');
          if (outcome.state === 'as-wanted') expect(await standing(rig)).toBe(true);
        }),
      ),
      { numRuns: 25 },
    );
  });
});
