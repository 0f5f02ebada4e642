/** Recorded facts: `facts --save` on simulated hosts, and plans made from them without any host. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordHost } from '../../src/apply/record.js';
import { withWorld } from '../../src/apply/world.js';
import type { KeptRecording } from '../../src/model/recording.js';
import { plan } from '../../src/pipeline.js';
import { plainPaint } from '../../src/report/paint.js';
import { renderPlan } from '../../src/report/plan.js';
import { factsFileDocument, parseFacts } from '../../src/survey/facts-file.js';
import { type CommandRan, provisionIn } from './command.js';
import { pairInventory, pairText, runOptions } from './pair.js';
import { makeRig, type Rig } from './rig.js';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'offline-'));
  mkdirSync(join(home, 'inventory'));
  write('inventory/i.yaml', pairText('NetBSD 1.5.2', 'FreeBSD 4.5'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (path: string, text: string): void => writeFileSync(join(home, path), text);
const read = (path: string): string => readFileSync(join(home, path), 'utf8');
const provision = (...argv: string[]): Promise<CommandRan> => provisionIn(home, ...argv, '-i', join(home, 'inventory'));
const links = (text: string): unknown => {
  const { links: all } = JSON.parse(text) as { links: { ms: number }[] };
  return all.map(({ ms: _ms, ...rest }) => rest);
};
/** The plan that people see, without the sentences below it. */
const planned = (text: string): string => text.split('\nSimulated hosts:')[0] ?? '';

describe('facts --save, then plan --offline', () => {
  it('gives the same steps and the same text as plan, and says how old the facts are', async () => {
    const online = await provision('plan', '--json');
    const saved = await provision('facts', '--save');
    expect([saved.exit, readdirSync(join(home, 'facts'))]).toEqual([0, ['left.json', 'right.json']]);
    const offline = await provision('plan', '--offline', '--json');
    expect([offline.exit, links(offline.out)]).toEqual([2, links(online.out)]);
    const [one, other] = [await provision('plan', '--diff'), await provision('plan', '--offline', '--diff')];
    expect(planned(other.out)).toBe(planned(one.out));
    expect(other.out.replaceAll(/\s+/g, ' ')).toMatch(
      /Planned from recorded facts: left just recorded \(2\S+Z\), right just recorded .* No host was asked/,
    );
    expect(other.err).not.toContain('connected');
  });

  it('the files are plain, in a stable order, and git may keep them', async () => {
    await provision('facts', '--save');
    expect(statSync(join(home, 'facts', 'left.json')).mode & 0o777).toBe(0o644 & ~process.umask());
    const without = (): string => read('facts/left.json').replace(/"recorded": .*/, '');
    const first = without();
    await provision('facts', 'left', '--save');
    expect(without()).toBe(first);
    expect(JSON.parse(read('facts/left.json'))).toMatchObject({ schema: 'provision/recorded-facts/1', host: 'left', simulated: 'NetBSD 1.5.2' });
    const shown = await provision('facts', 'left', '--save', 'other', '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ host: 'left', hosts: ['left'], saved: [{ host: 'left', file: 'other/left.json' }] });
  });

  it('a branch that changes addresses and MTU sees the commands that follow', async () => {
    await provision('facts', '--save');
    write('inventory/i.yaml', pairText('NetBSD 1.5.2', 'FreeBSD 4.5', '    mtu: 1400', '203.0.113.77').replaceAll('10.1.12.', '10.9.9.'));
    const ran = await provision('plan', '--offline');
    expect(ran.exit).toBe(2);
    expect(ran.out).toContain('ifconfig gre1 tunnel 203.0.113.77 203.0.113.1');
    expect(ran.out).toContain('inet 10.9.9.37 10.9.9.38');
    // The ping of the old address says nothing about the new one.
    expect(ran.out).not.toContain('outer-unreachable');
    write('inventory/i.yaml', pairText('NetBSD 1.5.2', 'FreeBSD 4.5', '    loopback_route: true').replaceAll('10.1.12.', '10.9.9.'));
    const route = await provision('plan', '--offline');
    expect([route.exit, route.err]).toEqual([1, expect.stringMatching(/FACT_UNKNOWN[\s\S]*the host was not asked: route/)]);
  });

  it('what the host was not asked is an error that says so, not an assumption', async () => {
    await provision('facts', '--save');
    write('inventory/i.yaml', pairText('NetBSD 1.5.2', 'FreeBSD 4.5').replaceAll('gre1', 'gre2'));
    const ran = await provision('plan', '--offline', '--format', 'github');
    expect(ran.exit).toBe(1);
    expect(ran.err.replaceAll(/\s+/g, ' ')).toMatch(/FACTS_MISSING .*The host was not asked: .*gre2.* provision facts left --save/);
    expect(ran.out).toContain('::error file=facts/left.json,');
  });

  it('the address of a dynamic host is the one of the recording, not of this machine', async () => {
    write('inventory/i.yaml', pairText('NetBSD 9.3', 'Debian 12', '', 'dynamic'));
    await provision('repoint', 'pair', '--end', 'right', '--address', '203.0.113.9', '--yes');
    await provision('facts', '--save');
    const online = await provision('plan', '--json');
    rmSync(join(home, 'provision'), { recursive: true });
    const offline = await provision('plan', '--offline', '--json');
    expect([offline.exit, links(offline.out)]).toEqual([2, links(online.out)]);
  });

  it('without a recording a simulated host is simulated, and a real one is an error; it is never dialled', async () => {
    expect((await provision('plan', '--offline')).exit).toBe(2);
    write('inventory/i.yaml', pairText('NetBSD 1.5.2', 'FreeBSD 4.5').replace(', twin: "FreeBSD 4.5"', ''));
    const ran = await provision('plan', '--offline');
    expect([ran.exit, ran.err]).toEqual([1, expect.stringMatching(/FACTS_MISSING {2}There are no recorded facts of right/)]);
  });

  it('facts of a simulated host are none of a real one, nor of another system', async () => {
    await provision('facts', '--save');
    for (const [text, said] of [
      [pairText('NetBSD 1.5.2', 'FreeBSD 4.5').replace(', twin: "FreeBSD 4.5"', ''), 'says that right is a real host'],
      [pairText('NetBSD 1.5.2', 'Debian 12'), 'says that right is a simulated Debian 12'],
    ] as const) {
      write('inventory/i.yaml', text);
      const ran = await provision('plan', '--offline');
      expect([ran.exit, ran.err.replaceAll(/\s+/g, ' ')]).toEqual([65, expect.stringContaining(said)]);
    }
  });
});

describe('a file of recorded facts that somebody else wrote', () => {
  it.each([
    ['is no JSON, and is not quoted', 'root:x:hunter2', 'not a JSON document'],
    ['is of another version', '{"schema":"provision/recorded-facts/2"}', 'this version reads provision/recorded-facts/1'],
    ['is another document', '{"schema":"provision/plan/1"}', 'not a file of recorded facts'],
    [
      'has an unknown key',
      JSON.stringify({ schema: 'provision/recorded-facts/1', host: 'left', recorded: '2026-01-01T00:00:00Z', answers: [], run: [] }),
      'follow its form',
    ],
    [
      'is of another host',
      JSON.stringify({ schema: 'provision/recorded-facts/1', host: 'right', recorded: '2026-01-01T00:00:00Z', answers: [] }),
      'another host, right',
    ],
    ['is longer than any', ' '.repeat(5 * 2 ** 20), 'longer than 4 MiB'],
  ])('that %s is refused', async (_name, text, said) => {
    mkdirSync(join(home, 'facts'));
    write('facts/left.json', text);
    const ran = await provision('plan', '--offline');
    expect([ran.exit, ran.err.replaceAll(/\s+/g, ' ')]).toEqual([65, expect.stringContaining(said)]);
    expect(ran.err).toContain('facts/left.json:1:1');
    expect(ran.out + ran.err).not.toContain('hunter2');
  });

  it('that is a symbolic link out of the working folder, or to a device, is refused', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'x.json'), '{"hunter2":1}');
    mkdirSync(join(home, 'facts'));
    for (const target of [join(outside, 'x.json'), '/dev/zero']) {
      symlinkSync(target, join(home, 'facts', 'left.json'));
      const ran = await provision('plan', '--offline');
      expect([ran.exit, ran.err]).toEqual([65, expect.stringContaining('symbolic link')]);
      expect(ran.err).not.toContain('hunter2');
      rmSync(join(home, 'facts', 'left.json'));
    }
    rmSync(outside, { recursive: true });
  });
});

const PAIRS = [
  ['FreeBSD 4.5', 'Debian 12'],
  ['NetBSD 9.3', 'OpenBSD 7.5'],
  ['NetBSD 1.5.2', 'Debian 12'],
] as const;

async function recorded(rig: Rig): Promise<ReadonlyMap<string, KeptRecording>> {
  const { running } = rig.options;
  const simulated = { kinds: running.kinds, endpoints: running.twin.endpoints, keyFile: running.keyFile };
  const names = [...running.twin.hosts.keys()];
  const made = await withWorld(rig.options, simulated, (world) =>
    Promise.all(names.map((n) => recordHost(world, n, () => new Date(0), running.kinds.get(n)))),
  );
  // Through the file and back.
  return new Map(made.map((r) => [r.host, parseFacts(JSON.stringify(factsFileDocument(r)), 'x.json', r.host)]));
}

describe('the plan from recorded facts equals the plan of the hosts', () => {
  it.each(PAIRS)('%s and %s: before the link, when it stands, and after it has drifted', async (left, right) => {
    const inventory = pairInventory(left, right);
    const rig = await makeRig(inventory);
    try {
      const compare = async (): Promise<void> => {
        const online = (await rig.run('plan')).plan;
        const kept = await recorded(rig);
        const offline = (await plan({ ...runOptions(inventory), recorded: kept })).outcomes[0]?.plan;
        expect(offline).toEqual(online);
        if (online === undefined || offline === undefined) throw new Error('no plan');
        expect(renderPlan(offline, plainPaint(), { diff: true })).toBe(renderPlan(online, plainPaint(), { diff: true }));
      };
      await compare();
      expect((await rig.run('link')).state).toBe('as-wanted');
      await compare();
      rig.host('left').reboot();
      rig.host('right').exec(right.startsWith('Debian') ? ['ip', 'link', 'set', 'gre1', 'down'] : ['ifconfig', 'gre1', 'down']);
      await compare();
    } finally {
      await rig.close();
    }
  });

  it('an SSH connection that ran through the tunnel when the facts were recorded is told', async () => {
    const inventory = pairInventory('NetBSD 9.3', 'Debian 12');
    const rig = await makeRig(inventory);
    try {
      const kept = new Map([...(await recorded(rig))].map(([name, r]) => [name, name === 'left' ? { ...r, sshAddress: '10.1.12.37' } : r]));
      const { outcomes } = await plan({ ...runOptions(inventory), recorded: kept });
      expect(outcomes[0]?.plan?.sshPath).toEqual(['left']);
    } finally {
      await rig.close();
    }
  });

  it('lines that may hold a secret are not kept, and the plan is the same', async () => {
    const inventory = pairInventory('FreeBSD 10.4', 'Debian 12');
    const rig = await makeRig(inventory);
    try {
      const secrets = 'ifconfig_wlan0="WPA"\npppoe_password="hunter2"\n-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n';
      rig.host('left').system.files.write('/etc/rc.conf', `hostname="left"\n${secrets}`);
      const kept = await recorded(rig);
      const text = JSON.stringify([...kept.values()].map(factsFileDocument));
      expect(text).toContain('hostname=');
      expect(text).not.toMatch(/hunter2|WPA/);
      const offline = (await plan({ ...runOptions(inventory), recorded: kept })).outcomes[0]?.plan;
      expect(offline).toEqual((await rig.run('plan')).plan);
    } finally {
      await rig.close();
    }
  });
});
