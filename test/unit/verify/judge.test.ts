import { describe, expect, it } from 'vitest';
import { pingChecks, pingError } from '../../../src/verify/judge.js';
import { type PingEvidence, withCounts } from '../../../src/verify/ping.js';

const evidence = (host: string, more: Partial<PingEvidence> = {}): PingEvidence => ({
  host,
  target: host === 'left' ? '10.1.12.38' : '10.1.12.37',
  sent: 3,
  received: 3,
  mtuBytes: 1476,
  lines: [`3 packets transmitted by ${host}`],
  ...more,
});
const silent = (host: string, counted?: { sent: number; received: number }): PingEvidence =>
  evidence(host, { received: 0, ...(counted === undefined ? {} : { counted }) });

describe('which way packets are lost', () => {
  it('no error where pings cross both ways', () => {
    expect(pingError([evidence('left'), evidence('right')])).toBeUndefined();
  });

  it('names the one way on which packets leave and do not arrive', () => {
    const error = pingError([silent('left', { sent: 3, received: 3 }), silent('right', { sent: 6, received: 0 })]);
    expect(error?.code).toBe('PROTOCOL_FILTERED');
    expect(error?.message).toBe('Packets of protocol 47 (GRE) do not arrive from left to right.');
  });

  it('names both ways where both are lost', () => {
    const error = pingError([silent('left', { sent: 3, received: 0 }), silent('right', { sent: 3, received: 0 })]);
    expect(error?.message).toContain('from left to right and from right to left');
    expect(error?.details.why).toBe('left sent 3 and received 0 packets through the tunnel; right sent 3 and received 0 packets through the tunnel.');
  });

  it('blames no filter where nobody counts', () => {
    const error = pingError([silent('left'), silent('right')]);
    expect(error?.code).toBe('PEER_UNREACHABLE');
    expect(error?.message).toContain('from left and right');
  });

  it('blames no filter where only one end counts', () => {
    expect(pingError([silent('left', { sent: 3, received: 0 }), silent('right')])?.code).toBe('PEER_UNREACHABLE');
  });

  it('blames no filter where packets arrive and only the answers are missing', () => {
    expect(pingError([silent('left', { sent: 3, received: 3 }), silent('right', { sent: 3, received: 3 })])?.code).toBe('PEER_UNREACHABLE');
  });

  it('blames the path where the outer addresses are silent too', () => {
    const error = pingError([silent('left', { sent: 3, received: 0 }), silent('right', { sent: 3, received: 0 })], false);
    expect(error?.code).toBe('PEER_UNREACHABLE');
    expect(error?.details.why).toContain('The outer addresses do not answer ping either.');
  });

  it('is an error where one direction only is silent, and shows what that ping said', () => {
    const error = pingError([evidence('left'), silent('right')]);
    expect(error?.details.stderr).toBe('right to 10.1.12.37:\n3 packets transmitted by right');
  });

  it('counts what went through between two readings', () => {
    expect(withCounts(evidence('left'), { sent: 10, received: 4 }, { sent: 13, received: 4 }).counted).toEqual({ sent: 3, received: 0 });
    expect(withCounts(evidence('left'), undefined, { sent: 13, received: 4 }).counted).toBeUndefined();
  });
});

describe('checks', () => {
  it('say who pinged whom and how many came back', () => {
    expect(pingChecks([evidence('left', { rttMs: 12, fullSize: true })])).toEqual([
      { id: 'ping', host: 'left', ok: true, text: 'left to 10.1.12.38: 3 of 3 pings answered, 12 ms' },
      { id: 'mtu', host: 'left', ok: true, text: "left to 10.1.12.38: packets of 1476 bytes cross with don't-fragment" },
    ]);
  });

  it('tell large packets that do not cross', () => {
    expect(pingChecks([evidence('left', { fullSize: false })]).map((c) => [c.id, c.ok])).toEqual([
      ['ping', true],
      ['mtu', false],
    ]);
  });

  it('say nothing of large packets where even small ones do not cross', () => {
    expect(pingChecks([evidence('left', { received: 0, fullSize: false })]).map((c) => c.id)).toEqual(['ping']);
  });
});
