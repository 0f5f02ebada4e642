import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProvisionError } from '../../../src/errors/error.js';
import type { Host, Inventory } from '../../../src/model/inventory.js';
import { type ResolveOptions, resolveTarget, type SshTarget } from '../../../src/ssh/target.js';

const place = { file: 'inventory.yaml', line: 1, column: 1 };
const host = (name: string, ssh: Partial<Host['ssh']> = {}, rest: Partial<Host> = {}): Host => ({
  name,
  ssh: { become: 'none', legacy: false, ...ssh },
  place,
  ...rest,
});
const mostly = host('mostly', {}, { hostname: 'mostly.pointless.net', address: { kind: 'static', address: '212.25.240.34' } });

describe('resolveTarget', () => {
  let home = '';
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pv-home-'));
    mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const config = (text: string, name = 'config'): void => writeFileSync(join(home, '.ssh', name), text);
  const resolve = (h: Host, options: Partial<ResolveOptions> = {}, others: readonly Host[] = []): SshTarget => {
    const inventory: Inventory = { hosts: new Map([h, ...others].map((x) => [x.name, x])), links: new Map(), files: [] };
    return resolveTarget(h, inventory, { acceptNew: false, homeDir: home, env: {}, systemConfigFile: join(home, 'none'), ...options });
  };
  const refusal = (h: Host, options: Partial<ResolveOptions> = {}): ProvisionError => {
    try {
      resolve(h, options);
    } catch (error) {
      return error as ProvisionError;
    }
    throw new Error('it was resolved');
  };

  it('dials the address and never the hostname label', () => {
    expect(resolve(mostly)).toMatchObject({ name: 'mostly', address: '212.25.240.34', port: 22 });
  });

  it('dials the outside address of a host behind a NAT gateway', () => {
    const nat = host('nat', {}, { address: { kind: 'nat', inside: '192.168.1.2', outside: '198.51.100.7' } });
    expect(resolve(nat).address).toBe('198.51.100.7');
  });

  it('dials the inventory name where a Host block speaks of it, but not for Host *', () => {
    config('Host *\n  Port 2022\n');
    expect(resolve(mostly)).toMatchObject({ address: '212.25.240.34', port: 2022 });
    config('Host mostly\n  Port 2023\n');
    expect(resolve(mostly)).toMatchObject({ address: 'mostly', port: 2023 });
    config('Host mos* !mostly\n  Port 2023\n');
    expect(resolve(mostly)).toMatchObject({ address: '212.25.240.34', port: 22 });
  });

  it('prefers ssh.host to everything and reads ssh_config for it', () => {
    config('Host mostly\n  HostName 192.0.2.1\nHost gate\n  HostName 192.0.2.9\n  User ops\n');
    expect(resolve(host('mostly', { host: 'gate' }))).toMatchObject({ name: 'mostly', address: '192.0.2.9', user: 'ops' });
  });

  it.each([
    ['[2001:db8::1]', '2001:db8::1', 22],
    ['2001:db8::1', '2001:db8::1', 22],
    ['[2001:db8::1]:2200', '2001:db8::1', 2200],
  ])('takes the IPv6 literal %s', (given, address, port) => {
    expect(resolve(host('six', { host: given }))).toMatchObject({ address, port });
  });

  it('takes the reported address of a dynamic host, and says ADDRESS_UNKNOWN without one', () => {
    const dynamic = host('wlan', {}, { address: { kind: 'dynamic' } });
    expect(resolve(host('wlan', {}, { address: { kind: 'dynamic', present: '203.0.113.5' } })).address).toBe('203.0.113.5');
    expect(refusal(dynamic).code).toBe('ADDRESS_UNKNOWN');
    expect(resolve(host('wlan', { host: 'dyn.example' }, { address: { kind: 'dynamic' } })).address).toBe('dyn.example');
  });

  it('lets the inventory win over ssh_config', () => {
    config('Host mostly\n  User ops\n  Port 2022\n  IdentityFile ~/.ssh/other\n  ProxyJump gate\n');
    const target = resolve(host('mostly', { user: 'root', port: 22, identity: ['~/.ssh/mine'], jump: 'none' }));
    expect(target).toMatchObject({ user: 'root', port: 22, identities: [join(home, '.ssh/mine')], jumps: [] });
  });

  it('takes several IdentityFile lines in order, with tokens, and the default keys only without any', () => {
    config('Host mostly\n  User ops\n  IdentityFile ~/.ssh/%r-%n\n  IdentityFile %d/k%%\nHost *\n  IdentityFile ~/.ssh/all\n');
    expect(resolve(mostly).identities).toEqual([join(home, '.ssh/ops-mostly'), join(home, 'k%'), join(home, '.ssh/all')]);
    config('');
    expect(resolve(mostly)).toMatchObject({
      defaultIdentities: true,
      identities: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((k) => join(home, '.ssh', k)),
    });
  });

  it('finds the agent as ssh does', () => {
    const env = { SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other' };
    expect(resolve(mostly, { env }).agent).toBe('/run/agent');
    config('Host mostly\n  IdentityAgent $OTHER\n');
    expect(resolve(mostly, { env }).agent).toBe('/run/other');
    config('Host mostly\n  IdentityAgent none\n');
    expect(resolve(mostly, { env }).agent).toBeUndefined();
  });

  it('resolves a chain of jump hosts, each with its own settings', () => {
    config(
      'Host mostly\n  ProxyJump ops@gate:2201,inner\nHost gate\n  HostName 192.0.2.1\n  ProxyJump outer\nHost inner\n  HostName 10.0.0.2\n  User deep\nHost outer\n  HostName 192.0.2.8\n',
    );
    const { jumps } = resolve(mostly);
    expect(jumps.map((j) => [j.user, j.address, j.port])).toEqual([
      [expect.any(String), '192.0.2.8', 22],
      ['ops', '192.0.2.1', 2201],
      ['deep', '10.0.0.2', 22],
    ]);
    expect(jumps.every((j) => j.jumps.length === 0)).toBe(true);
  });

  it('takes a jump host of the inventory with its own ssh settings', () => {
    const gate = host('gate', { user: 'ops', port: 2201, legacy: true }, { address: { kind: 'static', address: '192.0.2.1' } });
    const target = resolve(host('wlan', { jump: 'gate', host: '10.0.0.9' }), {}, [gate]);
    expect(target.jumps).toMatchObject([{ name: 'gate', address: '192.0.2.1', user: 'ops', port: 2201, legacy: true }]);
    expect(target.legacy).toBe(false);
  });

  it('does not jump through the host itself, and stops at a circle', () => {
    config('Host *\n  ProxyJump gate\n');
    expect(resolve(host('x', { host: '10.0.0.9' })).jumps.map((j) => j.address)).toEqual(['gate']);
    config('Host a\n  ProxyJump b\nHost b\n  ProxyJump a\nHost x\n  ProxyJump a\n');
    expect(refusal(host('x')).code).toBe('SSH_CONFIG');
  });

  it('never takes an unknown key silently: no and ask count as yes, accept-new is honoured', () => {
    config('Host mostly\n  StrictHostKeyChecking no\n');
    expect(resolve(mostly)).toMatchObject({ strict: 'yes', strictNote: expect.stringContaining('line 2') });
    config('Host mostly\n  StrictHostKeyChecking ask\n');
    expect(resolve(mostly).strict).toBe('yes');
    config('Host mostly\n  StrictHostKeyChecking accept-new\n');
    expect(resolve(mostly).strict).toBe('accept-new');
    config('Host mostly\n  StrictHostKeyChecking yes\n');
    expect(resolve(mostly, { acceptNew: true }).strict).toBe('accept-new');
  });

  it('reads known_hosts files, and writes none where ssh_config names none', () => {
    config('Host mostly\n  UserKnownHostsFile ~/a "~/b c"\n  GlobalKnownHostsFile none\n  HostKeyAlias most\n');
    expect(resolve(mostly)).toMatchObject({ knownHosts: [join(home, 'a'), join(home, 'b c')], recordNew: true, hostKeyAlias: 'most' });
    config('Host mostly\n  UserKnownHostsFile /dev/null\n  GlobalKnownHostsFile none\n');
    expect(resolve(mostly)).toMatchObject({ knownHosts: [], recordNew: false });
  });

  it('takes times, family and algorithms', () => {
    config(
      'Host mostly\n  ConnectTimeout 7\n  ServerAliveInterval 1m\n  AddressFamily inet6\n  Ciphers aes256-ctr,nosuch\n  KexAlgorithms +diffie-hellman-group14-sha1\n',
    );
    expect(resolve(mostly)).toMatchObject({ connectTimeoutMs: 7000, keepaliveMs: 60000, family: 6, algorithms: { cipher: 'aes256-ctr,nosuch' } });
    expect(resolve(mostly, { timeoutMs: 3000 }).connectTimeoutMs).toBe(3000);
    config('');
    expect(resolve(mostly)).toMatchObject({ connectTimeoutMs: 10000, keepaliveMs: 15000 });
  });

  it.each([
    ['ProxyCommand nc %h %p', 'ProxyCommand'],
    ['PKCS11Provider /usr/lib/x.so', 'PKCS11Provider'],
    ['CertificateFile ~/.ssh/id-cert.pub', 'CertificateFile'],
    ['KnownHostsCommand /bin/x', 'KnownHostsCommand'],
    ['CanonicalizeHostname yes', 'CanonicalizeHostname'],
    ['PubkeyAuthentication no', 'PubkeyAuthentication'],
    ['RemoteCommand top', 'RemoteCommand'],
    ['BindInterface eth0', 'BindInterface'],
    ['NoSuchDirective yes', 'NoSuchDirective'],
    ['Ciphers chacha21', 'Ciphers'],
    ['IdentityFile ~/%Z', 'IdentityFile'],
    ['ServerAliveInterval soon', 'ServerAliveInterval'],
    ['ProxyJump a b', 'ProxyJump'],
  ])('refuses "%s" naming file and line', (line, shown) => {
    config(`# a comment\n\nHost mostly\n  ${line}\n`);
    const error = refusal(mostly);
    expect(error.code).toBe('SSH_CONFIG');
    expect(error.message).toContain(shown);
    expect(error.details.place).toMatchObject({ file: join(home, '.ssh/config'), line: 4 });
  });

  it('passes over what it refuses elsewhere if it is for another host, neutral, or overruled by the inventory', () => {
    config('Host other\n  ProxyCommand nc %h %p\nHost mostly\n  ProxyCommand none\n  CertificateFile none\n');
    expect(resolve(mostly).address).toBe('mostly');
    config('Host mostly\n  ProxyCommand nc %h %p\n');
    expect(resolve(host('mostly', { jump: 'none' })).jumps).toEqual([]);
    config('Host mostly\n  ProxyJump none\n  ProxyCommand nc %h %p\n');
    expect(resolve(mostly).jumps).toEqual([]);
  });

  it('ignores what IgnoreUnknown names, and everything that cannot matter', () => {
    config('IgnoreUnknown UseKeychain,AddKeys*\nHost mostly\n  UseKeychain yes\n  ForwardAgent yes\n  ControlMaster auto\n  SendEnv LANG LC_*\n');
    expect(resolve(mostly).address).toBe('mostly');
  });

  it('judges Match by host, user and final, and refuses Match exec only where it decides', () => {
    config('Match originalhost other exec "false"\n  Port 1\nMatch host mostly user ops\n  Port 2\nMatch final all\n  Port 3\n');
    expect(resolve(host('mostly', { user: 'ops' })).port).toBe(2);
    expect(resolve(host('x', { host: 'y' })).port).toBe(3);
    config('Match host mostly exec "touch /tmp/pv-must-not-exist"\n  Port 1\n');
    const error = refusal(mostly);
    expect(error.code).toBe('SSH_CONFIG');
    expect(error.details.place?.line).toBe(1);
    expect(existsSync('/tmp/pv-must-not-exist')).toBe(false);
  });

  it('follows Include with wildcards, inside a Host block only for that host', () => {
    config('Host mostly\n  Include conf.d/*.conf\nHost *\n  Port 9\n');
    mkdirSync(join(home, '.ssh/conf.d'));
    config('Port 7\n', 'conf.d/a.conf');
    config('Port 8\nUser b\n', 'conf.d/b.conf');
    config('Port 1\n', 'conf.d/.hidden.conf');
    expect(resolve(mostly)).toMatchObject({ port: 7, user: 'b' });
    expect(resolve(host('x', { host: 'y' })).port).toBe(9);
    config('Include config\n');
    expect(refusal(mostly).code).toBe('SSH_CONFIG');
  });

  it.each(['Port\nHost mostly\n', 'Host mostly\n  User "x\n', 'Host\n'])('says which file is broken: %j', (text) => {
    config(text);
    const error = refusal(mostly);
    expect(error.code).toBe('SSH_CONFIG');
    expect(error.details.place?.file).toBe(join(home, '.ssh/config'));
  });

  it('reads only the file given with configFile, and says so if it is not there', () => {
    config('Host mostly\n  Port 1\n');
    writeFileSync(join(home, 'mine'), 'Host mostly\n  Port 2\n');
    expect(resolve(mostly, { configFile: join(home, 'mine') }).port).toBe(2);
    expect(resolve(mostly, { configFile: 'none' }).port).toBe(22);
    expect(refusal(mostly, { configFile: join(home, 'absent') }).code).toBe('SSH_CONFIG');
  });

  it.skipIf(!existsSync('/usr/bin/ssh'))('agrees with ssh -G on host, user, port, alias and identities', () => {
    const text = [
      'Host mos?ly other',
      'HostName %h.example.net',
      'User=ops',
      'Port = 2022',
      'IdentityFile "~/.ssh/a b"',
      'IdentityFile /tmp/%r',
      'Match host mostly.example.net',
      '  HostKeyAlias most',
      '  ConnectTimeout 9',
      'Host *',
      '  User nobody',
      '  ServerAliveInterval 20',
      '  IdentitiesOnly yes',
    ].join('\n');
    config(`${text}\n`);
    const said = execFileSync('/usr/bin/ssh', ['-F', join(home, '.ssh/config'), '-G', 'mostly'], {
      encoding: 'utf8',
      env: { HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const of = (key: string): string[] =>
      said
        .split('\n')
        .filter((l) => l.startsWith(`${key} `))
        .map((l) => l.slice(key.length + 1));
    const target = resolve(mostly);
    expect([target.address, target.user, String(target.port), target.hostKeyAlias ?? '']).toEqual(
      ['hostname', 'user', 'port', 'hostkeyalias'].map((k) => of(k)[0]),
    );
    expect([target.connectTimeoutMs / 1000, target.keepaliveMs / 1000].map(String)).toEqual([of('connecttimeout')[0], of('serveraliveinterval')[0]]);
    expect(target.identities).toEqual([join(home, '.ssh/a b'), '/tmp/ops']);
    expect(of('identityfile')).toHaveLength(2);
    expect(target.identitiesOnly).toBe(of('identitiesonly')[0] === 'yes');
  });
});
