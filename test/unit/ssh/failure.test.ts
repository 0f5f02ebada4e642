import { describe, expect, it } from 'vitest';
import { connectError } from '../../../src/ssh/failure.js';
import type { SshTarget } from '../../../src/ssh/target.js';

const target: SshTarget = {
  name: 'mostly',
  address: 'mostly.example',
  port: 22,
  user: 'root',
  identities: [],
  identitiesOnly: false,
  jumps: [],
  knownHosts: [],
  strict: 'yes',
  become: 'none',
  legacy: false,
  connectTimeoutMs: 1000,
  keepaliveMs: 0,
};
const socketError = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

describe('connectError', () => {
  it.each(['ENOTFOUND', 'EAI_AGAIN'])('calls %s a name that cannot be resolved', (code) => {
    expect(connectError(target, socketError(code), 'tcp').code).toBe('HOST_NAME');
  });

  it.each(['ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET'])('calls %s a host that is down', (code) => {
    const error = connectError(target, socketError(code), 'tcp');
    expect([error.code, error.details.host]).toEqual(['HOST_DOWN', 'mostly']);
    expect(error.details.next).toContain('ssh root@mostly.example');
  });

  it('looks into the list of failures where a name has several addresses', () => {
    expect(connectError(target, new AggregateError([socketError('ECONNREFUSED'), socketError('ENETUNREACH')]), 'tcp').details.why).toContain(
      'refuses',
    );
  });

  it('calls a server that hangs up during login an authentication failure with its words', () => {
    const error = connectError(target, new Error('Too many authentication failures'), 'login');
    expect([error.code, error.details.why]).toEqual(['SSH_AUTH', 'Too many authentication failures']);
  });
});
