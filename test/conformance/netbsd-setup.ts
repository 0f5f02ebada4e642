/**
 * The hosts A, B, C of the NetBSD transcripts as simulated ones, and what was set up before each section (its headings and notes say so).
 */
import { SimulatedHost } from '../../src/twin/host.js';
import { Internet } from '../../src/twin/internet.js';
import type { Note } from './runner.js';

const ADDRESS: Readonly<Record<string, string>> = { A: '203.0.113.1', B: '203.0.113.2', C: '203.0.113.3', D: '203.0.113.1' };

/** `A fresh`, `A K2`, or `A# command`. */
type Action = string;

const create = 'A# ifconfig gre1 create';
const plain = (
  host: 'A' | 'B' | 'C',
  peer: 'A' | 'B' | 'C' = host === 'A' ? 'B' : 'A',
  inner = host === 'A' ? '10.1.12.37 10.1.12.38' : '10.1.12.38 10.1.12.37',
): Action[] => [
  `${host} fresh`,
  `${host}# ifconfig gre1 create`,
  `${host}# ifconfig gre1 tunnel ${ADDRESS[host]} ${ADDRESS[peer]}`,
  `${host}# ifconfig gre1 inet ${inner} netmask 255.255.255.252 up`,
];
const both = [...plain('A'), ...plain('B')];
const raised = ['A fresh', create, 'A# ifconfig gre1 tunnel 203.0.113.1 203.0.113.2', 'A# ifconfig gre1 up'];
const inner = 'A# ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up';
const udp = (host: 'A' | 'B', me: string, peer: string, pair: string): Action[] => [
  `${host} fresh`,
  `${host}# ifconfig gre1 create`,
  `${host}# ifconfig gre1 link0 link2`,
  `${host}# ifconfig gre1 tunnel ${me},7777 ${peer},7777`,
  `${host}# ifconfig gre1 inet ${pair} netmask 255.255.255.252 up`,
];

/** By the section's number: what was there before its first command. A section that is not named goes on where the last one ended. */
const SECTIONS: Readonly<Record<string, readonly Action[]>> = {
  '0': ['A fresh', 'A# sysctl -w net.inet.ip.forwarding=1'],
  '1': ['A fresh', 'B fresh', 'C fresh'],
  '2': ['A fresh', ...plain('B')],
  '2k': ['A K2'],
  '2m': ['A K2'],
  '3': both,
  '4': ['A fresh'],
  '5': ['A fresh', create],
  '5a': ['A silent', 'D K2', 'D# ifconfig gre1 create'],
  '5b': ['A fresh', 'B fresh'],
  '6d': raised,
  '7': [...plain('A'), ...plain('B'), ...plain('C')],
  '7f': both,
  '7g': plain('C', 'A', '10.1.12.42 10.1.12.41'),
  '7h': [...plain('A'), ...plain('B', 'C')],
  '8': both,
  '9': both,
  '9b': ['A fresh'],
  '9c': both,
  '9e': both,
  '9d': [...plain('A'), 'B fresh', 'A# sysctl -w net.inet.ip.forwarding=1', 'B# sysctl -w net.inet.ip.forwarding=1'],
  '10': [...both, 'B# ifconfig lo0 inet 192.0.2.129 netmask 255.255.255.255 alias'],
  '11': both,
  '11b': ['A fresh', 'B fresh'],
  '12': [...both, 'A# sysctl -w net.inet6.ip6.auto_linklocal=0'],
  '12b': [...udp('A', '203.0.113.1', '203.0.113.2', '10.1.12.37 10.1.12.38'), ...udp('B', '203.0.113.2', '203.0.113.1', '10.1.12.38 10.1.12.37')],
};

/** Sections whose every note begins a block with a fresh interface. */
const BLOCKS: Readonly<Record<string, readonly Action[]>> = {
  '5b': ['A fresh', create],
  '6': raised,
  '6b': plain('A'),
  '6c': raised,
  '6e': ['A fresh', create],
  '6f': ['A fresh'],
};

/** Notes that say something of their own, by how they begin. */
const NOTES: readonly (readonly [string, readonly Action[]])[] = [
  ['host A restarted fresh, then:', raised],
  ['host A restarted fresh', ['A fresh']],
  ['the same pair; now fresh', ['A fresh', create, inner]],
  ['then B: ifconfig gre1 destroy', ['B# ifconfig gre1 destroy']],
];

export class NetBsdRig {
  private readonly internet = new Internet();
  private readonly hosts = new Map<string, SimulatedHost>();

  constructor() {
    // One ethernet: no router between them.
    this.internet.hops = 0;
    for (const name of ['A', 'B', 'C']) this.fresh(name);
  }

  /** A host as after its start: only lo0 and shmif0, no route beyond the ethernet. */
  private fresh(name: string, options = ''): void {
    this.hosts.get(name)?.powerOff();
    this.internet.silent.delete(name);
    const host = new SimulatedHost({ name, system: `NetBSD 7.99.34${options}`, addresses: [ADDRESS[name] ?? ''] }, this.internet);
    host.system.files.remove('/etc/mygate');
    host.reboot();
    this.hosts.set(name, host);
  }

  host(name: string): SimulatedHost {
    const found = this.hosts.get(name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  }

  private act(action: Action): void {
    const command = /^([A-D])# (.*)$/.exec(action);
    if (command !== null) this.host(command[1] ?? '').exec((command[2] ?? '').split(' '));
    else if (action.endsWith(' fresh')) this.fresh(action.charAt(0));
    else if (action.endsWith(' K2')) this.fresh(action.charAt(0), ' k2');
  }

  prepare(note: Note): void {
    const number = /^(\d+[a-z]?)\. /.exec(note.section)?.[1] ?? '';
    const own = NOTES.find(([start]) => note.text.startsWith(start))?.[1];
    const actions = note.text === '' ? SECTIONS[number] : (own ?? BLOCKS[number]);
    for (const action of actions ?? []) this.act(action);
  }
}
