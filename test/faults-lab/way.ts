/**
 * The controller's own way to the hosts of the fault tests, and what it sees there.
 *
 * in: two booted lab hosts
 * out: addresses that only the controller dials (.101, .102), from an address that the hosts reach by their default route only
 * why: so that its way can be broken while the test's own way in (.1, .2) stands
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab/lab.js';
import { must } from '../lab/run.js';
import { ADDRESS } from '../lab/tunnel.js';

export const HOSTS = ['h1', 'h2'] as const;
export type HostName = (typeof HOSTS)[number];

/** What the controller sees: `moved` has another outer address for h1, `inner` dials h2 through the tunnel, `op` logs in as a sudo user. */
export const VIEWS = ['plain', 'moved', 'inner', 'movedInner', 'op'] as const;
export type View = (typeof VIEWS)[number];

const DIAL: Readonly<Record<HostName, string>> = { h1: '198.51.100.101', h2: '198.51.100.102' };
const MOVED = '198.51.100.11';
const INNER = { h1: '10.1.12.37', h2: '10.1.12.38' };
/** The controller's address beyond the hosts' default route. */
export const FAR = '203.0.113.254';
/** Ends the controller's connections on the host. */
export const END_SESSIONS = `ss -Hntp dst ${FAR} | grep -o "pid=[0-9]*" | cut -d= -f2 | sort -u | xargs -r kill -9`;
const GATEWAY = '198.51.100.254';

type Must = (host: HostName, command: string) => Promise<string>;

/** The controller's own way: addresses to dial, its far address, the hosts' default routes, and all of it again after a boot. */
export async function prepareWay(lab: Lab, run: Must): Promise<void> {
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
  await run('h1', 'echo net.ipv4.ip_forward=1 >/etc/sysctl.d/90-lab.conf; sysctl -q -p /etc/sysctl.d/90-lab.conf');
  const network = `Address=${DIAL.h2}/32\n\n[Route]\nGateway=${GATEWAY}\n`;
  appendFileSync(lab.hostPath('h2', '/etc/systemd/network/10-outer.network'), network);
  await run('h2', 'networkctl reload && networkctl reconfigure vec0');
  acceptKeys(lab);
}

/** Host keys under the addresses that are dialled; a lost line is noticed after seconds, not after most of a minute. */
function acceptKeys(lab: Lab): void {
  const { knownHosts, home } = lab;
  const names: Readonly<Record<string, string>> = { h1: DIAL.h1, h2: `${DIAL.h2},${INNER.h2}` };
  for (const line of readFileSync(knownHosts, 'utf8').trim().split('\n')) {
    const [name = '', ...key] = line.split(' ');
    appendFileSync(knownHosts, `${names[name.split(',')[0] ?? '']} ${key.join(' ')}\n`);
  }
  writeFileSync(join(home, '.ssh/config'), 'Host *\n  ServerAliveInterval 2\n  ServerAliveCountMax 2\n', { mode: 0o600 });
}

/** A user who becomes root by sudo, on hosts that end everything of a user who has gone. */
export async function makeOperator(run: Must): Promise<void> {
  const make = [
    'useradd -m -s /bin/bash op && mkdir -p /home/op/.ssh && cp /root/.ssh/authorized_keys /home/op/.ssh/ && chown -R op /home/op/.ssh',
    'echo "op ALL=(root) NOPASSWD: /bin/sh" >/etc/sudoers.d/op && chmod 440 /etc/sudoers.d/op',
    'mkdir -p /etc/systemd/logind.conf.d && printf "[Login]\\nKillUserProcesses=yes\\nKillExcludeUsers=root\\n" >/etc/systemd/logind.conf.d/lab.conf',
    'systemctl restart systemd-logind',
    // Without a session nothing would be ended: for this user there is one at every login, for root none.
    'printf "session [success=ignore default=1] pam_succeed_if.so quiet user = op\\nsession optional pam_systemd.so\\n" >>/etc/pam.d/sshd',
    // A service manager for each user costs seconds at every login here.
    'systemctl mask user@.service',
  ];
  await Promise.all(HOSTS.map((h) => run(h, make.join(' && '))));
}

/** The inventory of one view. */
export function inventoryText(view: View): string {
  const dial = (h: HostName): string => (h === 'h2' && /inner/i.test(view) ? INNER.h2 : DIAL[h]);
  const user = view === 'op' ? ', user: op, become: sudo' : '';
  const outer = (h: HostName): string => (h === 'h1' && view.startsWith('moved') ? MOVED : (ADDRESS[h] ?? ''));
  const hosts = HOSTS.map((h) => `  ${h}: { address: ${outer(h)}, ssh: { host: ${dial(h)}${user} } }\n`).join('');
  const ends = HOSTS.map((h) => `      ${h}: { inner: ${INNER[h]}, interface: gre1 }\n`).join('');
  return `hosts:\n${hosts}links:\n  pair:\n    subnet: 10.1.12.36/30\n    ends:\n${ends}`;
}
