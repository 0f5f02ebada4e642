/** One request over a line that delivers as it likes: an answer in one packet is heard, and silence at any byte ends in time. */
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Asked, askHost } from '../../../src/ssh/ask.js';
import { attachTwin } from '../../../src/twin/attach.js';

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Attached = NonNullable<Awaited<ReturnType<typeof attachTwin>>>;

async function oneHost(): Promise<Attached> {
  const attached = await attachTwin([{ name: 'a', system: 'Debian 12', addresses: ['203.0.113.1'] }]);
  if (attached === undefined) throw new Error('nothing runs');
  closers.push(() => attached.close());
  return attached;
}

/** A port that hands on to another; `answers` decides what becomes of the bytes that come back. */
async function between(port: number, answers: () => (bytes: Buffer, send: (bytes: Buffer) => void) => void): Promise<number> {
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const take = answers();
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => undefined).on('close', () => other.destroy());
    near.on('data', (bytes: Buffer) => far.write(bytes));
    far.on('data', (bytes: Buffer) => take(bytes, (out) => near.write(out)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function ask({ keyFile, twin }: Attached, port: number, timeoutMs: number): Promise<Asked> {
  const target = {
    name: 'a',
    address: '127.0.0.1',
    port,
    user: 'root',
    identities: [keyFile],
    identitiesOnly: true,
    jumps: [],
    knownHosts: [],
    strict: 'yes',
    pinned: [twin.endpoints.get('a')?.hostKey ?? ''],
    become: 'none',
    legacy: false,
    connectTimeoutMs: 60_000,
    keepaliveMs: 60_000,
  } as const;
  return askHost(target, 'hostname', { signal: new AbortController().signal, timeoutMs });
}

it('hears an answer and its exit status that come in one packet', async () => {
  const attached = await oneHost();
  const port = await between(attached.twin.endpoints.get('a')?.port ?? 0, () => {
    const held: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    return (bytes, send) => {
      held.push(bytes);
      clearTimeout(timer);
      timer = setTimeout(() => send(Buffer.concat(held.splice(0))), 40);
    };
  });
  expect(await ask(attached, port, 20_000)).toEqual({ exit: 0, text: 'a\n' });
});

it('ends in time wherever the line falls silent', async () => {
  const attached = await oneHost();
  const real = attached.twin.endpoints.get('a')?.port ?? 0;
  const silentAfter = async (most: number): Promise<string> => {
    const port = await between(real, () => {
      let pieces = 0;
      return (bytes, send) => {
        pieces += 1;
        if (pieces <= most) send(bytes);
      };
    });
    return ask(attached, port, 2000).then(
      () => 'answered',
      (error: { code?: string }) => String(error.code),
    );
  };
  const ended = await Promise.all(Array.from({ length: 16 }, (_, most) => silentAfter(most)));
  expect(new Set(ended)).toEqual(new Set(['HOST_DOWN', 'answered']));
}, 15_000);
