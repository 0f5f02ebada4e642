/** Names that load modules on a simulated Linux. */
import { expect, it } from 'vitest';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';

it('loads ip_gre when gre0 is asked for by name, as a real kernel does, and not for gre1', () => {
  const host = new SimulatedHost({ name: 'h', system: 'Debian 12', addresses: ['203.0.113.1'] }, new Internet());
  const loaded = (): boolean => host.exec(['cat', '/proc/modules']).stdout.includes('ip_gre');
  host.exec(['ip', '-d', 'link', 'show', 'gre1']);
  expect(loaded()).toBe(false);
  expect(host.exec(['ls', '-d', '/sys/class/net/gre0']).exit).not.toBe(0);
  expect(loaded()).toBe(false);
  expect(host.exec(['ip', '-d', 'link', 'show', 'gre0']).exit).toBe(0);
  expect(loaded()).toBe(true);
});
