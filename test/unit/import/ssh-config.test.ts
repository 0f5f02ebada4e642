/** `import ssh-config`: the hosts that a person could type after ssh, with the meaning that ssh gives them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftOutText } from '../../../src/import/left-out.js';
import type { Imported } from '../../../src/import/model.js';
import { renderImported } from '../../../src/import/render.js';
import { importSshConfig } from '../../../src/import/ssh-config.js';
import { parseInventory } from '../../../src/inventory/load.js';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sshconfig-'));
  mkdirSync(join(home, '.ssh', 'conf.d'), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const CONFIG = `Include conf.d/*
Host mostly *.pointless.net
  HostName 212.25.240.34
  User root
  Port 2222
  IdentityFile ~/.ssh/mostly
  ForwardAgent yes
Host wlan
  HostName %h.dek.spc.org
  ProxyJump gate.example.net
  ProxyUseFdpass no
  Ciphers aes256-ctr
Host old
  ProxyCommand nc %h %p
Host *
  User op
`;

function imported(own: boolean, config = CONFIG): Imported {
  const file = join(home, '.ssh', own ? 'config' : 'other');
  writeFileSync(file, config);
  writeFileSync(join(home, '.ssh', 'conf.d', 'a'), 'Host inc\n  HostName 198.51.100.7\n');
  return importSshConfig({ file, home, localUser: 'me', own });
}
const hostsOf = (made: Imported) => parseInventory([{ file: 'i.yaml', text: renderImported(made) }]).hosts;
const left = (made: Imported): string[] => made.leftOut.map(leftOutText);

describe('another file than the own one', () => {
  it('is copied: first value wins, patterns and Host * hold, Include is followed', () => {
    const hosts = hostsOf(imported(false));
    expect([...hosts.keys()]).toEqual(['inc', 'mostly', 'wlan', 'old']);
    expect(hosts.get('inc')).toMatchObject({ address: { address: '198.51.100.7' }, ssh: { user: 'op' } });
    expect(hosts.get('mostly')).toMatchObject({
      address: { address: '212.25.240.34' },
      ssh: { user: 'root', port: 2222, identity: ['~/.ssh/mostly'] },
    });
    expect(hosts.get('wlan')).toMatchObject({
      hostname: 'wlan.dek.spc.org',
      ssh: { host: 'wlan.dek.spc.org', jump: 'gate.example.net', user: 'op' },
    });
  });

  it('names patterns, and directives that the inventory has no key for or that cannot be honoured', () => {
    const said = left(imported(false));
    for (const pattern of [
      /Host \* \(it names no single host/,
      /Host mostly \*\.pointless\.net/,
      /^wlan: Ciphers/,
      /^old: ProxyCommand \(provision runs no local command/,
    ]) {
      expect(said).toEqual(expect.arrayContaining([expect.stringMatching(pattern)]));
    }
    expect(said.join()).not.toContain('ForwardAgent');
  });
});

describe('the own file', () => {
  it('is not copied, since provision reads it whenever it connects: only addresses are written', () => {
    const hosts = hostsOf(imported(true));
    expect(hosts.get('mostly')).toMatchObject({ address: { address: '212.25.240.34' }, ssh: { become: 'none', legacy: false } });
    expect(hosts.get('mostly')?.ssh.user).toBeUndefined();
    expect(hosts.get('wlan')?.ssh.host).toBeUndefined();
  });

  it('a name that does not fit keeps the old one as what is dialled', () => {
    const made = imported(true, 'Host a_b:c\n  HostName 203.0.113.4\n');
    expect(made.renamed).toEqual([{ from: 'a_b:c', to: 'a_b-c' }]);
    expect(hostsOf(made).get('a_b-c')?.ssh.host).toBe('a_b:c');
  });
});

it('a host whose settings cannot be judged is left out with the reason, and the others are there', () => {
  const made = imported(false, 'Host a\n  HostName 203.0.113.4\nMatch exec "true" originalhost b\n  User x\nHost b\n  Port 22\n');
  expect(made.hosts.length + new Set(made.leftOut.filter((l) => l.what.length === 0).map((l) => l.of)).size).toBe(2);
  expect(left(made)).toEqual(expect.arrayContaining([expect.stringMatching(/Match exec/)]));
});

it('a circle of Include is an error with its file', () => {
  writeFileSync(join(home, '.ssh', 'conf.d', 'b'), 'Include conf.d/b\n');
  expect(() => imported(true)).toThrow(expect.objectContaining({ code: 'SSH_CONFIG' }));
});
