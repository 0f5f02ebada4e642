/**
 * SSH connections to lab hosts that stay: a login costs seconds there.
 *
 * in: a booted lab
 * out: commands on its hosts, over one connection each; one that has gone is made anew, once
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab, Ran } from './lab.js';
import { sleep, start } from './run.js';

export class Standing {
  constructor(readonly lab: Lab) {}

  /** Exit 255 where even a new connection did not stand. */
  async ssh(host: string, command: string, timeout = 120_000): Promise<Ran> {
    for (const last of [false, true]) {
      if (!existsSync(this.#socket(host))) await this.#connect(host);
      const ran = await this.lab.run(this.#words(host, '--', command), { timeout });
      if (last || ran.exit !== 255) return ran;
      await this.forget(host);
    }
    throw new Error('not reached');
  }

  /** As `lab.must`. */
  async must(host: string, command: string, timeout?: number): Promise<string> {
    const ran = await this.ssh(host, command, timeout);
    if (ran.exit !== 0) throw new Error(`${host}: ${command}: exit ${ran.exit}\n${ran.stderr}${ran.stdout}`);
    return ran.stdout;
  }

  #socket(host: string): string {
    return join(this.lab.folder, `way-${host}`);
  }

  #words(host: string, ...more: string[]): string[] {
    const [ssh = '', ...rest] = this.lab.sshWords(host);
    return [ssh, '-S', this.#socket(host), '-o', 'ServerAliveInterval=20', ...rest, ...more];
  }

  async #connect(host: string): Promise<void> {
    const words = this.#words(host, '-M', '-N');
    const { done } = start(['ip', 'netns', 'exec', this.lab.namespace, ...words], { timeout: 7_200_000 });
    let ended = '';
    void done.then((ran) => {
      ended = `exit ${ran.exit}: ${ran.stderr}`;
    });
    while (!existsSync(this.#socket(host)) && ended === '') await sleep(100);
    if (ended !== '') throw new Error(`${host}: ${ended}`);
  }

  /** Gives the connection up: the host has lost its power. */
  async forget(host: string): Promise<void> {
    await this.lab.run(this.#words(host, '-O', 'exit'));
    rmSync(this.#socket(host), { force: true });
  }
}
