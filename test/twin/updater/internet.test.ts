/** Connections between simulated hosts: they come from the present address, through gateways, and only where packets get there and back. */
import { afterEach, describe, expect, it } from 'vitest';
import { parseInventory } from '../../../src/inventory/load.js';
import { startTwin, type Twin } from '../../../src/twin/twin.js';
import { pairText } from '../pair.js';
import { login, NEXT, request, withUpdater } from './rig.js';

const A = '203.0.113.1';
const B = '203.0.113.2';

let twin: Twin | undefined;
afterEach(() => twin?.close());

async function two(): Promise<Twin> {
  twin = await startTwin([
    { name: 'a', system: 'Debian 12', addresses: [A] },
    { name: 'b', system: 'NetBSD 9.3', addresses: [B] },
  ]);
  return twin;
}

async function connects(running: Twin, source?: string): Promise<boolean> {
  const { port } = await running.dial('a', 'b', source === undefined ? {} : { source });
  try {
    (await login(port, running.clientKey.privateKey)).end();
    return true;
  } catch {
    return false;
  }
}

/** An answer, or that none comes soon. */
const soon = <T>(answer: Promise<T>): Promise<T | 'silence'> =>
  Promise.race([answer, new Promise<'silence'>((resolve) => setTimeout(() => resolve('silence'), 400))]);

describe('a connection from one simulated host to another', () => {
  it('opens only where TCP gets there and back', async () => {
    const running = await two();
    const { internet } = running;
    expect([await connects(running), await connects(running, A), await connects(running, '203.0.113.77')]).toEqual([true, true, false]);
    for (const filter of [
      { from: A, protocol: 6 },
      { to: A, protocol: 6 },
      { from: B, to: A },
    ]) {
      internet.filters = [filter];
      expect([filter, await connects(running)]).toEqual([filter, false]);
    }
    internet.filters = [{ protocol: 47 }];
    expect(await connects(running)).toBe(true);
    internet.silent.add('b');
    expect(await connects(running)).toBe(false);
    internet.silent.clear();
    running.hosts.get('a')?.exec(['ip', 'link', 'set', 'eth0', 'down']);
    expect(await connects(running)).toBe(false);
  });

  it('falls silent when the address of the caller goes, and a new one comes from the new address', async () => {
    const running = await two();
    const { port } = await running.dial('a', 'b');
    const client = await login(port, running.clientKey.privateKey);
    expect(await soon(request(client, 'hostname'))).toMatchObject({ out: 'b\n' });
    running.readdress('a', NEXT);
    expect(running.addressesOf('a', 'eth0')).toEqual([NEXT]);
    expect(await soon(request(client, 'hostname'))).toBe('silence');
    client.destroy();
    const next = await login(port, running.clientKey.privateKey);
    expect(await soon(request(next, 'hostname'))).toMatchObject({ out: 'b\n' });
    expect(await connects(running, A)).toBe(false);
    next.end();
  });

  it('dies with a cut at either end, and a new one opens', async () => {
    const running = await two();
    const { port } = await running.dial('a', 'b');
    for (const host of ['a', 'b']) {
      const client = await login(port, running.clientKey.privateKey);
      const closed = new Promise((resolve) => client.on('error', () => undefined).on('close', () => resolve('closed')));
      running.cut(host);
      expect(await closed).toBe('closed');
    }
    expect(await connects(running)).toBe(true);
  });
});

/** Right end behind a gateway. */
const behind = (kind: string, outside: string) =>
  parseInventory([{ file: 'pair.yaml', text: pairText('Debian 12', kind, '', `{ inside: 192.168.1.2, outside: ${outside} }`) }]);

describe.each(['Debian 12', 'NetBSD 9.3', 'NetBSD 1.5.2', 'FreeBSD 13.2', 'OpenBSD 7.5'])('%s behind a gateway', (kind) => {
  it('has a tunnel that passes packets, and moves with the outside address of the gateway', () =>
    withUpdater(
      'Debian 12',
      kind,
      async ({ twin: running, rig, ask, pings }) => {
        expect(pings()).toEqual([true, true]);
        expect((await ask('provision 1 see')).out).toBe(`provision 1 seen ${B} 0 ${B}\n`);
        rig.internet.nat('192.168.1.2', NEXT);
        expect([pings(), running.outerOf('right')]).toEqual([[false, false], '192.168.1.2']);
        expect((await ask('provision 1 move 1')).out).toBe(`provision 1 done 1 ${NEXT} confirmed\n`);
        expect(pings()).toEqual([true, true]);
        expect((await rig.run('verify', { inventory: behind(kind, NEXT) })).state).toBe('as-wanted');
      },
      {},
      behind(kind, B),
    ));
});

it('nobody in the internet reaches an inside address', async () => {
  const running = await two();
  running.internet.nat(B, NEXT);
  const ping = (address: string) => running.hosts.get('a')?.exec(['ping', '-n', '-c', '1', address]).exit;
  expect([ping(B), ping(NEXT)]).toEqual([1, 0]);
  running.internet.nat(B);
  expect([ping(B), ping(NEXT)]).toEqual([0, 1]);
});
