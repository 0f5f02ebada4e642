/**
 * The key that signs: from its file, or by the agent that holds it.
 *
 * In: the path of a key, the agent's socket. Out: something that signs, or what to do where nothing can. A passphrase is never asked for here: the agent is
 * the place for it.
 */
import { createPrivateKey, sign as signWith } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { ProvisionError } from '../errors/error.js';
import { readKeyFile } from '../ssh/keyfile.js';
import { blobType, fingerprintOf } from '../ssh/knownhosts.js';
import { armour, digestOf, type PublicKey, signedBytes, signsWith, verify, wireNumber, wireString } from './sshsig.js';

export interface Signer extends PublicKey {
  /** The armoured signature of a text. @throws {ProvisionError} SSH_KEY where the agent did not sign. */
  sign(message: Buffer): Promise<string>;
}

/** The agent may have to ask a person. */
const AGENT_MS = 60_000;

type Agent = InstanceType<typeof ssh2.OpenSSHAgent>;

const keyError = (message: string, next: string, why?: string): ProvisionError =>
  new ProvisionError('SSH_KEY', message, { next, state: 'Nothing was signed.', ...(why === undefined ? {} : { why }) });

function asked<T>(path: string, ask: (done: (error: Error | null | undefined, value?: T) => void) => void): Promise<T> {
  const next = 'Look whether the agent works: ssh-add -l';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(keyError('The agent does not answer.', next, path)), AGENT_MS);
    ask((error, value) => {
      clearTimeout(timer);
      if (value === undefined || error) reject(keyError('The agent did not do it.', next, error?.message ?? path));
      else resolve(value);
    });
  });
}

/** What the agent holds of this key; undefined where it does not hold it. */
async function inAgent(path: string | undefined, blob: Buffer): Promise<{ agent: Agent; key: ParsedKey } | undefined> {
  if (path === undefined || path === '') return undefined;
  const agent = new ssh2.OpenSSHAgent(path);
  const keys = await asked<readonly ParsedKey[]>(path, (done) => agent.getIdentities((error, list) => done(error, list as ParsedKey[] | undefined)));
  const key = keys.find((k) => k.getPublicSSH().equals(blob));
  return key === undefined ? undefined : { agent, key };
}

function byFile(key: ParsedKey, algorithm: string, data: Buffer): Buffer {
  const value = signWith(digestOf(algorithm), data, { key: createPrivateKey(key.getPrivatePEM()), dsaEncoding: 'ieee-p1363' });
  if (!algorithm.startsWith('ecdsa-')) return value;
  const half = value.length / 2;
  return Buffer.concat([wireNumber(value.subarray(0, half)), wireNumber(value.subarray(half))]);
}

function signerOf(path: string, blob: Buffer, value: (algorithm: string, data: Buffer) => Promise<Buffer>): Signer {
  const type = blobType(blob) ?? 'unknown';
  const algorithm = signsWith(type);
  if (algorithm === undefined)
    throw keyError(`${path} is a key of a kind that cannot sign here.`, 'Take an ed25519, RSA or ECDSA key: --key FILE', type);
  return {
    blob,
    type,
    fingerprint: fingerprintOf(blob),
    sign: async (message) => {
      const signed = await value(algorithm, signedBytes(message));
      const text = armour(blob, Buffer.concat([wireString(algorithm), wireString(signed)]));
      // An agent may sign otherwise than it was asked to; then nobody could check it.
      verify(message, text);
      return text;
    },
  };
}

/**
 * @param path - A private key file, or a public one whose key the agent holds.
 * @param agentPath - SSH_AUTH_SOCK.
 * @throws {ProvisionError} SSH_KEY with what to do.
 */
export async function openSigner(path: string, agentPath: string | undefined): Promise<Signer> {
  const file = await readKeyFile(path);
  if (file.state === 'key') return signerOf(path, file.blob, (algorithm, data) => Promise.resolve(byFile(file.key, algorithm, data)));
  if (file.state !== 'locked') {
    const next =
      file.state === 'absent' ? 'Name your key with --key FILE, or make one: ssh-keygen -t ed25519' : 'Mend it, or name another key with --key FILE.';
    throw keyError(`The key ${path} cannot sign.`, next, file.why);
  }
  const add = path.replace(/\.pub$/, '');
  const found = file.blob === undefined ? undefined : await inAgent(agentPath, file.blob);
  if (found === undefined || file.blob === undefined) {
    const agent = agentPath === undefined ? 'and no agent runs here (SSH_AUTH_SOCK is not set)' : 'and the agent does not hold it';
    const first = agentPath === undefined ? 'eval "$(ssh-agent)"; ' : '';
    throw keyError(`The key ${path} is locked: it is ${file.why}, ${agent}.`, `Run: ${first}ssh-add ${add}`);
  }
  const { agent, key } = found;
  return signerOf(path, file.blob, (algorithm, data) =>
    asked<Buffer>(agentPath ?? '', (done) =>
      agent.sign(key, data, algorithm.startsWith('rsa-') ? { hash: 'sha512' } : {}, (error, value) => done(error, value as Buffer | undefined)),
    ),
  );
}
