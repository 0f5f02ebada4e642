import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProvisionError } from '../../../src/errors/error.js';
import { openEnvelope, sealed } from '../../../src/offer/envelope.js';
import { halfText } from '../../../src/offer/half.js';
import { openSigner } from '../../../src/offer/signer.js';
import { verify } from '../../../src/offer/sshsig.js';
import { half, Keys, KINDS } from './keys.js';

const keys = new Keys();
const paths = new Map<string, string>();
beforeAll(() => {
  for (const kind of KINDS) paths.set(kind, keys.make(kind));
});
afterAll(() => keys.close());

const pathOf = (kind: string): string => paths.get(kind) ?? '';
const TEXT = halfText(half());

/** What the whole way from a file to a key says of these bytes. */
function judged(bytes: Buffer): string {
  try {
    const { text, signature } = openEnvelope(bytes);
    return verify(text, signature).fingerprint;
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    return error.code;
  }
}

describe('signatures', () => {
  it.each(KINDS)('with a %s key: ssh-keygen takes ours, we take those of ssh-keygen', async (kind) => {
    const path = pathOf(kind);
    const signer = await openSigner(path, undefined);
    const ours = await signer.sign(TEXT);
    const allowed = `mostly namespaces="provision-offer" ${keys.publicLine(path)}\n`;
    expect(keys.verifies(allowed, 'mostly', TEXT, ours)).toBe(true);
    expect(keys.verifies(allowed, 'mostly', Buffer.concat([TEXT, Buffer.from('\n')]), ours)).toBe(false);
    expect(verify(TEXT, keys.sign(path, TEXT)).fingerprint).toBe(signer.fingerprint);
    expect(execFileSync('ssh-keygen', ['-lf', `${path}.pub`], { encoding: 'utf8' })).toContain(signer.fingerprint);
  });

  it('an ed25519 signature is byte for byte the one that ssh-keygen writes', async () => {
    const path = pathOf('ed25519');
    expect(await (await openSigner(path, undefined)).sign(TEXT)).toBe(keys.sign(path, TEXT));
  });

  it.each(['ed25519', 'rsa', 'ecdsa-256'])('a changed, missing or added byte anywhere in a file signed with %s is refused', async (kind) => {
    const signer = await openSigner(pathOf(kind), undefined);
    const good = Buffer.from(sealed(TEXT, await signer.sign(TEXT)));
    expect(judged(good)).toBe(signer.fingerprint);
    const at = fc.nat({ max: good.length - 2 });
    const byte = fc.integer({ min: 1, max: 255 });
    fc.assert(
      fc.property(at, byte, fc.constantFrom('changed', 'missing', 'added'), (n, x, how) => {
        const [before, here, after] = [good.subarray(0, n), good[n] ?? 0, good.subarray(n + 1)];
        const middle = how === 'changed' ? [here ^ x] : how === 'missing' ? [] : [x, here];
        const bad = Buffer.concat([before, Buffer.from(middle), after]);
        // A byte beside an equal one leaves the file as it was.
        if (bad.equals(good)) return;
        expect(['OFFER_SIGNATURE', 'OFFER_INVALID']).toContain(judged(bad));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    'ed25519',
    'rsa',
    'ecdsa-256',
    'ecdsa-521',
  ])('every single bit of the key and the signature counts, and one of each byte of the text: %s', async (kind) => {
    const signer = await openSigner(pathOf(kind), undefined);
    const good = Buffer.from(sealed(TEXT, await signer.sign(TEXT)));
    const taken: string[] = [];
    for (let n = 0; n < good.length; n += 1) {
      for (const bit of n < TEXT.length ? [n % 8] : [0, 1, 2, 3, 4, 5, 6, 7]) {
        const bad = Buffer.from(good);
        bad[n] = (good[n] ?? 0) ^ (1 << bit);
        if (judged(bad).startsWith('SHA256:')) taken.push(`byte ${n}, bit ${bit}`);
      }
    }
    expect(taken).toEqual([]);
  });

  it('survives a mail program that ends every line with CR LF, and empty lines at its end; not one CR alone', async () => {
    const signer = await openSigner(pathOf('ed25519'), undefined);
    const good = sealed(TEXT, await signer.sign(TEXT));
    expect(judged(Buffer.from(good.replaceAll('\n', '\r\n')))).toBe(signer.fingerprint);
    expect(judged(Buffer.from(`${good}\n\n`))).toBe(signer.fingerprint);
    expect(judged(Buffer.from(good.replace('\n', '\r\n')))).toBe('OFFER_SIGNATURE');
  });

  it('made for another purpose, with another digest or over another text it is refused with its reason', () => {
    const path = pathOf('ed25519');
    const why = (message: Buffer, signature: string): string => {
      try {
        verify(message, signature);
        return 'taken';
      } catch (error) {
        return error instanceof ProvisionError ? (error.details.why ?? '') : String(error);
      }
    };
    expect(why(TEXT, keys.sign(path, TEXT, 'git'))).toContain('something else than provision-offer');
    expect(why(Buffer.from('other'), keys.sign(path, TEXT))).toContain('not the signature of this text');
    expect(why(TEXT, keys.sign(path, TEXT, 'provision-offer', ['-O', 'hashalg=sha256']))).toBe('taken');
    expect(why(TEXT, 'nothing')).toContain('not written as ssh-keygen');
    expect(why(TEXT, `-----BEGIN SSH SIGNATURE-----\n${'A'.repeat(70)}\n-----END SSH SIGNATURE-----\n`)).not.toBe('taken');
  });

  it('random bytes in the place of a signature never get through and never throw something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const body = (
          Buffer.concat([Buffer.from('SSHSIG\0\0\0\x01', 'latin1'), bytes])
            .toString('base64')
            .match(/.{1,70}/g) ?? []
        ).join('\n');
        expect(() => verify(TEXT, `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----\n`)).toThrow(ProvisionError);
      }),
    );
  });
});

describe('the key that signs', () => {
  it('by an agent: a locked key signs, with every kind of key', async () => {
    const said = execFileSync('ssh-agent', ['-s'], { encoding: 'utf8' });
    const [, socket = ''] = /SSH_AUTH_SOCK=([^;]+)/.exec(said) ?? [];
    const [, pid = ''] = /SSH_AGENT_PID=(\d+)/.exec(said) ?? [];
    try {
      for (const kind of KINDS) {
        execFileSync('ssh-add', ['-q', pathOf(kind)], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
        const signer = await openSigner(`${pathOf(kind)}.pub`, socket);
        const allowed = `mostly ${keys.publicLine(pathOf(kind))}\n`;
        expect(keys.verifies(allowed, 'mostly', TEXT, await signer.sign(TEXT)), kind).toBe(true);
      }
    } finally {
      process.kill(Number(pid));
    }
  });

  it('with a passphrase and no agent: the error names the agent', async () => {
    const path = keys.make('ed25519', 'locked', 'secret words');
    await expect(openSigner(path, undefined)).rejects.toMatchObject({
      code: 'SSH_KEY',
      message: expect.stringContaining('no agent runs here'),
      details: { next: expect.stringContaining(`ssh-add ${path}`) },
    });
  });

  it('that is not there, or is no key, is told with what to do', async () => {
    await expect(openSigner(join(keys.folder, 'none'), undefined)).rejects.toMatchObject({
      code: 'SSH_KEY',
      details: { next: expect.stringContaining('--key') },
    });
    await expect(openSigner(keys.file('no key'), undefined)).rejects.toMatchObject({ code: 'SSH_KEY' });
  });

  it('is nowhere in what it has signed', async () => {
    const path = pathOf('ed25519');
    const secret = readFileSync(path, 'utf8').split('\n').slice(2, -2);
    const text = sealed(TEXT, await (await openSigner(path, undefined)).sign(TEXT));
    for (const line of secret) expect(text).not.toContain(line);
  });
});
