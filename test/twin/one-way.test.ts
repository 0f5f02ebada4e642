/** --one-way through the command line: what nothing takes back is marked in the plan, refused before anything is sent that changes a host, and done when asked for. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import type { RunEvent } from '../../src/model/outcome.js';
import * as pipeline from '../../src/pipeline.js';
import { BUILT_IN } from '../../src/playbook/load.js';
import { pairInventory, pairText } from './pair.js';
import { makeRig, type Rig, stateOf } from './rig.js';

const INVENTORY = pairText('Debian 12', 'FreeBSD 14.1');

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  readonly events: readonly RunEvent[];
}

let rig: Rig;
let folder: string;

/** The real command line over the hosts of the rig. */
async function provision(...argv: string[]): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const events: RunEvent[] = [];
  const onRig = (options: pipeline.RunOptions): pipeline.RunOptions => ({
    ...options,
    ...rig.reached((e) => e),
    emit: (event) => {
      events.push(event);
      options.emit(event);
    },
  });
  const stages = {
    ...pipeline,
    link: (o: pipeline.RunOptions) => pipeline.link(onRig(o)),
    unlink: (o: pipeline.RunOptions) => pipeline.unlink(onRig(o)),
    plan: (o: pipeline.RunOptions) => pipeline.plan(onRig(o)),
  };
  const io = {
    stdout: { write: (t: string) => void out.push(t), isTTY: false },
    stderr: { write: (t: string) => void err.push(t), isTTY: false },
    env: { XDG_STATE_HOME: folder, COLUMNS: '200' },
    cwd: folder,
    ask: undefined,
    onStop: () => () => undefined,
    pipeline: () => Promise.resolve(stages),
  };
  const exit = await run([...argv, '-i', join(folder, 'i.yaml')], '0', io);
  return { exit, out: out.join(''), err: err.join(''), events };
}

/** Verbs of everything that was sent to the hosts. */
const sent = (ran: Ran): string[] => [...new Set(ran.events.flatMap((e) => (e.type === 'command' ? [e.verb] : [])))].sort();
const states = (): unknown[] => [stateOf(rig.host('left')), stateOf(rig.host('right'))];

function expectRefused(ran: Ran, before: readonly unknown[]): void {
  expect(ran.exit).toBe(1);
  expect(ran.err).toContain('error ONE_WAY');
  expect(ran.err).toContain('Nothing was changed.');
  expect(ran.err).toContain('run again with --one-way');
  expect(sent(ran)).toEqual(['look', 'probe']);
  expect(ran.events.filter((e) => e.type === 'run')).toEqual([]);
  expect([rig.host('left').guards.count, rig.host('right').guards.count]).toEqual([0, 0]);
  expect(states()).toEqual(before);
}

beforeEach(async () => {
  rig = await makeRig(pairInventory('Debian 12', 'FreeBSD 14.1'));
  folder = mkdtempSync(join(tmpdir(), 'one-way-'));
  writeFileSync(join(folder, 'i.yaml'), INVENTORY);
});
afterEach(async () => {
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a link by a playbook that knows no undo of a step', () => {
  const books = (): string[] => ['--playbooks', join(folder, 'books'), '--trust-playbooks'];
  beforeEach(() => {
    cpSync(BUILT_IN, join(folder, 'books'), { recursive: true });
    const file = join(folder, 'books', 'linux-gre.yaml');
    const undo = '    undo: [{ run: [[ip, link, del, "{{interface}}"]] }]\n';
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(undo);
    writeFileSync(file, text.replace(undo, ''));
  });

  it('is marked in the plan, in text and JSON', async () => {
    const text = await provision('plan', 'pair', ...books());
    expect(text.exit).toBe(2);
    expect(text.out).toMatch(/\+ ip link add name gre1 .*\n +one-way, nothing takes it back: the playbook linux-gre has no undo for create/);
    expect(text.out).toContain('4 of these steps are one-way');
    const json = JSON.parse((await provision('plan', 'pair', '--json', ...books())).out) as {
      links: { ends: { host: string; steps: { id: string; oneWay?: string }[] }[] }[];
    };
    const marked = json.links[0]?.ends.flatMap((e) => e.steps.filter((s) => s.oneWay !== undefined).map((s) => `${e.host}:${s.id}`));
    expect(marked).toEqual(['left:create', 'left:mtu', 'left:inner', 'left:up']);
  });

  it('is refused before anything is sent that changes a host, and done with --one-way', async () => {
    const before = states();
    const refused = await provision('link', 'pair', '--yes', ...books());
    expectRefused(refused, before);
    expect(refused.err).toContain('ip link add name gre1');
    const done = await provision('link', 'pair', '--yes', '--one-way', ...books());
    expect([done.exit, done.err]).toEqual([0, expect.not.stringContaining('ONE_WAY') as string]);
  });
});

describe('an unlink of what could not be read', () => {
  it('is refused, with the reason; the document holds the plan; and is done with --one-way', async () => {
    expect((await provision('link', 'pair', '--yes')).exit).toBe(0);
    const stdout = '7: gre1@NONE: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1476\n    inet 10.1.12.37 peer 10.1.12.38/99 scope global gre1\n';
    rig.host('left').faults.refuse = [{ match: ['ip', 'addr', 'show', 'gre1'], exit: 0, stderr: '', stdout }];
    const before = states();
    const refused = await provision('unlink', 'pair', '--yes', '--json');
    expectRefused(refused, before);
    expect(refused.err).toContain('The inner address pair of gre1 could not be read: 99 is not a netmask.');
    expect(JSON.parse(refused.out)).toMatchObject({
      exit: 1,
      links: [{ state: 'unchanged', goal: 'unlink', errors: [{ code: 'ONE_WAY', host: 'left', step: 'delete', state: 'Nothing was changed.' }] }],
    });
    const done = await provision('unlink', 'pair', '--yes', '--one-way');
    expect(done.exit).toBe(0);
    expect(rig.host('left').exec(['ip', 'link', 'show', 'gre1']).exit).not.toBe(0);
  });
});
