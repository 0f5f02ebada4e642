/**
 * Which keys are offered to a host, in which order, and what to say when none is taken.
 *
 * In: a target. Out: an auth handler for ssh2 that offers one key at a time. Order: the identities named for this host (by the agent
 * where it holds them, else from the file), then the agent's other keys unless IdentitiesOnly, then the default files. That is
 * ssh's order except that named files come before the agent's other keys, so that a full agent does not use up the server's tries.
 */
import ssh2, { type AgentAuthMethod, type ParsedKey, type PublicKeyAuthMethod, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { ProvisionError } from '../errors/error.js';
import { allowsRsaSha1 } from './algorithms.js';
import { place, type SshTarget } from './endpoint.js';
import { type KeyFile, readKeyFile } from './keyfile.js';
import { fingerprintOf } from './knownhosts.js';
import { NoPassphrase } from './passphrase.js';

/** How long an agent may take to list its keys, in milliseconds; a signature may wait for a person and has the whole login time. */
const AGENT_MS = 5000;

export type LeftFile = Exclude<KeyFile, { state: 'key' }>;
type Method = AgentAuthMethod | PublicKeyAuthMethod;

export interface Candidate {
  /** File, or the agent's comment. */
  readonly label: string;
  readonly fingerprint: string;
  readonly method: Method;
}

/** An encrypted key whose passphrase can be asked for; it is when its turn has come. */
export interface LockedCandidate {
  readonly label: string;
  readonly open: () => Promise<Candidate | LeftFile>;
}

export interface Candidates {
  readonly list: readonly (Candidate | LockedCandidate)[];
  /** Key files that cannot be used, and why. */
  readonly left: readonly LeftFile[];
  /** One sentence where the agent could not be asked. */
  readonly agentTrouble?: string;
}

const NO_SHA1 = 'the host takes RSA keys with SHA-1 only';

/** One key of an agent, so that each key is a candidate of its own. */
class OneAgentKey extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: InstanceType<typeof ssh2.OpenSSHAgent>;
  readonly #key: ParsedKey;
  readonly #sha1: boolean;

  constructor(agent: InstanceType<typeof ssh2.OpenSSHAgent>, key: ParsedKey, sha1: boolean) {
    super();
    this.#agent = agent;
    this.#key = key;
    this.#sha1 = sha1;
  }

  override getIdentities(callback: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    callback(undefined, [this.#key]);
  }

  override sign(_key: ParsedKey, data: Buffer, options: { hash?: string } | SignCallback, callback?: SignCallback): void {
    const done = typeof options === 'function' ? options : (callback ?? (() => undefined));
    const settings = typeof options === 'function' ? {} : options;
    if (settings.hash === 'sha1' && !this.#sha1) done(new Error(NO_SHA1));
    else this.#agent.sign(this.#key, data, settings as SigningRequestOptions, done as SignCallback);
  }
}

interface AgentKeys {
  readonly keys: readonly { readonly key: ParsedKey; readonly method: AgentAuthMethod }[];
  readonly trouble?: string;
}

async function agentKeys(target: SshTarget, sha1: boolean): Promise<AgentKeys> {
  const path = target.agent;
  if (path === undefined) return { keys: [] };
  const agent = new ssh2.OpenSSHAgent(path);
  return await new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ keys: [], trouble: `the agent at ${path} does not answer` }), AGENT_MS);
    agent.getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error || !keys) return resolve({ keys: [], trouble: `the agent at ${path} cannot be asked` });
      const method = (key: ParsedKey): AgentAuthMethod => ({ type: 'agent', username: target.user, agent: new OneAgentKey(agent, key, sha1) });
      const usable = (keys as readonly unknown[]).filter((k): k is ParsedKey => typeof k === 'object' && k !== null && 'getPublicSSH' in k);
      resolve({ keys: usable.map((key) => ({ key, method: method(key) })) });
    });
  });
}

function fileMethod(target: SshTarget, key: ParsedKey, sha1: boolean): PublicKeyAuthMethod {
  const sign = key.sign.bind(key);
  // ssh2 falls back to SHA-1 where a server names no algorithms; only a host marked legacy may have that. ssh2 takes an Error as answer.
  key.sign = (data, hash) => (hash === 'sha1' && !sha1 ? (new Error(NO_SHA1) as unknown as Buffer) : sign(data, hash));
  return { type: 'publickey', username: target.user, key };
}

function locked(target: SshTarget, path: string, passphrase: () => Promise<string>, sha1: boolean): LockedCandidate {
  const open = async (): Promise<Candidate | LeftFile> => {
    try {
      const file = await readKeyFile(path, await passphrase());
      if (file.state !== 'key') return file;
      return { label: path, fingerprint: fingerprintOf(file.blob), method: fileMethod(target, file.key, sha1) };
    } catch (error) {
      if (!(error instanceof NoPassphrase)) throw error;
      return { state: 'unusable', path, why: `its passphrase command ${error.message}` };
    }
  };
  return { label: path, open };
}

/** Reads the key files and asks the agent. Takes no network. */
export async function collectCandidates(target: SshTarget): Promise<Candidates> {
  const sha1 = allowsRsaSha1(target.publicKeyAlgorithms, target.legacy);
  const [agent, ...files] = await Promise.all([agentKeys(target, sha1), ...target.identities.map((path) => readKeyFile(path))]);
  const byBlob = new Map(agent.keys.map((k) => [k.key.getPublicSSH().toString('base64'), k]));
  const fromFiles: (Candidate | LockedCandidate)[] = [];
  const left: LeftFile[] = [];
  const taken = new Set<string>();
  for (const file of files) {
    const blob = 'blob' in file ? file.blob : undefined;
    const id = blob?.toString('base64') ?? '';
    if (taken.has(id)) continue;
    const held = byBlob.get(id);
    const method = held?.method ?? (file.state === 'key' ? fileMethod(target, file.key, sha1) : undefined);
    if (method && blob) {
      fromFiles.push({ label: held ? `${file.path} (agent)` : file.path, fingerprint: fingerprintOf(blob), method });
      taken.add(id);
    } else if (target.passphrase !== undefined && file.state === 'locked' && file.encrypted === true) {
      fromFiles.push(locked(target, file.path, target.passphrase, sha1));
    } else if (file.state !== 'key') {
      left.push(file);
    }
  }
  const others = target.identitiesOnly ? [] : [...byBlob].filter(([id]) => !taken.has(id)).map(([, k]) => agentCandidate(k.key, k.method));
  const list = target.defaultIdentities
    ? [...fromFiles.filter(viaAgent), ...others, ...fromFiles.filter((c) => !viaAgent(c))]
    : [...fromFiles, ...others];
  return { list, left, ...(agent.trouble !== undefined && { agentTrouble: agent.trouble }) };
}

const viaAgent = (c: Candidate | LockedCandidate): boolean => 'method' in c && c.method.type === 'agent';

const agentCandidate = (key: ParsedKey, method: AgentAuthMethod): Candidate => ({
  label: `agent: ${key.comment || key.type}`,
  fingerprint: fingerprintOf(key.getPublicSSH()),
  method,
});

/** The error for "no key was taken": SSH_KEY where there was nothing to offer because a key is locked or unusable, else SSH_AUTH. */
export function authError(target: SshTarget, found: Candidates, tried: readonly Candidate[], notes: readonly string[]): ProvisionError {
  const where = `${target.user}@${place(target)}`;
  const left = found.left.filter((f) => f.state !== 'absent' || target.defaultIdentities !== true);
  const leftText = left.map((f) => `${f.path}: not used, ${f.why}`);
  const extra = [...leftText, ...(found.agentTrouble === undefined ? [] : [found.agentTrouble]), ...notes];
  const locked = found.left.find((f) => f.state === 'locked');
  if (found.list.length === 0 && left.length > 0) {
    const asked = left.some((f) => f.why.startsWith('its passphrase command'));
    const mend = asked
      ? 'Run the command of ssh.passphrase by hand and see what it says.'
      : 'Mend the key file named, or name another one with ssh.identity.';
    const next = locked ? `Run: ssh-add ${locked.path.replace(/\.pub$/, '')}` : mend;
    return new ProvisionError('SSH_KEY', `No usable key for ${where}.`, { host: target.name, why: extra.join('; '), next });
  }
  const offered = tried.map((c) => `${c.label} ${c.fingerprint}`);
  const why = [offered.length > 0 ? `keys tried: ${offered.join(', ')}` : 'there was no key to try', ...extra].join('; ');
  const next = locked
    ? `Run: ssh-add ${locked.path.replace(/\.pub$/, '')}, or put one of the public keys tried into authorized_keys of ${target.user}.`
    : `Put one of the public keys into authorized_keys of ${target.user}, or name the right key with ssh.identity.`;
  return new ProvisionError('SSH_AUTH', `${where} took none of the keys.`, { host: target.name, why, next });
}
