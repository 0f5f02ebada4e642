/** Exit status, JSON and text of the program for what can go wrong: one code, one status, and a sentence that says what to do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../src/cli/types.js';
import * as pipeline from '../../src/pipeline.js';
import { attachTwin, twinSpecs } from '../../src/twin/attach.js';
import type { Twin } from '../../src/twin/twin.js';
import { type CommandRan, runIn } from './command.js';
import { pairLink } from './pair.js';

interface Document {
  readonly exit: number;
  readonly links: readonly {
    readonly state: string;
    readonly errors: readonly { readonly code: string; readonly next: string; readonly state: string }[];
  }[];
}

async function link(kinds: readonly [string, string], spoil: (twin: Twin) => void, json: boolean): Promise<CommandRan> {
  const folder = mkdtempSync(join(tmpdir(), 'exits-'));
  const file = join(folder, 'i.yaml');
  writeFileSync(
    file,
    `hosts:
  left: { address: 203.0.113.1, twin: ${kinds[0]} }
  right: { address: 203.0.113.2, twin: ${kinds[1]} }
${pairLink()}`,
  );
  const spoilt: Pipeline['link'] = async (options) => {
    const running = await attachTwin(twinSpecs(options.inventory, options.links, 'all'));
    if (running === undefined) throw new Error('nothing to simulate');
    try {
      spoil(running.twin);
      return await pipeline.link({ ...options, running });
    } finally {
      await running.close();
    }
  };
  try {
    return await runIn(folder, ['link', 'pair', '--yes', ...(json ? ['--json'] : []), '-i', file], { pipeline: { ...pipeline, link: spoilt } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const left = (twin: Twin) => {
  const host = twin.hosts.get('left');
  if (host === undefined) throw new Error('no left');
  return host;
};
const none = (): void => undefined;

const CASES: readonly (readonly [string, readonly [string, string], (twin: Twin) => void, number, string])[] = [
  ['HOST_DOWN', ['FreeBSD 13.2', 'Debian 12'], (t) => left(t).powerOff(), 1, 'unchanged'],
  ['NOT_ROOT', ['FreeBSD 13.2', 'Debian 12'], (t) => Object.assign(left(t).faults, { uid: 1000 }), 1, 'unchanged'],
  ['DRIVER_MISSING', ['NetBSD 9.3 nogre', 'Debian 12'], none, 1, 'unchanged'],
  ['BOOT_FILE_FOREIGN', ['NetBSD 9.3', 'Debian 12'], (t) => left(t).system.files.write('/etc/ifconfig.gre1', 'create\n'), 1, 'unchanged'],
  [
    'MODULE_REFUSED',
    ['FreeBSD 13.2', 'Debian 12'],
    (t) => left(t).faults.refuse.push({ match: ['kldload'], exit: 1, stderr: "kldload: can't load if_gre: Operation not permitted\n" }),
    3,
    'rolled-back',
  ],
  [
    'STEP_UNPROVEN',
    ['OpenBSD 7.5', 'Debian 12'],
    (t) => left(t).faults.refuse.push({ match: ['ifconfig', 'gre1', 'tunnel'], exit: 0, stderr: 'ifconfig: SIOCSLIFPHYADDR: Invalid argument\n' }),
    3,
    'rolled-back',
  ],
  [
    'PROTOCOL_FILTERED',
    ['FreeBSD 13.2', 'NetBSD 9.3'],
    (t) => {
      t.internet.filters = [{ protocol: 47 }];
    },
    3,
    'rolled-back',
  ],
  [
    'DISK_FULL',
    ['OpenBSD 7.5', 'Debian 12'],
    (t) => {
      left(t).system.files.freeBytes = 4;
    },
    3,
    'rolled-back',
  ],
];

describe('what the program says when it fails', () => {
  it.each(CASES)('%s: in JSON, with its exit status and the state of the hosts', async (code, kinds, spoil, exit, state) => {
    const said = await link(kinds, spoil, true);
    const document = JSON.parse(said.out) as Document;
    const [made] = document.links;
    expect([said.exit, document.exit, made?.state]).toEqual([exit, exit, state]);
    expect(made?.errors.map((e) => e.code)).toEqual([code]);
    expect(made?.errors[0]?.next.length).toBeGreaterThan(10);
    expect(made?.errors[0]?.state).toMatch(/Nothing was changed|as before/);
  });

  it.each(CASES)('%s: for people, on standard error, with what to do', async (code, kinds, spoil, exit) => {
    const said = await link(kinds, spoil, false);
    expect(said.exit).toBe(exit);
    expect(said.err).toContain(code);
    expect(said.err).toMatch(/left|right/);
  });
});
