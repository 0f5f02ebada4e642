import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShellChannel } from '../../../src/model/wire.js';
import { openSession, type Session } from '../../../src/script/session.js';
import type { FileTree } from '../../../src/twin/files.js';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';
import { WireShell } from '../../../src/twin/wire.js';
import { type ContractCase, contractCases, type FileState } from '../../unit/script/contract.js';

/** The twin's shell as a channel, with no SSH in between. */
function channelTo(host: SimulatedHost): ShellChannel {
  const queue: (Uint8Array | undefined)[] = [];
  let wake: () => void = () => undefined;
  let errors = '';
  let leave: (end: { exit?: number }) => void = () => undefined;
  const closed = new Promise<{ exit?: number }>((resolve) => {
    leave = resolve;
  });
  const push = (bytes?: Uint8Array): void => {
    queue.push(bytes);
    wake();
  };
  const shell = new WireShell(host, 0, {
    write: (bytes) => push(bytes),
    writeError: (text) => {
      errors += text;
    },
    exit: (status) => {
      push();
      leave({ exit: status });
    },
  });
  async function* output(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (queue.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      for (const bytes of queue.splice(0)) {
        if (bytes === undefined) return;
        yield bytes;
      }
    }
  }
  return {
    write: (text) => shell.feed(Buffer.from(text)),
    output: output(),
    stderr: () => errors,
    closed,
    end: () => shell.end(),
    destroy: () => leave({}),
  };
}

function set(files: FileTree, path: string, state: FileState): void {
  files.remove(path);
  if ('link' in state) files.symlink(path, state.link);
  else if ('directory' in state) files.addDirectory(path);
  else if ('content' in state) files.write(path, state.content, Number.parseInt(state.mode ?? '0644', 8));
}

function get(files: FileTree, path: string, like: FileState): FileState {
  const file = files.get(path);
  if (file === undefined) return files.isDirectory(path) ? { directory: true } : { absent: true };
  if (file.link !== undefined) return { link: file.link };
  const withMode = 'mode' in like && like.mode !== undefined;
  return withMode ? { content: file.content, mode: file.mode.toString(8).padStart(4, '0') } : { content: file.content };
}

async function check(one: ContractCase): Promise<void> {
  const host = new SimulatedHost({ name: 'a', system: 'NetBSD 9.3', addresses: ['203.0.113.1'] }, new Internet());
  const { files } = host.system;
  for (const path of ['/etc/rc.conf', '/etc/hostname.gre1']) files.remove(path);
  for (const [path, state] of Object.entries(one.before)) set(files, path, state);
  const session = await openSession(channelTo(host));
  const result = await session.run(one.calls);
  await session.close();
  expect(result.status).toBe(one.status);
  if (result.status === 'failed') expect(result.id).toBe(one.failedId);
  expect([...result.records.keys()]).toEqual(one.records.map((r) => r.id));
  for (const wanted of one.records) {
    const found = result.records.get(wanted.id);
    expect({ exit: found?.exit, changed: found?.changed, matched: found?.matched }).toEqual({
      exit: wanted.exit,
      changed: wanted.changed,
      matched: wanted.matched,
    });
    if (wanted.stdout !== undefined) expect(Buffer.from(found?.stdout ?? []).toString('latin1')).toBe(wanted.stdout);
    if (wanted.stderr !== undefined) expect((found?.stderrTotal ?? 0) === 0 ? 'empty' : 'some').toBe(wanted.stderr);
  }
  for (const [path, state] of Object.entries(one.after)) expect(get(files, path, state)).toEqual(state);
}

describe('the simulated shell answers as the real ones do', () => {
  it.each(contractCases().map((one) => [one.name, one] as const))('%s', (_name, one) => check(one));
});

describe('a prelude that is not ours', () => {
  let session: Session | undefined;
  beforeAll(() => {
    session = undefined;
  });
  afterAll(() => session?.close());
  it('is refused and nothing runs', async () => {
    const host = new SimulatedHost({ name: 'a', system: 'NetBSD 9.3', addresses: ['203.0.113.1'] }, new Internet());
    const channel = channelTo(host);
    channel.write('ifconfig gre1 create\n');
    expect(await channel.closed).toEqual({ exit: 2 });
    expect(channel.stderr()).toContain('only the wire program');
    expect(host.log).toEqual([]);
  });
});
