import { describe, expect, it } from 'vitest';
import { startTwin, twinKinds } from '../../../src/twin/twin.js';

describe('a host that gets another address', () => {
  it.each(twinKinds())('%s: has it at once and after a reboot, and nobody reaches the old one', async (kind) => {
    const twin = await startTwin([
      { name: 'a', system: kind, addresses: ['198.51.100.7'] },
      { name: 'b', system: 'Debian 12', addresses: ['203.0.113.1'] },
    ]);
    try {
      const [a, b] = [twin.hosts.get('a'), twin.hosts.get('b')];
      const reaches = (address: string) => b?.exec(['ping', '-n', '-c', '1', address]).exit === 0;
      expect([reaches('198.51.100.7'), reaches('203.0.113.99')]).toEqual([true, false]);
      twin.readdress('a', '192.0.2.77');
      for (const when of ['now', 'after a reboot']) {
        expect([when, twin.outerOf('a'), reaches('192.0.2.77'), reaches('198.51.100.7')]).toEqual([when, '192.0.2.77', true, false]);
        expect(a?.exec(['ping', '-n', '-c', '1', '203.0.113.1']).exit).toBe(0);
        a?.reboot();
      }
      expect(a?.log.map((l) => l.words[0])).toEqual(['ping', 'ping']);
      expect(JSON.stringify(a?.snapshot())).not.toContain('198.51.100.');
    } finally {
      await twin.close();
    }
  });
});
