/**
 * The passphrase of an encrypted key, from a command that the inventory names (`ssh.passphrase`).
 *
 * In: the command's words; no shell reads them. Out: one line of its output. It is run when a host is offered the key and not before, once in a run, and what
 * it prints goes into no log, no message and no other command.
 */
import { execFile } from 'node:child_process';

/** A person may have to touch something or answer a prompt of the command's own. */
const COMMAND_MS = 30_000;
/** Bytes. */
const LONGEST = 1024;

/** Why there is no passphrase: the end of a sentence that begins with "its passphrase command". Never holds what the command printed. */
export class NoPassphrase extends Error {
  override readonly name = 'NoPassphrase';
}

function reasonOf(error: Error & { readonly code?: unknown; readonly killed?: boolean }): string {
  if (error.code === 'ENOENT') return 'is not there';
  if (error.code === 'EACCES') return 'may not be run';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `printed more than ${LONGEST} bytes`;
  if (error.killed === true) return `did not end within ${COMMAND_MS / 1000} s`;
  return typeof error.code === 'number' ? `ended with exit status ${error.code}` : 'was ended by a signal';
}

function oneLine(stdout: string): string {
  const line = stdout.replace(/\r?\n$/, '');
  if (line === '') throw new NoPassphrase('printed nothing');
  if (/[\r\n\0]/.test(line)) throw new NoPassphrase('printed more than one line');
  return line;
}

function ask([program = '', ...words]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { encoding: 'utf8', timeout: COMMAND_MS, killSignal: 'SIGKILL', maxBuffer: LONGEST } as const;
    const child = execFile(program, words, limits, (error, stdout) => {
      try {
        if (error !== null) throw new NoPassphrase(reasonOf(error));
        resolve(oneLine(stdout));
      } catch (cause) {
        reject(cause instanceof Error ? cause : new NoPassphrase('failed'));
      }
    });
    child.stdin?.end();
  });
}

/** The passphrases of one run: hosts that name the same command share its answer. */
export class Passphrases {
  readonly #asked = new Map<string, Promise<string>>();

  /** @returns What asks when it is first called. @throws {NoPassphrase} from that. */
  of(command: readonly string[]): () => Promise<string> {
    const key = JSON.stringify(command);
    return () => {
      const known = this.#asked.get(key) ?? ask(command);
      this.#asked.set(key, known);
      return known;
    };
  }
}
