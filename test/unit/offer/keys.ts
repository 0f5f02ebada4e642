/** Real keys of OpenSSH, made once for a test file, and its own signing and checking. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Half } from '../../../src/offer/half.js';

export const KINDS = ['ed25519', 'rsa', 'ecdsa-256', 'ecdsa-384', 'ecdsa-521'] as const;
export type Kind = (typeof KINDS)[number];

export class Keys {
  readonly folder = mkdtempSync(join(tmpdir(), 'offer-keys-'));
  #files = 0;

  /** A private key file. */
  make(kind: Kind, name = kind as string, passphrase = ''): string {
    const path = join(this.folder, name);
    const [type = '', bits] = kind.split('-');
    const size = type === 'rsa' ? ['-b', '2048'] : bits === undefined ? [] : ['-b', bits];
    execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-C', 'test', '-f', path]);
    return path;
  }

  publicLine(path: string): string {
    return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  }

  file(text: string | Buffer): string {
    this.#files += 1;
    const path = join(this.folder, `file-${this.#files}`);
    writeFileSync(path, text);
    return path;
  }

  /** `ssh-keygen -Y sign` */
  sign(path: string, text: Buffer, namespace = 'provision-offer', more: readonly string[] = []): string {
    const file = this.file(text);
    execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', namespace, ...more, '-f', path, file], { stdio: 'ignore' });
    return readFileSync(`${file}.sig`, 'utf8');
  }

  /** `ssh-keygen -Y verify`, as docs/two-operators.md tells to do it by hand. */
  verifies(allowed: string, principal: string, text: Buffer, signature: string): boolean {
    const words = ['-Y', 'verify', '-f', this.file(allowed), '-I', principal, '-n', 'provision-offer', '-s', this.file(signature)];
    return spawnSync('ssh-keygen', words, { input: text }).status === 0;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const half = (more: Partial<Half> = {}): Half => ({
  schema: 'provision/offer/1',
  offer: '8de1a24f-ae9f-4171-a377-b146881cf170',
  link: 'mostly-wlan',
  made: '2026-11-26T09:00:00Z',
  expires: '2026-12-03T09:00:00Z',
  kind: 'gre',
  subnet: '10.1.12.36/30',
  mtu: 1450,
  ttl: 64,
  mine: { host: 'mostly', hostname: 'mostly.pointless.net', outer: '212.25.240.34', inner: '10.1.12.37', interface: 'gre1' },
  yours: { inner: '10.1.12.38' },
  ...more,
});
