import { describe, expect, it } from 'vitest';
import { ProvisionError } from '../../../src/errors/error.js';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';
import { twinKinds } from '../../../src/twin/twin.js';

const make = (system: string, internet = new Internet(), name = 'a', address = '212.25.240.34') =>
  new SimulatedHost({ name, system, addresses: [address] }, internet);

describe('kinds of simulated hosts', () => {
  it.each(twinKinds().map((kind) => [kind]))('%s boots, names itself and reaches another host', (kind) => {
    const internet = new Internet();
    const host = make(kind, internet);
    make('NetBSD 9.3', internet, 'b', '217.154.12.2');
    expect(host.exec(['uname', '-sr']).exit).toBe(0);
    expect(host.exec(['uname', '-s']).stdout.trim()).toBe(host.system.uname.sysname);
    expect(host.exec(['id', '-u']).stdout).toBe('0\n');
    expect(host.exec(['no-such-command']).exit).toBe(127);
    expect(host.exec(['ping', '-n', '-c', '1', '217.154.12.2']).exit).toBe(0);
    const before = host.snapshot();
    host.reboot();
    expect(host.snapshot()).toEqual(before);
  });

  it('suggests the nearest kind for one that is not known, and lists all', () => {
    const error = (() => {
      try {
        make('NetBSD 1.5.3');
      } catch (e) {
        return e;
      }
    })();
    expect(error).toBeInstanceOf(ProvisionError);
    expect((error as ProvisionError).code).toBe('TWIN_UNKNOWN');
    expect((error as ProvisionError).details.next).toContain('NetBSD 1.5.2');
    expect((error as ProvisionError).details.why).toContain('NetBSD 1.4.1');
  });
});
