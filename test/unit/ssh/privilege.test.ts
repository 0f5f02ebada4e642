import { describe, expect, it } from 'vitest';
import type { Become } from '../../../src/model/inventory.js';
import { explainShellFailure } from '../../../src/ssh/privilege.js';
import type { SshTarget } from '../../../src/ssh/target.js';

const target = (become: Become): SshTarget => ({
  name: 'mostly',
  address: '192.0.2.1',
  port: 22,
  user: 'ops',
  identities: [],
  identitiesOnly: false,
  jumps: [],
  knownHosts: [],
  strict: 'yes',
  become,
  legacy: false,
  connectTimeoutMs: 1000,
  keepaliveMs: 0,
});
const NOPASSWD = 'ops ALL=(root) NOPASSWD: /bin/sh';
const DOAS = 'permit nopass ops as root cmd /bin/sh';

describe('explainShellFailure', () => {
  it.each<[Become, number | undefined, string, string, string]>([
    ['sudo', 1, 'sudo: a password is required', 'SUDO_PASSWORD', NOPASSWD],
    ['sudo', 1, 'sudo: sorry, a password is required to run sudo', 'SUDO_PASSWORD', NOPASSWD],
    ['sudo', 1, 'sudo: interactive authentication is required', 'SUDO_PASSWORD', NOPASSWD],
    ['sudo', 1, 'sudo: Ein Passwort ist notwendig', 'SUDO_PASSWORD', NOPASSWD],
    ['sudo', 1, '', 'SUDO_PASSWORD', NOPASSWD],
    ['sudo', 1, 'sudo: sorry, you must have a tty to run sudo', 'SUDO_TTY', 'Defaults:ops !requiretty'],
    ['sudo', 1, "Sorry, user ops is not allowed to execute '/bin/sh' as root on mostly.", 'SUDO_RULE', NOPASSWD],
    ['sudo', 1, 'ops is not in the sudoers file.', 'SUDO_RULE', NOPASSWD],
    ['sudo', 127, 'bash: line 1: sudo: command not found', 'SUDO_MISSING', 'become: doas'],
    ['sudo', 127, 'sh: 1: exec: sudo: not found', 'SUDO_MISSING', 'become: doas'],
    ['sudo', 1, 'sudo: Command not found.', 'SUDO_MISSING', 'become: doas'],
    ['sudo', 127, 'ksh: sudo: nicht gefunden', 'SUDO_MISSING', 'become: doas'],
    ['doas', 1, 'doas: Authentication required', 'SUDO_PASSWORD', DOAS],
    ['doas', 1, 'doas: Authorization required', 'SUDO_PASSWORD', DOAS],
    ['doas', 1, 'doas: Operation not permitted', 'SUDO_RULE', DOAS],
    ['doas', 1, 'doas: a tty is required', 'SUDO_TTY', DOAS],
    ['doas', 127, 'ksh: doas: not found', 'SUDO_MISSING', 'become: sudo'],
    ['none', 1, 'This account is currently not available.', 'SSH_SHELL', 'ssh ops@192.0.2.1'],
    ['none', 0, '', 'SSH_SHELL', 'ssh ops@192.0.2.1'],
    ['none', 127, 'sh: /bin/sh: not found', 'SSH_SHELL', 'ssh ops@192.0.2.1'],
    ['sudo', undefined, '', 'SSH_SHELL', 'ssh ops@192.0.2.1'],
  ])('%s, exit %s, "%s" is %s', (become, exit, stderr, code, next) => {
    const error = explainShellFailure(target(become), exit, stderr);
    expect(error.code).toBe(code);
    expect(error.details.next).toContain(next);
    expect(error.details.host).toBe('mostly');
  });

  it('shows no raw control character of the host and bounds what it says', () => {
    const error = explainShellFailure(target('sudo'), 1, `\u001b[31msudo\u0007${'x'.repeat(1_000_000)}`);
    expect(error.details.stderr).not.toMatch(/[\u0000-\u001f]/);
    expect(error.details.stderr?.length).toBeLessThan(3000);
  });
});
