/** Hand-made plans and outcomes: the guide's example as the planner gives it, and one with text that means harm. */
import type { Check, LinkOutcome } from '../../../src/model/outcome.js';
import type { CommandStep, EndPlan, FileStep, LinkPlan } from '../../../src/model/plan.js';

export function command(id: string, text: string, more: Partial<CommandStep> = {}): CommandStep {
  return { id, title: id, ensures: [id], action: '+', phase: 'live', source: 'guide', words: text.split(' '), proofs: [], ...more };
}

const boot: FileStep = {
  id: 'boot-ifconfig',
  title: 'ifconfig lines for the next boot',
  ensures: ['boot'],
  action: '+',
  phase: 'boot',
  source: 'ifconfig.if(5)',
  file: { path: '/etc/ifconfig.gre1', mode: '0644', content: 'inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up\n', before: null },
};

export const mostly: EndPlan = {
  host: 'mostly',
  system: 'NetBSD',
  release: '1.5.2',
  driver: 'gre with greconfig',
  playbook: 'netbsd-greconfig',
  interface: 'gre1',
  steps: [
    command('inner', 'ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up'),
    command('outer', '/usr/sbin/greconfig -i gre1 -v -s 212.25.240.34 -d 217.154.12.2'),
    boot,
  ],
  undo: [],
  guard: { state: '/var/run/provision.mostly-wlan', keep: '/var/db/provision/mostly-wlan', timer: [], cancel: [] },
  holds: [{ attribute: 'interface', value: 'gre1 exists' }],
};

export const wlan: EndPlan = {
  host: 'wlan',
  system: 'FreeBSD',
  release: '4.5-RELEASE',
  driver: 'if_gre.ko',
  playbook: 'freebsd4-if_gre',
  interface: 'gre1',
  steps: [
    command('driver', 'kldload if_gre.ko'),
    command('mtu-default', 'sysctl -w net.inet.ip.gre_default_mtu=1450', { action: '~', touches: 'every gre interface made from now on' }),
    command('interface', 'ifconfig gre1 create'),
    command('outer', 'ifconfig gre1 tunnel 217.154.12.2 212.25.240.34'),
    command('mtu', 'ifconfig gre1 mtu 1450'),
    command('inner', 'ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252'),
    command('up', 'ifconfig gre1 up', { interrupts: 'nothing: the interface is new' }),
  ],
  undo: [],
  guard: { state: '/var/run/provision.mostly-wlan', keep: '/var/db/provision/mostly-wlan', timer: [], cancel: [] },
  holds: [],
};

export const guidePlan: LinkPlan = {
  link: 'mostly-wlan',
  goal: 'link',
  mtu: { bytes: 1450, why: 'mostly: gre of this release takes no more than 1450' },
  ends: [mostly, wlan],
  warnings: [
    {
      code: 'ttl-copied',
      host: 'mostly',
      text: 'The outer TTL is copied from the inner packet, so OSPF does not work.',
      evidence: ['source: gre.4'],
      next: 'Update to 1.5.3.',
    },
  ],
  sshPath: [],
};

export const emptyPlan: LinkPlan = {
  ...guidePlan,
  warnings: [],
  ends: [
    { ...mostly, steps: [] },
    { ...wlan, steps: [] },
  ],
};

const ping = (host: string): Check => ({ id: 'ping', host, ok: true, text: `${host}: 3 of 3 pings across, 14 ms.` });

export const doneOutcome: LinkOutcome = {
  link: 'mostly-wlan',
  state: 'as-wanted',
  plan: guidePlan,
  checks: [ping('mostly'), ping('wlan')],
  warnings: [],
  errors: [],
  ms: 1234,
};

export const pendingOutcome: LinkOutcome = { ...doneOutcome, state: 'changes-pending', checks: [] };

export const downOutcome = (link: string): LinkOutcome => ({
  link,
  state: 'unchanged',
  checks: [],
  warnings: [],
  errors: [{ code: 'HOST_DOWN', message: 'wlan does not answer on port 22.', host: 'wlan' }],
  ms: 30,
});

/** Escape sequences, newlines, direction marks and shell syntax, as a host or an inventory could hold them. */
export const HARM = '\u001b]0;pwned\u0007\u009b31m\u202egpj\nrm -rf /\r$(reboot)`id`\u0000';

export const hostilePlan: LinkPlan = {
  link: `l${HARM}`,
  goal: 'link',
  mtu: { bytes: 1476, why: HARM },
  ends: [
    {
      ...mostly,
      host: HARM,
      system: HARM,
      release: HARM,
      driver: HARM,
      playbook: HARM,
      steps: [
        command('a', 'x', { words: ['ifconfig', HARM], interrupts: HARM, touches: HARM }),
        { ...boot, file: { path: `/etc/${HARM}`, mode: HARM, block: HARM, content: `${HARM}\n`, before: HARM } },
      ],
      holds: [{ attribute: HARM, value: HARM }],
    },
    wlan,
  ],
  warnings: [{ code: HARM, host: HARM, text: HARM, evidence: [HARM], next: HARM }],
  sshPath: [HARM],
};

export const hostileOutcome: LinkOutcome = {
  link: `l${HARM}`,
  state: 'partly-changed',
  plan: hostilePlan,
  checks: [{ id: HARM, host: HARM, ok: false, text: HARM, evidence: [HARM] }],
  warnings: [{ code: 'x', text: HARM, evidence: [HARM], next: HARM }],
  errors: [{ code: 'STEP_FAILED', message: HARM, host: HARM, stderr: HARM, why: HARM, next: HARM, command: HARM, step: HARM }],
  ms: 1,
};
