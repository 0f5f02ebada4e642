import { describe, expect, it } from 'vitest';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';

function host() {
  const made = new SimulatedHost({ name: 'a', system: 'NetBSD 9.3', addresses: ['212.25.240.34'] }, new Internet());
  const run = (line: string) => made.exec(line.split(' '));
  return { made, run };
}

describe('faults', () => {
  it('refuses a command as often as told, and then lets it through', () => {
    const { made, run } = host();
    made.faults.refuse.push({ match: ['ifconfig', 'gre1', 'create'], exit: 1, stderr: 'ifconfig: no\n', times: 1 });
    expect(run('ifconfig gre1 create')).toEqual({ exit: 1, stdout: '', stderr: 'ifconfig: no\n' });
    expect(run('ifconfig gre1 create').exit).toBe(0);
  });

  it('loses what is not in files when the power goes, and keeps the files', () => {
    const { made, run } = host();
    let cuts = 0;
    made.onDown = () => {
      cuts += 1;
    };
    made.system.files.write('/etc/note', 'kept\n');
    made.faults.cuts.push({ when: 'after', match: ['ifconfig', 'gre1', 'create'], powerLoss: true });
    expect(made.run(['ifconfig', 'gre1', 'create'])).toEqual({ gone: 'cut after the command' });
    expect(cuts).toBe(1);
    expect(run('ifconfig gre1').exit).toBe(1);
    expect(run('cat /etc/note').stdout).toBe('kept\n');
  });

  it('counts commands from the moment asked for', () => {
    const { made } = host();
    made.exec(['true']);
    made.faults.countFromHere();
    made.faults.cuts.push({ when: 'before', nth: 2 });
    expect(made.run(['sync'])).toHaveProperty('result');
    expect(made.run(['sync'])).toHaveProperty('gone');
    expect(made.log.length).toBe(2);
  });

  it('keeps the old content when the disk is full', () => {
    const { made } = host();
    made.system.files.freeBytes = 3;
    expect(() => made.system.files.write('/etc/rc.conf', 'longer\n')).toThrow();
    expect(made.system.files.read('/etc/rc.conf')).toContain('rc_configured=YES');
  });

  it('answers nothing without power, and is there again with it', () => {
    const internet = new Internet();
    const made = new SimulatedHost({ name: 'a', system: 'NetBSD 9.3', addresses: ['212.25.240.34'] }, internet);
    const other = new SimulatedHost({ name: 'b', system: 'NetBSD 9.3', addresses: ['217.154.12.2'] }, internet);
    const ping = (): number => other.exec(['ping', '-n', '-c', '1', '-w', '1', '212.25.240.34']).exit;
    made.powerOff();
    expect(ping()).toBe(2);
    made.powerOn();
    expect(ping()).toBe(0);
  });

  it('gives each kind of sudo refusal its own words', () => {
    const { made } = host();
    const say = (fault: 'password' | 'tty' | 'rule' | 'missing'): string => {
      made.faults.sudo = fault;
      return made.faults.becomeRefusal('sudo', 'u')?.stderr ?? '';
    };
    const texts = (['password', 'tty', 'rule', 'missing'] as const).map(say);
    expect(new Set(texts).size).toBe(4);
    expect(made.faults.becomeRefusal('doas', 'u')).toBeUndefined();
  });

  it('traces the routers on the way', () => {
    const internet = new Internet();
    new SimulatedHost({ name: 'b', system: 'NetBSD 9.3', addresses: ['217.154.12.2'] }, internet);
    const made = new SimulatedHost({ name: 'a', system: 'NetBSD 9.3', addresses: ['212.25.240.34'] }, internet);
    const hops = made.exec(['traceroute', '-n', '217.154.12.2']).stdout.trim().split('\n');
    expect(hops).toHaveLength(4);
    expect(hops[3]).toContain('217.154.12.2');
    expect(hops[0]).toContain('192.0.2.');
  });
});
