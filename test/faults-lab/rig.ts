/**
 * Two lab hosts and the hands that break things while `provision` is at work on them.
 *
 * in: which run, at which of its lines, which fault
 * out: what the run said, and what of both hosts a fault must leave as before or as wanted
 * why: a fault must come at a known step, and what it leaves must be seen by somebody whose own way in it does not touch
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, type Ran, startLab } from '../lab/lab.js';
import { sleep } from '../lab/run.js';
import { Standing } from '../lab/standing.js';
import { ADDRESS } from '../lab/tunnel.js';
import { END_SESSIONS, HOSTS, type HostName, inventoryText, makeOperator, prepareWay, VIEWS, type View } from './way.js';

/** One look at a host: all that a fault must not leave half-way. No index numbers, they change with every new interface, and not the driver's own devices. */
const LOOK = [
  'ip -d -o link | sed "s/^[0-9]*: //; s/ addrgenmode [^ ]*//" | grep -vE "^(gre|gretap|erspan)0@" | sort',
  'ip -o -4 addr | sed "s/^[0-9]*: //; s/ *valid_lft.*//" | sort',
  'ip -4 route | sort',
  'for f in /etc/network/interfaces.d/* /etc/systemd/network/*; do [ -f "$f" ] && { echo "$f"; cat "$f"; }; done; true',
].join('; echo ==; ');

/** Guards that stand or work, of both kinds of timer. */
const GUARDS =
  'ls -A /run/provision.pair 2>/dev/null | grep -E "^(armed|agreed|undoing)[.]"; systemctl list-units --all --plain --no-legend "provision-undo-*"; true';

/** Whatever a run may forget. */
const LEFT =
  'ls -A /var/lib/provision/pair 2>/dev/null | grep -vxE "journal|temps"; systemctl list-units --all --plain --no-legend "provision-undo-*"; find /tmp /var/tmp /run /etc -xdev \\( -name ".pv-*" -o -name ".*.pv-*" \\) 2>/dev/null; true';

export type Looks = Readonly<Record<HostName, string>>;

/** A piece of what a run says, and when: milliseconds since it armed its guards. */
export interface Said {
  readonly text: string;
  readonly ms: number;
}

/** A run that is held at a line, so that the fault comes before what follows it. */
export interface Held {
  readonly pid: number;
  readonly done: Promise<Ran>;
}

export class FaultRig {
  readonly #way: Standing;

  private constructor(readonly lab: Lab) {
    this.#way = new Standing(lab);
  }

  static async start(): Promise<FaultRig> {
    const lab = await startLab([
      { name: 'h1', address: ADDRESS.h1 ?? '', network: 'ifupdown' },
      { name: 'h2', address: ADDRESS.h2 ?? '', network: 'networkd' },
    ]);
    const rig = new FaultRig(lab);
    const must = (host: HostName, command: string): Promise<string> => rig.must(host, command);
    await prepareWay(lab, must);
    await makeOperator(must);
    for (const view of VIEWS) writeFileSync(rig.path(view), inventoryText(view));
    return rig;
  }

  path(view: View): string {
    return join(this.lab.folder, `${view}.yaml`);
  }

  #words(verb: 'link' | 'unlink', view: View, guard: number): string[] {
    return [verb, 'pair', '--yes', '--guard', String(guard), '--timeout', '5', '--inventory', this.path(view)];
  }

  /** A run that nothing disturbs, with the time of each line it says, in milliseconds since it armed its guards. */
  async clean(verb: 'link' | 'unlink', view: View): Promise<{ readonly ran: Ran; readonly times: readonly Said[]; readonly wholeMs: number }> {
    const { child, done } = this.lab.startProvision(this.#words(verb, view, 240));
    const times: Said[] = [];
    let armed = Date.now();
    child.stderr?.on('data', (text: string) => {
      if (text.includes('arming the guard')) armed = Date.now();
      times.push({ text, ms: Date.now() - armed });
    });
    const ran = await done;
    return { ran, times, wholeMs: Date.now() - armed };
  }

  /** Starts a run and stops it (SIGSTOP) as soon as it has said `line`. A run that ends without is handed back as it ended. */
  async hold(verb: 'link' | 'unlink', view: View, guard: number, line: RegExp): Promise<Held | Ran> {
    const { child, done } = this.lab.startProvision(this.#words(verb, view, guard));
    const pid = child.pid ?? 0;
    const reached = new Promise<Held>((resolve) => {
      let said = '';
      child.stderr?.on('data', (text: string) => {
        const late = line.test(said);
        said += text;
        if (late || !line.test(said)) return;
        process.kill(pid, 'SIGSTOP');
        resolve({ pid, done });
      });
    });
    return Promise.race([reached, done]);
  }

  /** As `lab.must`, over a connection that stays. */
  must(host: HostName, command: string): Promise<string> {
    return this.#way.must(host, command);
  }

  /** Gives the standing connection up: the host has lost its power. */
  forget(host: HostName): Promise<void> {
    return this.#way.forget(host);
  }

  async #both(command: string): Promise<Looks> {
    const [h1, h2] = await Promise.all(HOSTS.map((h) => this.must(h, command)));
    return { h1: h1 ?? '', h2: h2 ?? '' };
  }

  looks(): Promise<Looks> {
    return this.#both(LOOK);
  }

  /** Both hosts once no guard stands or works any more. */
  async settled(limitMs = 90_000): Promise<Looks> {
    for (const until = Date.now() + limitMs; ; await sleep(300)) {
      const guards = await this.#both(GUARDS).catch((error: unknown) => ({ h1: String(error), h2: '' }));
      if (guards.h1 + guards.h2 === '') return this.looks();
      if (Date.now() > until) throw new Error(`a guard still stands: ${guards.h1} ${guards.h2}`);
    }
  }

  /** What sshd does once it notices that a line is dead; by itself that can take two hours, and so long a shell keeps its private folder. */
  async endSessions(): Promise<void> {
    await Promise.all(HOSTS.map((h) => this.must(h, END_SESSIONS)));
  }

  /** What runs have left on the hosts: timers, temporary files. A guard that has fired leaves its mark until the next run: `all` counts that too. */
  async left(all = false): Promise<Looks> {
    await this.endSessions();
    for (const until = Date.now() + 20_000; ; await sleep(500)) {
      const left = await this.#both(all ? `ls -d /run/provision* 2>/dev/null; ${LEFT}` : LEFT);
      if (left.h1 + left.h2 === '' || Date.now() > until) return left;
    }
  }
}
