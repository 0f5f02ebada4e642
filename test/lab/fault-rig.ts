/**
 * Two lab hosts and the hands that break things while `provision` is at work on them.
 *
 * in: which run, at which of its lines, which fault
 * out: what the run said, and what of both hosts a fault must leave as before or as wanted
 * why: the controller dials addresses of its own (.101, .102) from an address that the hosts reach by their default route only, so that its way can be
 * broken while the test's own way in (.1, .2) stands.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, type Ran, startLab } from './lab.js';
import { must, sleep, start } from './run.js';
import { ADDRESS } from './tunnel.js';

export const HOSTS = ['h1', 'h2'] as const;
export type HostName = (typeof HOSTS)[number];

/** What the controller sees: `moved` has another outer address for h1, `inner` dials h2 through the tunnel, `op` logs in as a sudo user. */
export type View = 'plain' | 'moved' | 'inner' | 'movedInner' | 'op';

const DIAL: Readonly<Record<HostName, string>> = { h1: '198.51.100.101', h2: '198.51.100.102' };
const MOVED = '198.51.100.11';
const INNER = { h1: '10.1.12.37', h2: '10.1.12.38' };
/** The controller's address beyond the hosts' default route. */
export const FAR = '203.0.113.254';
const GATEWAY = '198.51.100.254';

/** One look at a host: all that a fault must not leave half-way. No index numbers, they change with every new interface, and not the driver's own devices. */
const LOOK = [
  'ip -d -o link | sed "s/^[0-9]*: //; s/ addrgenmode [^ ]*//" | grep -vE "^(gre|gretap|erspan)0@" | sort',
  'ip -o -4 addr | sed "s/^[0-9]*: //; s/ *valid_lft.*//" | sort',
  'ip -4 route | sort',
  'for f in /etc/network/interfaces.d/* /etc/systemd/network/*; do [ -f "$f" ] && { echo "$f"; cat "$f"; }; done; true',
].join('; echo ==; ');

/** Guards that stand or work, of both kinds of timer. */
const GUARDS =
  'ls -A /run/provision 2>/dev/null | grep -E "^(armed|undoing)[.]"; systemctl list-units --all --plain --no-legend "provision-undo-*"; true';

/** Whatever a run may forget. */
const LEFT =
  'ls -A /run/provision 2>/dev/null; systemctl list-units --all --plain --no-legend "provision-undo-*"; find /tmp /var/tmp /run /etc -xdev \\( -name ".pv-*" -o -name ".*.pv-*" \\) 2>/dev/null; true';

export type Looks = Readonly<Record<HostName, string>>;

/** A run that is held at a line, so that the fault comes before what follows it. */
export interface Held {
  readonly pid: number;
  readonly done: Promise<Ran>;
}

export class FaultRig {
  private constructor(readonly lab: Lab) {}

  static async start(): Promise<FaultRig> {
    const lab = await startLab([
      { name: 'h1', address: ADDRESS.h1 ?? '', network: 'ifupdown' },
      { name: 'h2', address: ADDRESS.h2 ?? '', network: 'networkd' },
    ]);
    const rig = new FaultRig(lab);
    await rig.#wayIn();
    await rig.#operator();
    for (const view of ['plain', 'moved', 'inner', 'movedInner', 'op'] as const) rig.#inventory(view);
    return rig;
  }

  /** The controller's own way: addresses to dial, its far address, the hosts' default routes, and all of it again after a boot. */
  async #wayIn(): Promise<void> {
    const { lab } = this;
    const ip = (...words: string[]): Promise<string> => must(['ip', '-n', lab.namespace, ...words]);
    await ip('address', 'add', `${FAR}/32`, 'dev', 'br0');
    for (const to of Object.values(DIAL)) await ip('route', 'add', `${to}/32`, 'dev', 'br0', 'src', FAR);
    await ip('route', 'add', `${INNER.h2}/32`, 'via', ADDRESS.h1 ?? '', 'src', FAR);
    const extra = [`address add ${DIAL.h1}/32 dev vec0`, `address add ${MOVED}/32 dev vec0`, `route add default via ${GATEWAY}`];
    const ups = extra.map((words) => `    up ip ${words}\n`).join('');
    await lab.must(
      'h1',
      `${extra.map((words) => `ip ${words}`).join(' && ')} && sed -i '/address/a\\${ups.trimEnd().replaceAll('\n', '\\n')}' /etc/network/interfaces`,
    );
    await this.must('h1', 'echo net.ipv4.ip_forward=1 >/etc/sysctl.d/90-lab.conf; sysctl -q -p /etc/sysctl.d/90-lab.conf');
    const network = `Address=${DIAL.h2}/32\n\n[Route]\nGateway=${GATEWAY}\n`;
    appendFileSync(lab.hostPath('h2', '/etc/systemd/network/10-outer.network'), network);
    await this.must('h2', 'networkctl reload && networkctl reconfigure vec0');
    await this.#keys();
  }

  /** Host keys under the addresses that are dialled; a lost line is noticed after seconds, not after most of a minute. */
  async #keys(): Promise<void> {
    const { knownHosts, home } = this.lab;
    const names: Readonly<Record<string, string>> = { h1: DIAL.h1, h2: `${DIAL.h2},${INNER.h2}` };
    for (const line of readFileSync(knownHosts, 'utf8').trim().split('\n')) {
      const [name = '', ...key] = line.split(' ');
      appendFileSync(knownHosts, `${names[name.split(',')[0] ?? '']} ${key.join(' ')}\n`);
    }
    writeFileSync(join(home, '.ssh/config'), 'Host *\n  ServerAliveInterval 2\n  ServerAliveCountMax 2\n', { mode: 0o600 });
  }

  /** A user who becomes root by sudo, on hosts that end everything of a user who has gone. */
  async #operator(): Promise<void> {
    const make = [
      'useradd -m -s /bin/bash op && mkdir -p /home/op/.ssh && cp /root/.ssh/authorized_keys /home/op/.ssh/ && chown -R op /home/op/.ssh',
      'echo "op ALL=(root) NOPASSWD: /bin/sh" >/etc/sudoers.d/op && chmod 440 /etc/sudoers.d/op',
      'mkdir -p /etc/systemd/logind.conf.d && printf "[Login]\\nKillUserProcesses=yes\\nKillExcludeUsers=root\\n" >/etc/systemd/logind.conf.d/lab.conf',
      'systemctl restart systemd-logind',
      // A service manager for each user costs seconds at every login here.
      'systemctl mask user@.service',
    ];
    await Promise.all(HOSTS.map((h) => this.must(h, make.join(' && '))));
  }

  #inventory(view: View): void {
    const dial = (h: HostName): string => (h === 'h2' && /inner/i.test(view) ? INNER.h2 : DIAL[h]);
    const user = view === 'op' ? ', user: op, become: sudo' : '';
    const outer = (h: HostName): string => (h === 'h1' && view.startsWith('moved') ? MOVED : (ADDRESS[h] ?? ''));
    const hosts = HOSTS.map((h) => `  ${h}: { address: ${outer(h)}, ssh: { host: ${dial(h)}${user} } }\n`).join('');
    const ends = HOSTS.map((h) => `      ${h}: { inner: ${INNER[h]}, interface: gre1 }\n`).join('');
    writeFileSync(this.path(view), `hosts:\n${hosts}links:\n  pair:\n    subnet: 10.1.12.36/30\n    ends:\n${ends}`);
  }

  path(view: View): string {
    return join(this.lab.folder, `${view}.yaml`);
  }

  #words(verb: 'link' | 'unlink', view: View, guard: number): string[] {
    return [verb, 'pair', '--yes', '--guard', String(guard), '--timeout', '5', '--inventory', this.path(view)];
  }

  /** A run that nothing disturbs. */
  clean(verb: 'link' | 'unlink', view: View): Promise<Ran> {
    return this.lab.provision(this.#words(verb, view, 240));
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

  /** As `lab.must`, over a connection that stays: a login costs seconds here. One that has gone is made anew, once. */
  async must(host: HostName, command: string): Promise<string> {
    for (const last of [false, true]) {
      if (!existsSync(this.#socket(host))) await this.#connect(host);
      const ran = await this.lab.run(this.#sharedWords(host, '--', command), { timeout: 120_000 });
      if (ran.exit === 0) return ran.stdout;
      if (last || ran.exit !== 255) throw new Error(`${host}: ${command}: exit ${ran.exit}\n${ran.stderr}${ran.stdout}`);
      await this.forget(host);
    }
    return '';
  }

  #socket(host: HostName): string {
    return join(this.lab.folder, `way-${host}`);
  }

  #sharedWords(host: HostName, ...more: string[]): string[] {
    const [ssh = '', ...rest] = this.lab.sshWords(host);
    return [ssh, '-S', this.#socket(host), '-o', 'ServerAliveInterval=20', ...rest, ...more];
  }

  async #connect(host: HostName): Promise<void> {
    const words = this.#sharedWords(host, '-M', '-N');
    const { done } = start(['ip', 'netns', 'exec', this.lab.namespace, ...words], { timeout: 7_200_000 });
    let ended = '';
    void done.then((ran) => {
      ended = `exit ${ran.exit}: ${ran.stderr}`;
    });
    while (!existsSync(this.#socket(host)) && ended === '') await sleep(100);
    if (ended !== '') throw new Error(`${host}: ${ended}`);
  }

  /** Gives the standing connection up: the host has lost its power. */
  async forget(host: HostName): Promise<void> {
    await this.lab.run(this.#sharedWords(host, '-O', 'exit'));
    rmSync(this.#socket(host), { force: true });
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

  /** What runs have left on the hosts: state, timers, temporary files. */
  left(): Promise<Looks> {
    return this.#both(LEFT);
  }
}
