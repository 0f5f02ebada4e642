/**
 * Replays the session recorded on a real Debian 12 (kernel 6.1.176, iproute2 6.1.0) against the simulated one, command by command.
 *
 * Equal must be: standard output, standard error, exit status. Not compared, because they are of the rig: round-trip times, interface
 * indices, kernel addresses of modules. The recording host had no default route and a peer at 203.0.113.2 with its end of the tunnel up.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Internet } from '../../src/twin/internet.js';
import { host, peer } from '../twin/linux/rig.js';
import { type Difference, parseTranscript, replay, score, scoreText, unexplained } from './runner.js';

const data = (name: string): string => readFileSync(new URL(`../fixtures/transcripts/${name}`, import.meta.url), 'utf8');

/** Takes out what belongs to the rig. */
const normalise = (text: string): string =>
  text
    .replace(/time=[\d.]+ ms/g, 'time=T ms')
    .replace(/, time \d+ms/g, ', time Tms')
    .replace(/rtt min\/avg\/max\/mdev = [\d./]+ ms/g, 'rtt T')
    .replace(/"ifindex":\d+/g, '"ifindex":N')
    .replace(/^\d+: /gm, 'N: ')
    .replace(/Live 0x[0-9a-f]+/g, 'Live 0xA');

/** `ip link add`, `ping`: what a command does. */
function kindOf(command: string): string {
  const words = command.split(' ').filter((w) => !w.startsWith('-'));
  return words[0] === 'ip' ? words.slice(0, ['link', 'addr', 'route', 'tunnel'].includes(words[1] ?? '') ? 3 : 2).join(' ') : (words[0] ?? '');
}

const entries = parseTranscript(data('linux-transcripts.md'), '$ uname');
const known = JSON.parse(data('linux-differences.json')) as Difference[];
const internet = new Internet();
const recorder = host('Debian 12 vec0', internet);
recorder.run('ip route del default');
peer(internet);
const results = replay(entries, { prepare: () => undefined, run: (recorded) => recorder.run(recorded.command), normalise });

describe('the recorded Debian 12 session', () => {
  const all = score(results, kindOf);
  console.log(scoreText('Debian 12', all));

  it('is answered the same by the simulated host, but for the differences listed with a reason', () => {
    expect(unexplained(results, known).join('\n')).toBe('');
    expect(known.every((d) => d.reason.length > 20)).toBe(true);
  });

  it('is replayed whole, and at least 95 of 100 answers are equal', () => {
    expect(results.length).toBe(45);
    expect(results.filter((r) => r.differs.length === 0).length / results.length).toBeGreaterThanOrEqual(0.95);
  });
});
