/**
 * Replays the session recorded on a real Debian 12 (kernel 6.1.176, iproute2 6.1.0) against the simulated one, command by command.
 *
 * Equal must be: standard output, standard error, exit status. Not compared, because they are of the rig: round-trip times, interface
 * indices, kernel addresses of modules. The recording host had no default route and a peer at 203.0.113.2 with its end of the tunnel up.
 * Differences are listed with their reasons in linux-differences.json; any other one fails.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FileTree } from '../../src/twin/files.js';
import { Internet } from '../../src/twin/internet.js';
import { family } from '../../src/twin/linux/index.js';
import { IpStack } from '../../src/twin/stack.js';
import type { SimulatedSystem } from '../../src/twin/system.js';

const folder = new URL('../fixtures/transcripts/', import.meta.url);

interface Recorded {
  readonly command: string;
  stdout: string;
  stderr: string;
  exit: number;
}

interface Difference {
  /** Place in the recording, from 1. */
  readonly number: number;
  readonly command: string;
  readonly reason: string;
}

function parse(text: string): Recorded[] {
  const found: Recorded[] = [];
  for (const line of text.split('\n')) {
    const last = found.at(-1);
    if (line.startsWith('$ ')) found.push({ command: line.slice(2), stdout: '', stderr: '', exit: -1 });
    else if (last !== undefined && /^\|( |$)/.test(line)) last.stdout += `${line.slice(2)}\n`;
    else if (last !== undefined && /^!( |$)/.test(line)) last.stderr += `${line.slice(2)}\n`;
    else if (last !== undefined && line.startsWith('exit ')) last.exit = Number(line.slice(5));
  }
  return found;
}

/** Takes out what belongs to the rig. */
const rigless = (text: string): string =>
  text
    .replace(/time=[\d.]+ ms/g, 'time=T ms')
    .replace(/, time \d+ms/g, ', time Tms')
    .replace(/rtt min\/avg\/max\/mdev = [\d./]+ ms/g, 'rtt T')
    .replace(/"ifindex":\d+/g, '"ifindex":N')
    .replace(/^\d+: /gm, 'N: ')
    .replace(/Live 0x[0-9a-f]+/g, 'Live 0xA');

function boot(internet: Internet, name: string, address: string): SimulatedSystem {
  const made = family.make({ name, system: 'Debian 12 vec0', addresses: [address] }, new IpStack(name, internet), new FileTree());
  if (made === undefined) throw new Error('the kind is not known');
  expect(made.boot()).toEqual([]);
  return made;
}

function hosts(): SimulatedSystem {
  const internet = new Internet();
  const host = boot(internet, 'h1', '203.0.113.1');
  const peer = boot(internet, 'h2', '203.0.113.2');
  const rig = (on: SimulatedSystem, command: string): void => expect(on.exec(command.split(' '))).toMatchObject({ exit: 0 });
  rig(host, 'ip route del default');
  rig(peer, 'ip link add gre1 type gre local 203.0.113.2 remote 203.0.113.1 ttl 64');
  rig(peer, 'ip addr add 10.1.12.37 peer 10.1.12.38/30 dev gre1');
  rig(peer, 'ip link set gre1 up');
  return host;
}

describe('conformance: Debian 12', () => {
  const recorded = parse(readFileSync(new URL('linux-transcripts.md', folder), 'utf8'));
  const listed = JSON.parse(readFileSync(new URL('linux-differences.json', folder), 'utf8')) as Difference[];

  it('answers every recorded command as the real system did, apart from the listed differences', () => {
    const host = hosts();
    const counts = new Map<string, { same: number; all: number }>();
    const unlike: string[] = [];
    const healed: string[] = [];
    recorded.forEach((want, at) => {
      const got = host.exec(want.command.split(' '));
      const equal = got.exit === want.exit && rigless(got.stdout) === rigless(want.stdout) && rigless(got.stderr) === rigless(want.stderr);
      const tool = want.command.split(' ')[0] ?? '';
      const count = counts.get(tool) ?? { same: 0, all: 0 };
      counts.set(tool, { same: count.same + Number(equal), all: count.all + 1 });
      const known = listed.some((d) => d.number === at + 1 && d.command === want.command);
      if (equal && known) healed.push(want.command);
      if (!equal && !known)
        unlike.push(`${at + 1}: $ ${want.command}\nwant ${JSON.stringify({ ...want, command: undefined })}\ngot  ${JSON.stringify(got)}`);
    });
    const total = [...counts.values()].reduce((n, c) => ({ same: n.same + c.same, all: n.all + c.all }), { same: 0, all: 0 });
    const rows = [...counts].map(([tool, c]) => `  ${tool.padEnd(10)} ${c.same} of ${c.all}`);
    console.log([`Debian 12: ${total.same} of ${total.all} commands equal`, ...rows].join('\n'));
    expect(unlike.join('\n\n')).toBe('');
    expect(healed, 'these are listed as different and are not').toEqual([]);
    expect(total.same / total.all).toBeGreaterThanOrEqual(0.95);
  });

  it('finds the whole recording', () => {
    expect(recorded.length).toBe(45);
    expect(recorded.every((r) => r.exit >= 0)).toBe(true);
  });
});
