/** The faults: what is done to hosts and network while the controller stands still at a line, and how it is mended afterwards. */
import type { FaultRig } from './rig.js';
import { END_SESSIONS, FAR, HOSTS, type HostName } from './way.js';

export interface Fault {
  /** What becomes of the controller: killed where it stands, or let go on. */
  readonly controller: 'killed' | 'goes on';
  readonly strike?: (rig: FaultRig) => Promise<unknown>;
  readonly mend?: (rig: FaultRig) => Promise<unknown>;
  /** The run's own shell was killed on the host, by a loss of power or by logind: its temporary files stay until the next run. */
  readonly power?: true;
  /** Mended at once, or (unless told) when the guards' time is over. */
  readonly brief?: true;
}

const each = (hosts: readonly HostName[], work: (h: HostName) => Promise<unknown>): Promise<unknown> => Promise.all(hosts.map(work));

export const killed: Fault = { controller: 'killed' };

/** For runs that break their own way. */
export const nothing: Fault = { controller: 'goes on' };

export function cableOut(...hosts: HostName[]): Fault {
  return {
    controller: 'goes on',
    strike: (rig) => each(hosts, (h) => rig.lab.cable(h, 'down')),
    mend: (rig) => each(hosts, (h) => rig.lab.cable(h, 'up')),
  };
}

/** Hard kill of the machine; it boots again at once. */
export function powerLoss(...hosts: HostName[]): Fault {
  return {
    controller: 'goes on',
    brief: true,
    power: true,
    strike: (rig) => each(hosts, (h) => rig.lab.powerCut(h).then(() => rig.forget(h))),
    mend: (rig) => each(hosts, (h) => rig.lab.powerOn(h)),
  };
}

/** sshd takes no new connection of the controller. */
export function refused(...hosts: HostName[]): Fault {
  return {
    controller: 'goes on',
    strike: (rig) => each(hosts, (h) => rig.must(h, `echo "sshd: ${FAR}" >/etc/hosts.deny`)),
    mend: (rig) => each(hosts, (h) => rig.must(h, ': >/etc/hosts.deny')),
  };
}

/** The key is good for the test's own address only. */
export function keyGone(host: HostName): Fault {
  const keys = '/root/.ssh/authorized_keys';
  return {
    controller: 'goes on',
    strike: (rig) => rig.must(host, `cp -p ${keys} ${keys}.was; sed -i 's/^/from="198.51.100.254" /' ${keys}`),
    mend: (rig) => rig.must(host, `mv ${keys}.was ${keys}`),
  };
}

/** The controller's connections end, and no new one is taken. */
export function expelled(...hosts: HostName[]): Fault {
  const fault = refused(...hosts);
  return {
    ...fault,
    strike: async (rig) => {
      await fault.strike?.(rig);
      await each(hosts, (h) => rig.must(h, END_SESSIONS));
    },
  };
}

/** The way back to the controller is lost: the default route points to nobody, or is gone. */
export function routeAway(host: HostName, how: 'moved' | 'deleted'): Fault {
  const away = how === 'moved' ? 'ip route replace default via 198.51.100.77 $(grep -o "proto .*" /run/lab.route)' : 'ip route del default';
  return {
    controller: 'goes on',
    strike: (rig) => rig.must(host, `ip -4 route show default >/run/lab.route && ${away}`),
    mend: (rig) => rig.must(host, 'ip route replace $(cat /run/lab.route)'),
  };
}

/** A sudo user's connections end, and logind ends all that the user has left behind: shown by a process of the same user. */
export const userEnded: Fault = {
  controller: 'killed',
  power: true,
  strike: async (rig) => {
    await each(HOSTS, async (h) => {
      const words = rig.lab.sshWords(h).map((w) => w.replace(/^root@/, 'op@'));
      const ran = await rig.lab.run([...words, '--', 'setsid sleep 4242 >/dev/null 2>&1 </dev/null &']);
      if (ran.exit !== 0) throw new Error(ran.stderr);
      await rig.must(h, END_SESSIONS);
      await rig.must(h, 'for i in $(seq 100); do pgrep -u op >/dev/null || exit 0; sleep 0.2; done; ps -fu op; exit 1');
    });
  },
};

/** The same fault with the controller gone too. */
export function alone(fault: Fault): Fault {
  return { ...fault, controller: 'killed' };
}

/** The same fault, over at once. */
export function brief(fault: Fault): Fault {
  return { ...fault, brief: true };
}
