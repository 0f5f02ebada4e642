/**
 * Private key files: what can be read from one without asking for a passphrase.
 *
 * In: a path. Out: a usable key, or the public half of an encrypted one (so that the agent can be asked for it), or the reason why
 * neither. OpenSSH's own format, PEM (PKCS#1, SEC1) and PKCS#8 are understood; key material never leaves this file in a message.
 */
import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';

export type KeyFile =
  | { readonly state: 'key'; readonly path: string; readonly key: ParsedKey; readonly blob: Buffer }
  /** Encrypted, or a public key alone: usable if the agent holds it. `blob` is absent where the public half is not readable. */
  | { readonly state: 'locked'; readonly path: string; readonly blob?: Buffer; readonly why: string; readonly encrypted?: true }
  | { readonly state: 'absent'; readonly path: string; readonly why: string }
  | { readonly state: 'unusable'; readonly path: string; readonly why: string };

/** No private key is larger; what is was named by mistake. */
const LIMIT = 65536;

async function readBounded(path: string): Promise<{ text: string; open: boolean }> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > LIMIT) throw new Error('it is too large for a key');
    // As ssh: the owner's own key must be readable by nobody else. A key of someone else (root's, by group) is theirs to guard.
    const exposed = stat.uid === process.getuid?.() && (stat.mode & 0o077) !== 0;
    return { text: await file.readFile('utf8'), open: exposed };
  } finally {
    await file.close();
  }
}

/** The public half from the clear part of an openssh-key-v1 file. */
function clearPublicPart(text: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const data = Buffer.from(body, 'base64');
  const magic = 'openssh-key-v1\0';
  if (data.toString('latin1', 0, magic.length) !== magic) return undefined;
  let at = magic.length;
  const field = (): Buffer => {
    const length = data.readUInt32BE(at);
    at += 4 + length;
    if (at > data.length) throw new RangeError('short');
    return data.subarray(at - length, at);
  };
  try {
    field();
    field();
    field();
    at += 4; // the number of keys: always one
    return Buffer.from(field());
  } catch {
    return undefined; // cut short: then there is no public half to be had
  }
}

async function publicFileBeside(path: string): Promise<Buffer | undefined> {
  try {
    return publicBlob((await readBounded(`${path}.pub`)).text);
  } catch {
    return undefined; // no .pub file is the usual case
  }
}

function publicBlob(text: string): Buffer | undefined {
  const parsed = ssh2.utils.parseKey(text);
  return parsed instanceof Error ? undefined : first(parsed)?.getPublicSSH();
}

// parseKey's type says one key; for OpenSSH's format the code answers with a list of one.
const first = (parsed: ParsedKey): ParsedKey | undefined => (Array.isArray(parsed) ? (parsed as ParsedKey[])[0] : parsed);

const sshString = (data: Buffer | string): Buffer => {
  const body = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};

/** PKCS#8 holds an ed25519 key in a form that ssh2 cannot read: written again as openssh-key-v1. */
function ed25519ToOpenSsh(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' });
  const seed = Buffer.from(jwk.d ?? '', 'base64url');
  const pub = Buffer.from(jwk.x ?? '', 'base64url');
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(pub)]);
  const check = randomBytes(4);
  let secret = Buffer.concat([check, check, sshString('ssh-ed25519'), sshString(pub), sshString(Buffer.concat([seed, pub])), sshString('')]);
  secret = Buffer.concat([secret, Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8))]);
  const count = Buffer.from([0, 0, 0, 1]);
  const magic = Buffer.from('openssh-key-v1\0', 'latin1');
  const whole = Buffer.concat([magic, sshString('none'), sshString('none'), sshString(''), count, sshString(blob), sshString(secret)]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${whole.toString('base64').replace(/(.{70})/g, '$1\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function fromPkcs8(text: string, passphrase: string | undefined): string {
  const key = createPrivateKey(passphrase === undefined ? text : { key: text, passphrase });
  if (key.asymmetricKeyType === 'ed25519') return ed25519ToOpenSsh(key);
  return String(key.export({ format: 'pem', type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1' }));
}

const isEncrypted = (text: string, error: Error): boolean =>
  /BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text) || /no passphrase given/.test(error.message);

function parsePrivate(text: string, passphrase?: string): ParsedKey | Error {
  const pkcs8 = passphrase === undefined ? /-----BEGIN PRIVATE KEY-----/ : /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/;
  try {
    const parsed = ssh2.utils.parseKey(pkcs8.test(text) ? fromPkcs8(text, passphrase) : text, passphrase);
    return parsed instanceof Error ? parsed : (first(parsed) ?? new Error('no key in it'));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * Reads one identity file. Never throws: what is wrong is in the answer, for the list of keys that an error shows.
 *
 * @param passphrase - Of an encrypted one.
 */
export async function readKeyFile(path: string, passphrase?: string): Promise<KeyFile> {
  let read: { text: string; open: boolean };
  try {
    read = await readBounded(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // `IdentityFile KEY` with only KEY.pub there is how people name a key that lives in the agent.
    const blob = code === 'ENOENT' ? await publicFileBeside(path) : undefined;
    if (blob) return { state: 'locked', path, blob, why: 'only its .pub file is here' };
    if (code === 'ENOENT') return { state: 'absent', path, why: 'no such file' };
    return { state: 'unusable', path, why: code === 'EACCES' ? 'not readable' : (code ?? (error instanceof Error ? error.message : 'not readable')) };
  }
  const key = parsePrivate(read.text, passphrase);
  if (key instanceof Error) {
    if (passphrase !== undefined) return { state: 'unusable', path, why: 'the passphrase does not open it' };
    if (!isEncrypted(read.text, key)) return { state: 'unusable', path, why: 'not a private key in a format that is understood' };
    const blob = clearPublicPart(read.text) ?? (await publicFileBeside(path));
    return { state: 'locked', path, why: 'encrypted', encrypted: true, ...(blob && { blob }) };
  }
  if (!key.isPrivateKey()) return { state: 'locked', path, blob: key.getPublicSSH(), why: 'a public key' };
  if (read.open) return { state: 'unusable', path, why: `readable by others; run: chmod 600 ${path}` };
  return { state: 'key', path, key, blob: key.getPublicSSH() };
}
