/** Secrets in an inventory: refused wherever they stand, and never shown. */
import { describe, expect, it } from 'vitest';
import { ProvisionErrors } from '../../../src/errors/error.js';
import { withoutSecrets } from '../../../src/errors/secret.js';
import { parseInventory } from '../../../src/inventory/load.js';
import { starterInventory } from '../../../src/inventory/starter.js';

const codes = (text: string): readonly string[] => {
  try {
    parseInventory([{ file: 'i.yaml', text }]);
    return [];
  } catch (error) {
    if (!(error instanceof ProvisionErrors)) throw error;
    for (const one of error.errors) expect(JSON.stringify(one.report())).not.toContain('hunter2');
    return error.errors.map((e) => `${e.code} ${e.details.place?.line}`);
  }
};
const host = (line: string): string => `hosts:\n  a:\n    address: 203.0.113.1\n    ${line}\n`;

describe('a secret in the inventory', () => {
  it.each([
    ['a passphrase as plain text', 'ssh: { passphrase: hunter2 }'],
    ['a number as passphrase', 'ssh: { passphrase: 12345678 }'],
    ['a password', 'ssh: { user: root, password: hunter2 }'],
    ['a sudo password', 'sudo_password: "hunter2"'],
    ['a passphrase on the next line', 'ssh:\n      passphrase: >\n        hunter2'],
    ['an access token', 'token: hunter2'],
    [
      'a private key in a block',
      'ssh:\n      identity: |\n        -----BEGIN OPENSSH PRIVATE KEY-----\n        hunter2\n        -----END OPENSSH PRIVATE KEY-----',
    ],
    ['a private key in a comment', '# -----BEGIN RSA PRIVATE KEY----- hunter2'],
    ['a password in a comment', '# password: hunter2'],
    ['a password inside a URL', 'hostname: https://bruce:hunter2@example.net/'],
    ['a GitHub token', `hostname: ghp_${'hunter2'.padEnd(36, 'a')}`],
    ['in a file that is no YAML', '# password=hunter2x\n    ]['],
  ])('%s is refused and not quoted', (_name, line) => {
    const found = codes(host(line));
    expect(found.length).toBeGreaterThan(0);
    for (const code of found) expect(code).toMatch(/^INVENTORY_SECRET /);
  });

  it.each([
    ['a command that prints it', 'ssh: { identity: ~/.ssh/lab, passphrase: { command: [pass, show, ssh/lab] } }'],
    ['talk of passwords in a comment', '# password: ask Bruce; the passphrase: in the agent'],
    ['a host whose name is a word of it', 'ssh: { user: token }'],
  ])('%s is none', (_name, line) => {
    expect(codes(host(line))).toEqual([]);
  });

  it('a pool may be called secret', () => {
    expect(codes(`pools: { secret: 10.0.0.0/24 }\n${host('')}`)).toEqual([]);
  });

  it('the starter holds none', () => {
    expect(codes(starterInventory())).toEqual([]);
  });

  it.each([
    ['an empty command', 'ssh: { passphrase: { command: [] } }'],
    ['a command as one text', 'ssh: { passphrase: { command: pass show } }'],
    ['a control character', 'ssh: { passphrase: { command: ["a\\nb"] } }'],
    ['another key', 'ssh: { passphrase: { comand: [pass] } }'],
  ])('%s is an error of its own', (_name, line) => {
    expect(codes(host(line)).every((c) => /^INVENTORY_(VALUE|KEY) /.test(c))).toBe(true);
    expect(codes(host(line))).not.toEqual([]);
  });
});

describe('lines of a file that are shown beside an error', () => {
  it('are shown without their secrets, with every line in its place', () => {
    const text = 'a: 1\npassword: hunter2\nx: { token: "hunter2", b: 2 }\n-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\nb: 2\n';
    const shown = withoutSecrets(text);
    expect(shown).not.toContain('hunter2');
    expect(shown.split('\n')).toHaveLength(text.split('\n').length);
    expect(shown).toContain('b: 2\n');
    expect(withoutSecrets('passphrase: { command: [pass] }')).toBe('passphrase: { command: [pass] }');
  });
});
