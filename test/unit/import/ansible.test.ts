/** `import ansible`: what Ansible would do for a host is what the inventory says, and nothing goes without being named. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProvisionError } from '../../../src/errors/error.js';
import { importAnsible } from '../../../src/import/ansible.js';
import { jumpOf } from '../../../src/import/ansible-host.js';
import { leftOutText } from '../../../src/import/left-out.js';
import type { Imported } from '../../../src/import/model.js';
import { expandRange } from '../../../src/import/ranges.js';
import { renderImported } from '../../../src/import/render.js';
import { parseInventory } from '../../../src/inventory/load.js';
import type { Inventory } from '../../../src/model/inventory.js';

const from = (text: string, file = '/nowhere/hosts'): Imported => importAnsible({ file, path: file, text });
const read = (made: Imported): Inventory => parseInventory([{ file: 'import.yaml', text: renderImported(made) }]);
const left = (made: Imported): string[] => made.leftOut.map(leftOutText);

const INI = `# comment
mail.example.com:2222
[web]
web[01:03].example.com http_port=80
[web:vars]
ansible_user=deploy
ansible_become=true
[gate]
gw ansible_host=203.0.113.9 ansible_user=root ansible_become=no ansible_ssh_private_key_file="~/.ssh/a key"
[prod:children]
web
gate
[prod:vars]
ansible_user=nobody
ansible_ssh_common_args='-o ProxyJump=admin@jump.example.com:22'
`;

describe('an INI inventory', () => {
  it('gives every host its own variables, those of its groups and of theirs, the innermost last', () => {
    const { hosts } = read(from(INI));
    expect([...hosts.keys()]).toEqual(['mail.example.com', 'web01.example.com', 'web02.example.com', 'web03.example.com', 'gw']);
    expect(hosts.get('mail.example.com')?.ssh).toMatchObject({ host: 'mail.example.com', port: 2222, become: 'none' });
    expect(hosts.get('web02.example.com')?.ssh).toMatchObject({ user: 'deploy', become: 'sudo', jump: 'admin@jump.example.com:22' });
    expect(hosts.get('gw')).toMatchObject({ address: { address: '203.0.113.9' }, ssh: { user: 'root', become: 'none', identity: ['~/.ssh/a key'] } });
  });

  it('says with the line what it cannot read', () => {
    for (const [text, line, said] of [
      ['[web]\na b\n', 2, 'no NAME=VALUE'],
      ['a x="1\n', 1, 'quote'],
      ['[web:vars]\nx\n', 2, 'NAME=VALUE'],
      ['web[1:99999999]\n', 1, 'no range'],
      ['web[b:a]\n', 1, 'no range'],
    ] as const) {
      expect(() => from(text)).toThrow(
        expect.objectContaining({
          code: 'IMPORT_SYNTAX',
          message: expect.stringContaining(said),
          details: expect.objectContaining({ place: expect.objectContaining({ line }) }),
        }),
      );
    }
  });
});

describe('a YAML inventory', () => {
  it('reads groups, children, ranges, merged maps and null hosts', () => {
    const { hosts } = read(
      from(`all:
  vars: &base { ansible_port: 2200 }
  hosts:
    alone:
  children:
    db:
      hosts:
        db-[a:c].example.net: { <<: *base, ansible_become: true, ansible_become_method: doas }
    more: { children: { inner: { hosts: { deep: { ansible_host: 198.51.100.4 } }, vars: { ansible_user: op } } } }
`),
    );
    expect([...hosts.keys()]).toEqual(['alone', 'db-a.example.net', 'db-b.example.net', 'db-c.example.net', 'deep']);
    expect(hosts.get('alone')?.ssh).toMatchObject({ host: 'alone', port: 2200 });
    expect(hosts.get('db-b.example.net')?.ssh).toMatchObject({ become: 'doas', port: 2200 });
    expect(hosts.get('deep')).toMatchObject({ address: { address: '198.51.100.4' }, ssh: { user: 'op' } });
  });

  it('refuses a bomb of aliases, a depth without end, a playbook and what is no inventory', () => {
    const bomb = `a: &a [${'x,'.repeat(9)}x]\n${[...'bcdefghi'].map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(9)}*${'abcdefgh'[i]}]`).join('\n')}\nall: { hosts: { h: { v: *i } } }\n`;
    for (const text of [bomb, `all: ${'{children: {a: '.repeat(5000)}`, '- hosts: all\n  tasks: []\n', 'all: { tasks: [] }\n', 'all:\n\tx: 1\n']) {
      expect(() => from(text, 'x.yml')).toThrow(expect.objectContaining({ code: 'IMPORT_SYNTAX' }));
    }
  });
});

describe('what is left out', () => {
  const HOSTILE = `all:
  vars: { ansible_become_password: hunter2 }
  hosts:
    w1: { ansible_connection: winrm, ansible_password: hunter2 }
    k1:
      ansible_host: "{{ inventory_hostname }}.example.net"
      ansible_ssh_pass: hunter2
      api_token: !vault |
        $ANSIBLE_VAULT;1.1;AES256
        3132
      ansible_ssh_extra_args: "-o ProxyCommand=nc"
      ansible_ssh_common_args: "-J gate -o StrictHostKeyChecking=no"
      ansible_port: many
      list: [1, 2]
    "bad \\ename": { ansible_user: "-oProxyCommand=x", ansible_host: "-l" }
    "bad name": {}
`;

  it('is named with its reason, and no secret is anywhere in the result', () => {
    const made = from(HOSTILE, 'x.yml');
    const yaml = renderImported(made);
    expect(yaml + left(made).join()).not.toMatch(/hunter2|ANSIBLE_VAULT|3132|\u001b/);
    for (const said of [
      /^w1: not reached by SSH \(ansible_connection=winrm\)/,
      /^group all: ansible_become_password \(a secret/,
      /^k1: .*api_token.*\(a secret/,
      /^k1: ansible_host \(a template/,
      /^k1: ansible_ssh_extra_args \(may matter/,
      /^k1: ansible_ssh_common_args \(.*-J HOST/,
      /^k1: ansible_port \(no port/,
      /^k1: list \(means nothing here/,
      /name: ansible_user .*is not a user name/,
    ])
      expect(left(made)).toEqual(expect.arrayContaining([expect.stringMatching(said)]));
    // Each of these stands in a comment of the file too.
    for (const line of left(made)) expect(yaml).toContain(line.slice(0, 40));
    const { hosts } = read(made);
    expect([...hosts.keys()]).toEqual(['k1', 'bad-name', 'bad-name-2']);
    // Its name is not dialled in place of an address that could not be read.
    expect(hosts.get('k1')?.ssh.host).toBeUndefined();
  });

  it('counts names that become the same', () => {
    expect(from('all: { hosts: { "a b": {}, "a  b": {}, "a-b": {} } }\n', 'x.yml').hosts.map((h) => h.name)).toEqual(['a-b', 'a-b-2', 'a-b-3']);
  });
});

describe('host ranges', () => {
  it.each([
    ['web[01:03]', ['web01', 'web02', 'web03']],
    ['n[8:10]', ['n8', 'n9', 'n10']],
    ['n[1:9:4]x', ['n1x', 'n5x', 'n9x']],
    ['[a:c].net', ['a.net', 'b.net', 'c.net']],
    ['r[1:2]-[a:b]', ['r1-a', 'r1-b', 'r2-a', 'r2-b']],
    ['plain', ['plain']],
    ['[9:8]', undefined],
    ['[01:100]', undefined],
    ['[a:3]', undefined],
    ['[1:200][1:200]', undefined],
    ['x[1:', undefined],
  ])('%s', (pattern, names) => expect(expandRange(pattern)).toEqual(names));
});

it.each([
  ['-J gate', 'gate'],
  ['-Jgate:2222', 'gate:2222'],
  ['-o ProxyJump=a@b,c', 'a@b,c'],
  ['-oProxyJump=b', 'b'],
  ['-o "ProxyJump b"', 'b'],
  ['-J gate -v', undefined],
  ['-o ProxyCommand="nc %h"', undefined],
  ['-J "-oProxyCommand=x"', undefined],
  ['', undefined],
])('of the arguments %s the jump host is %s', (args, jump) => expect(jumpOf(args)).toBe(jump));

it('any text is an inventory that check reads, or an error of ours', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '[web]',
      '[web:vars]',
      '[web:children]',
      'all:',
      '  hosts:',
      '    a: {ansible_host: 1.2.3.4}',
      'x=1',
      '- a',
      '"',
      "'",
      '&a',
      '*a',
      '!vault x',
    ),
    fc.string({ maxLength: 30 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom('h.ini', 'h.yml', 'h'), (lines, file) => {
      let made: Imported;
      try {
        made = from(lines.join('\n'), file);
      } catch (error) {
        expect(error).toBeInstanceOf(ProvisionError);
        return;
      }
      if (made.hosts.length > 0) read(made);
    }),
    { numRuns: 250 },
  );
});
