/**
 * Is this the host that was meant? Reads known_hosts, judges the key that a host shows, records a new one if asked to.
 *
 * Names are asked in this order: the inventory name, HostKeyAlias, then the dialled address as ssh writes it. The first with any
 * entry decides. Keys pinned in the inventory replace known_hosts altogether.
 */
import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ProvisionError } from '../errors/error.js';
import { place, type SshTarget } from './endpoint.js';
import { blobType, fingerprintOf, formatKnownHost, judge, type KnownHost, knownHostsName, knownTypes, parseKnownHosts } from './knownhosts.js';

export type HostKeyAnswer =
  | { readonly ok: true; readonly fingerprint: string; readonly accepted?: 'new'; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: ProvisionError };

/** The names under which a target's key is looked up, best first. */
export function lookupNames(target: SshTarget): string[] {
  const alias = target.hostKeyAlias === undefined ? [] : [target.hostKeyAlias];
  return [...new Set([target.name, ...alias, knownHostsName(target.address, target.port)])];
}

async function readAll(files: readonly string[]): Promise<KnownHost[]> {
  const texts = await Promise.all(
    files.map(async (file) => {
      try {
        return parseKnownHosts(await readFile(file, 'utf8'), file);
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
        throw new ProvisionError('SSH_CONFIG', `The known_hosts file ${file} cannot be read.`, {
          why: String((error as Error).message),
          cause: error,
        });
      }
    }),
  );
  return texts.flat();
}

const describe = (blob: Buffer): string => `${blobType(blob) ?? 'unknown type'} ${fingerprintOf(blob)}`;

function pinnedAnswer(target: SshTarget, pinned: readonly string[], blob: Buffer): HostKeyAnswer {
  const fingerprint = fingerprintOf(blob);
  const same = pinned.some((pin) => pin.trim() === fingerprint || pin.trim().split(/\s+/).includes(blob.toString('base64')));
  if (same) return { ok: true, fingerprint, warnings: [] };
  const error = new ProvisionError('HOST_KEY_CHANGED', `${target.name} at ${place(target)} shows a key that is not among those pinned for it.`, {
    host: target.name,
    why: `shown: ${describe(blob)}; pinned: ${pinned.map(pinText).join(', ')}. It may be an attack.`,
    next: 'Find out why. If the host really has a new key, change ssh.hostKeys of this host in the inventory.',
  });
  return { ok: false, error };
}

function pinText(pin: string): string {
  const [type, base64] = pin.trim().split(/\s+/);
  return base64 === undefined ? pin.trim() : `${type ?? ''} ${fingerprintOf(Buffer.from(base64, 'base64'))}`;
}

function changed(target: SshTarget, entry: KnownHost, blob: Buffer): ProvisionError {
  return new ProvisionError(
    'HOST_KEY_CHANGED',
    `${target.name} at ${place(target)} shows another host key than the one known. It may be an attack.`,
    {
      host: target.name,
      place: { file: entry.file, line: entry.line, column: 1 },
      why: `known: ${describe(entry.blob)} (${entry.file} line ${entry.line}); shown: ${describe(blob)}`,
      next: `Find out why. If the host really has a new key, remove line ${entry.line} of ${entry.file} and run again with --accept-new.`,
    },
  );
}

function revoked(target: SshTarget, entry: KnownHost, blob: Buffer): ProvisionError {
  return new ProvisionError('HOST_KEY_CHANGED', `${target.name} at ${place(target)} shows a host key that is marked as revoked.`, {
    host: target.name,
    place: { file: entry.file, line: entry.line, column: 1 },
    why: `revoked: ${describe(blob)} (${entry.file} line ${entry.line})`,
    next: 'Do not connect. Give the host a new key, or find out who answers in its place.',
  });
}

function unknown(target: SshTarget, blob: Buffer): ProvisionError {
  return new ProvisionError('HOST_KEY_UNKNOWN', `The host key of ${target.name} at ${place(target)} is not known.`, {
    host: target.name,
    why: [`it shows ${describe(blob)}`, ...(target.strictNote === undefined ? [] : [target.strictNote])].join('; '),
    next: 'Compare the fingerprint on the host (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then run again with --accept-new.',
  });
}

/** Appends one line. One write to a file opened for appending, so that concurrent runs (and ssh itself) lose nothing. */
async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const start = size > 0 && last[0] !== 0x0a ? '\n' : '';
    await handle.write(`${start}${line}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** Within one process, records are made one after the other, each after a fresh look at the file. */
let queue: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = queue.then(work);
  queue = turn.catch(() => undefined);
  return turn;
}

/** The check of one connection: made before dialling, asked by ssh2 at the key exchange and at each re-keying. */
export class HostKeyCheck {
  readonly #target: SshTarget;
  readonly #entries: readonly KnownHost[];
  readonly #skipped: string[] = [];
  #accepted: Buffer | undefined;
  #refused: string | undefined;

  private constructor(target: SshTarget, entries: readonly KnownHost[]) {
    this.#target = target;
    this.#entries = entries;
  }

  /** @throws ProvisionError SSH_CONFIG if a known_hosts file is there and cannot be read. */
  static async load(target: SshTarget): Promise<HostKeyCheck> {
    return new HostKeyCheck(target, target.pinned ? [] : await readAll(target.knownHosts));
  }

  /** Host key types to ask for first. */
  types(): string[] {
    const { pinned } = this.#target;
    if (pinned) return pinned.flatMap((p) => (/^(ssh|ecdsa)-\S+\s/.exec(p.trim()) ? [p.trim().split(/\s+/)[0] ?? ''] : []));
    return knownTypes(this.#entries, lookupNames(this.#target));
  }

  /** Host key types not to ask for any more. */
  get skipped(): readonly string[] {
    return this.#skipped;
  }

  /** After a refusal by a pinned fingerprint: leaves the type out that was shown. False where that makes no sense. */
  skipShown(): boolean {
    const type = this.#refused;
    const byFingerprint = this.#target.pinned?.some((pin) => pin.trim().startsWith('SHA256:')) ?? false;
    if (type === undefined || !byFingerprint || this.#skipped.includes(type)) return false;
    this.#refused = undefined;
    this.#skipped.push(type);
    return true;
  }

  /** Judges the key shown. Writes known_hosts only for an unknown key under `accept-new`. */
  async answer(blob: Buffer): Promise<HostKeyAnswer> {
    const target = this.#target;
    const fingerprint = fingerprintOf(blob);
    if (this.#accepted) {
      if (this.#accepted.equals(blob)) return { ok: true, fingerprint, warnings: [] };
      return {
        ok: false,
        error: new ProvisionError('HOST_KEY_CHANGED', `${target.name} changed its host key within one connection.`, { host: target.name }),
      };
    }
    const answer = target.pinned ? pinnedAnswer(target, target.pinned, blob) : await this.#judge(this.#entries, blob, true);
    if (answer.ok) this.#accepted = Buffer.from(blob);
    else this.#refused = blobType(blob);
    return answer;
  }

  async #judge(entries: readonly KnownHost[], blob: Buffer, mayRecord: boolean): Promise<HostKeyAnswer> {
    const target = this.#target;
    const names = lookupNames(target);
    const found = judge(entries, names, blob);
    const fingerprint = fingerprintOf(blob);
    if (found.verdict === 'known') return { ok: true, fingerprint, warnings: this.#authorityWarning(entries, names) };
    if (found.verdict === 'revoked') return { ok: false, error: revoked(target, found.entry, blob) };
    if (found.verdict === 'changed') return { ok: false, error: changed(target, found.entry, blob) };
    if (target.strict !== 'accept-new' || !mayRecord) return { ok: false, error: unknown(target, blob) };
    return await inTurn(() => this.#record(blob));
  }

  #authorityWarning(entries: readonly KnownHost[], names: readonly string[]): string[] {
    const entry = entries.find((e) => e.marker === 'cert-authority' && judge([{ ...e, marker: 'none' }], names, e.blob).verdict === 'known');
    return entry ? [`${entry.file} line ${entry.line}: host certificates (@cert-authority) are not supported; plain keys are compared instead.`] : [];
  }

  async #record(blob: Buffer): Promise<HostKeyAnswer> {
    const target = this.#target;
    // Another connection may have recorded a key for this name since we read the files.
    const now = await readAll(target.knownHosts);
    const again = judge(now, lookupNames(target), blob);
    if (again.verdict !== 'unknown') return await this.#judge(now, blob, false);
    const fingerprint = fingerprintOf(blob);
    const file = target.knownHosts[0];
    const answer = { ok: true, fingerprint, accepted: 'new' } as const;
    if (file === undefined || target.recordNew === false)
      return { ...answer, warnings: ['The new host key was accepted and not recorded: ssh_config names no known_hosts file to write.'] };
    try {
      await append(file, formatKnownHost(target.hostKeyAlias ?? target.name, blob, target.hashKnownHosts === true));
    } catch (error) {
      return { ...answer, warnings: [`The new host key was accepted and could not be recorded in ${file}: ${(error as Error).message}`] };
    }
    return { ...answer, warnings: [] };
  }
}
