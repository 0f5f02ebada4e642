import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, formatKnownHost, judge, knownHostsName, knownTypes, parseKnownHosts, speaksOf } from '../../../src/ssh/knownhosts.js';
import { matchPattern } from '../../../src/ssh/pattern.js';

const part = (data: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
};
const blob = (type = 'ssh-ed25519'): Buffer => Buffer.concat([part(Buffer.from(type)), part(randomBytes(32))]);
const line = (names: string, key: Buffer, type = 'ssh-ed25519'): string => `${names} ${type} ${key.toString('base64')}`;
const parse = (...lines: string[]) => parseKnownHosts(lines.join('\n'), 'known_hosts');

describe('known_hosts', () => {
  const a = blob();
  const b = blob();
  const rsa = blob('ssh-rsa');

  it('reads names, lists, ports, comments, blank lines and CRLF, and leaves out what it does not understand', () => {
    const entries = parse(
      '# note',
      '',
      `${line('one,two', a)} a comment\r`,
      '\t',
      line('[three]:2222', b),
      'four 1024 35 123456',
      'five ssh-ed25519 !!!',
      '@unknown x y z',
    );
    expect(entries.map((e) => [e.line, e.names])).toEqual([
      [3, 'one,two'],
      [5, '[three]:2222'],
    ]);
    expect(judge(entries, ['TWO'], a).verdict).toBe('known');
    expect(judge(entries, [knownHostsName('three', 2222)], b).verdict).toBe('known');
    expect(judge(entries, ['three'], b).verdict).toBe('unknown');
  });

  it('matches wildcards and lets a negation win', () => {
    const entries = parse(line('*.example.net,!bad.example.net,10.0.0.?', a));
    const verdicts = ['x.example.net', 'bad.example.net', '10.0.0.7', '10.0.0.77'].map((n) => judge(entries, [n], a).verdict);
    expect(verdicts).toEqual(['known', 'unknown', 'known', 'unknown']);
  });

  it('knows any of several keys of a host and prefers the line of the same type when it calls one changed', () => {
    const entries = parse(line('h', rsa, 'ssh-rsa'), line('h', a));
    expect(judge(entries, ['h'], a).verdict).toBe('known');
    const changed = judge(entries, ['h'], b);
    expect(changed).toMatchObject({ verdict: 'changed', entry: { line: 2 } });
    expect(knownTypes(entries, ['h'])).toEqual(['ssh-rsa', 'ssh-ed25519']);
  });

  it('lets a revoked key be revoked under any name, and takes no @cert-authority for a host key', () => {
    expect(judge(parse(line('h', a), `@revoked ${line('*', a)}`), ['h'], a).verdict).toBe('revoked');
    expect(judge(parse(`@cert-authority ${line('h', a)}`), ['h'], a).verdict).toBe('unknown');
  });

  it('finds again under the name whatever it writes, plain or hashed, and under no other name', () => {
    const name = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.string({ minLength: 1, maxLength: 20 }));
    fc.assert(
      fc.property(name, fc.constantFrom(22, 2222), fc.boolean(), (host, port, hashed) => {
        const full = knownHostsName(host, port);
        const text = formatKnownHost(full, a, hashed);
        expect(text).not.toMatch(/[\r\n]/);
        const entries = parseKnownHosts(`${text}\n`, 'f');
        expect(entries).toHaveLength(1);
        expect(judge(entries, [full], a).verdict).toBe('known');
        expect(judge(entries, [full], b).verdict).toBe('changed');
        expect(judge(entries, [`${full}x`], a).verdict).toBe('unknown');
      }),
      { numRuns: 200 },
    );
  });

  it('never throws and never invents a key, whatever the file holds', () => {
    const words = fc.constantFrom('@revoked', 'h', '|1|x|y', '|1||', 'ssh-ed25519', a.toString('base64'), '#', '*', '!h', ' ', '\n', '\r\n', '\0');
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }), (pieces) => {
        for (const entry of parseKnownHosts(pieces.join(' '), 'f')) {
          speaksOf(entry, 'h');
          expect(pieces.join(' ')).toContain(entry.blob.toString('base64').replace(/=+$/, ''));
        }
      }),
    );
  });

  it('matches patterns as a regular expression would, in time that does not explode', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const regex = new RegExp(`^${p.replaceAll('.', '\\.').replace(/\*+/g, '.*').replaceAll('?', '.')}$`);
        expect(matchPattern(p, t)).toBe(regex.test(t));
      }),
    );
    expect(matchPattern('*a'.repeat(2000), 'a'.repeat(20000))).toBe(true);
    expect(matchPattern(`${'*a'.repeat(50)}b`, 'a'.repeat(20000))).toBe(false);
  });

  it('prints fingerprints as ssh-keygen does', () => {
    const key = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl', 'base64');
    expect(fingerprintOf(key)).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
  });
});
