import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProvisionError } from '../../../src/errors/error.js';
import { connect } from '../../../src/ssh/connect.js';
import { signsAtOnce } from '../../../src/ssh/short-login.js';
import { hasSshd, Rig } from './rig.js';

/** What a host was sent, in order: key by key, a question or a signature that was verified. */
type Seen = readonly [key: string, how: 'asked' | 'signed' | 'forged' | 'none'];

describe('a short login', () => {
  const rig = new Rig();
  const closers: (() => void)[] = [];
  let seen: Seen[] = [];
  let agent = '';
  const names = new Map<string, string>();

  beforeAll(() => {
    rig.key('host');
    for (const [name, type] of [
      ['one', 'ed25519'],
      ['two', 'ed25519'],
      ['curve', 'ecdsa'],
      ['rsa', 'rsa'],
      ['held', 'ed25519'],
    ] as const)
      rig.key(name, type);
    rig.key('locked', 'ed25519', { passphrase: 'correct horse' });
    for (const name of ['one', 'two', 'curve', 'rsa', 'held', 'locked']) names.set(rig.publicKey(name).split(' ')[1] ?? '', name);
    agent = rig.agent();
    rig.add(agent, rig.path('held'));
    rig.write('known', `mostly ${rig.publicKey('host')}\n`);
  });
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });
  afterAll(() => rig.stop());

  /** A server that takes one key. */
  const server = async (taken: string): Promise<number> => {
    seen = [];
    const made = new ssh2.Server({ hostKeys: [readFileSync(rig.path('host'), 'utf8')] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => {
        if (context.method !== 'publickey') {
          seen.push(['', 'none']);
          return context.reject(['publickey']);
        }
        const name = names.get(context.key.data.toString('base64')) ?? 'stranger';
        const key = ssh2.utils.parseKey(rig.publicKey(name));
        const { blob, signature } = context;
        const good = blob !== undefined && signature !== undefined && !(key instanceof Error) && key.verify(blob, signature, context.hashAlgo);
        seen.push([name, signature === undefined ? 'asked' : good === true ? 'signed' : 'forged']);
        if (name === taken) context.accept();
        else context.reject(['publickey']);
      });
    });
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    closers.push(() => made.close());
    return (made.address() as { port: number }).port;
  };

  const login = async (taken: string, keys: readonly string[], more: Parameters<Rig['target']>[1] = {}): Promise<Seen[] | string> => {
    const target = rig.target(await server(taken), { knownHosts: [rig.path('known')], identities: keys.map((k) => rig.path(k)), ...more });
    try {
      await (await connect(target)).close();
    } catch (error) {
      return (error as ProvisionError).code;
    }
    return seen;
  };

  it('finds in ssh2 the methods that it stands on (an update has changed them? then logins take three round trips again)', () => {
    const client = new ssh2.Client();
    client.on('error', () => undefined);
    client.connect({ host: '127.0.0.1', port: 1, username: 'nobody', password: '' });
    const { _protocol: inside } = client as unknown as { _protocol: Record<string, unknown> };
    const handlers = inside._handlers as Record<string, unknown>;
    client.destroy();
    expect([typeof inside.authPK, typeof inside.service, typeof handlers.SERVICE_ACCEPT]).toEqual(['function', 'function', 'function']);
  });

  it.each(['one', 'curve'])('sends %s with its signature at once, and no question and no empty attempt before it', async (key) => {
    expect(await login(key, [key])).toEqual([[key, 'signed']]);
  });

  it('offers the same keys in the same order as before, each once', async () => {
    expect(await login('curve', ['one', 'two', 'curve'])).toEqual([
      ['one', 'signed'],
      ['two', 'signed'],
      ['curve', 'signed'],
    ]);
  });

  it('asks first with an RSA key and with a key of an agent', async () => {
    const questionFirst = (key: string): Seen[] => [
      [key, 'asked'],
      [key, 'signed'],
    ];
    expect(await login('rsa', ['rsa'])).toEqual(questionFirst('rsa'));
    expect(await login('held', ['held'], { agent, identitiesOnly: true })).toEqual(questionFirst('held'));
    expect(await login('rsa', ['one', 'rsa'])).toEqual([['one', 'signed'], ...questionFirst('rsa')]);
  });

  it('opens an encrypted key only when its turn has come', async () => {
    const passphrase = (): Promise<string> => {
      expect(seen).toEqual([['one', 'signed']]);
      return Promise.resolve('correct horse');
    };
    expect(await login('locked', ['one', 'locked'], { passphrase })).toEqual([
      ['one', 'signed'],
      ['locked', 'signed'],
    ]);
  });

  it('is refused as before where no key is taken', async () => {
    expect(await login('nobody', ['one', 'two'])).toBe('SSH_AUTH');
    expect(seen).toEqual([
      ['one', 'signed'],
      ['two', 'signed'],
    ]);
  });

  it('sends nothing to a host whose key is not the one that is known', async () => {
    expect(await login('one', ['one'], { knownHosts: [rig.write('other', `mostly ${rig.publicKey('two')}\n`)] })).toBe('HOST_KEY_CHANGED');
    expect(seen).toEqual([]);
  });

  it('is for private keys only', () => {
    expect(signsAtOnce(ssh2.utils.parseKey(rig.publicKey('one')))).toBe(false);
    expect(signsAtOnce('a key as text')).toBe(false);
  });

  it.skipIf(!hasSshd)('uses up no more tries of a real sshd than there are keys', async () => {
    const port = await rig.sshd('real', ['two'], ['host'], ['MaxAuthTries 2']);
    const target = rig.target(port, { knownHosts: [rig.path('known')], identities: [rig.path('one'), rig.path('two')] });
    await (await connect(target)).close();
  });
});
