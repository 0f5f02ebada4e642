/** Two operators, neither with a key for the other's host, bring up the tunnel of the guide: each its own end, in either order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Twin } from '../../src/twin/twin.js';
import { agree, hostsFor, inventoryText, makeOperators, type Operators, wayIn } from './operators.js';

let both: Operators;
let twin: Twin;
beforeEach(async () => {
  both = makeOperators();
  twin = await hostsFor(both);
  await agree(both);
});
afterEach(async () => {
  await twin.close();
  both.close();
});

const until = async (said: () => string, text: string): Promise<void> => {
  for (let n = 0; n < 200 && !said().includes(text); n += 1) await sleep(50);
  expect(said()).toContain(text);
};

const connections = (host: string): number => twin.hosts.get(host)?.connections.connections ?? -1;

describe('two operators', () => {
  it.each([
    ['mostly', 'wlan'],
    ['wlan', 'mostly'],
  ] as const)('%s starts and waits; the pings come when %s has set up its end', async (first, second) => {
    const waiting = both[first].started('link', 'mostly-wlan', '--end', 'mine', '--yes', '--wait', '30');
    await until(waiting.said, 'waiting for the other end…');
    expect(connections(second)).toBe(0);
    const dialled = connections(first);
    const later = await both[second].provision('link', 'mostly-wlan', '--end', 'mine', '--yes', '--wait', '30');
    expect([later.exit, later.err]).toEqual([0, expect.not.stringContaining('error')]);
    expect(later.out).toContain('the other end answers');
    const ended = await waiting.ended;
    expect([ended.exit, ended.out]).toEqual([0, expect.stringMatching(/ok +ping +/)]);
    expect(connections(first)).toBe(dialled);
    for (const one of [both.mostly, both.wlan]) {
      const again = await one.provision('verify', 'mostly-wlan');
      expect([again.exit, again.out]).toEqual([0, expect.stringContaining('live state and boot files are as wanted')]);
    }
    for (const host of twin.hosts.values()) host.reboot();
    expect((await both.wlan.provision('status')).exit).toBe(0);
  });

  it('a key of one operator opens only their own host, and a host marked theirs is not even dialled', async () => {
    const ends =
      'links:\n  x:\n    subnet: 10.9.9.0/30\n    ends:\n      mostly: { inner: 10.9.9.1, interface: gre1 }\n      wlan: { inner: 10.9.9.2, interface: gre1 }\n';
    const text = (theirs: string): string =>
      `${inventoryText('mostly', `${wayIn(twin, 'mostly', both.wlan)}${theirs}`)}  wlan: { address: 217.154.12.2 }\n${ends}`;
    const asked = (theirs: string) => both.wlan.provision('facts', 'mostly', '-i', both.wlan.write('stranger.yaml', text(theirs)));
    expect((await asked('')).err).toContain('SSH_AUTH');
    const dialled = connections('mostly');
    expect(dialled).toBeGreaterThan(0);
    const refused = await asked(', theirs: true');
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining('HOST_THEIRS')]);
    expect(connections('mostly')).toBe(dialled);
  });

  it('Ctrl-C ends only the waiting: this end stays, exit 2, and a second run has nothing to do', async () => {
    const waiting = both.mostly.started('link', 'mostly-wlan', '--yes');
    await until(waiting.said, 'waiting for the other end…');
    waiting.stop();
    const ended = await waiting.ended;
    expect([ended.exit, ended.out]).toEqual([2, expect.stringContaining('peer-silent')]);
    expect(ended.out).not.toContain('FAIL');
    const again = await both.mostly.provision('link', 'mostly-wlan', '--end', 'mine', '--wait', '0', '--json');
    expect(again.exit).toBe(2);
    expect(JSON.parse(again.out)).toMatchObject({
      links: [
        {
          state: 'waiting',
          ends: [
            { host: 'mostly', steps: [] },
            { host: 'wlan', elsewhere: true },
          ],
        },
      ],
    });
    expect((await both.mostly.provision('verify', 'mostly-wlan')).exit).toBe(2);
    expect((await both.mostly.provision('status')).out).toContain('0 of 3 pings answered');
  });

  it('the plan shows one end, unlink and rollback change one end, and no commit was made on the other host', async () => {
    const plan = await both.mostly.provision('plan');
    expect([plan.exit, plan.out]).toEqual([2, expect.stringContaining('wlan  set up by its own operator; not looked at')]);
    const clean = twin.hosts.get('mostly')?.system.files.snapshot();
    await both.mostly.provision('link', 'mostly-wlan', '--yes', '--wait', '0');
    expect(twin.hosts.get('mostly')?.system.files.snapshot()).not.toEqual(clean);
    const back = await both.mostly.provision('rollback', 'mostly-wlan', '--yes');
    expect([back.exit, back.err]).toEqual([0, expect.not.stringContaining('error')]);
    expect(twin.hosts.get('mostly')?.system.files.snapshot()).toEqual(clean);
    await both.mostly.provision('link', 'mostly-wlan', '--yes', '--wait', '0');
    expect((await both.mostly.provision('unlink', 'mostly-wlan', '--end', 'mostly', '--yes')).exit).toBe(0);
    expect(twin.hosts.get('mostly')?.system.files.snapshot()).toEqual(clean);
    expect(connections('wlan')).toBe(0);
  });

  it('both see the same table, reversed', async () => {
    const tables = await Promise.all(
      [both.mostly, both.wlan].map(async (one) => {
        const { out } = await one.provision('table', 'mostly-wlan', '--end', 'mine', '--json');
        return (JSON.parse(out) as { tables: { rows: { label: string; mine: string; theirs: string }[] }[] }).tables[0]?.rows ?? [];
      }),
    );
    expect(tables[0]).toHaveLength(5);
    expect(tables[0]).toEqual(tables[1]?.map(({ label, mine, theirs }) => ({ label, mine: theirs, theirs: mine })));
  });

  it('a step that fails is undone on this end, and the run says so', async () => {
    const host = twin.hosts.get('mostly');
    const clean = host?.system.files.snapshot();
    if (host !== undefined)
      host.faults.refuse.push({
        match: (words) => /greconfig$/.test(words[0] ?? '') && words.includes('-s'),
        exit: 1,
        stderr: 'greconfig: no',
        times: 1,
      });
    const ran = await both.mostly.provision('link', 'mostly-wlan', '--yes');
    expect([ran.exit, ran.err]).toEqual([3, expect.stringContaining('Rolled back: mostly was read again and is as before.')]);
    expect(ran.out).toContain('this end is as before');
    expect(connections('wlan')).toBe(0);
    expect(host?.system.files.snapshot()).toEqual(clean);
  });
});
