import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NetBsdRig } from './netbsd-setup.js';
import { type Difference, parseTranscript, replay, score, scoreText, unexplained } from './runner.js';

const data = (name: string): string => readFileSync(new URL(`../fixtures/transcripts/${name}`, import.meta.url), 'utf8');
const text = data('netbsd-transcripts.md');
const usage = text
  .split('\n')
  .filter((l, i, all) => l.startsWith('2|') && i < all.indexOf('# Transcripts'))
  .map((l) => `${l.slice(2)}\n`)
  .join('');

/** What the transcript's own section "What is the rig and not NetBSD" names, and nothing else. */
function normalise(answer: string): string {
  return answer
    .replaceAll('<ifconfig usage text, U1>\n', usage)
    .replace(/time=[\d.]+ ms/g, 'time=T ms')
    .replace(/(stddev = )[\d./]+ ms/g, '$1T ms')
    .replace(/fe80::[0-9a-f:]+%(gre|gif|shmif)/g, 'fe80::R%$1')
    .replace(/ tentative scopeid/g, ' scopeid')
    .replace(/address: [0-9a-f:]{17}/g, 'address: E')
    .replace(/linkstr: .*/g, 'linkstr: L')
    .replace(/NetBSD rump[-\w.]* /g, 'NetBSD rump ');
}

/** `ifconfig tunnel`, `route add`, `ping`: what a command does. */
function kindOf(command: string): string {
  const [name = '', first = '', second = ''] = command.split(' ');
  if (name === 'route') return `route ${command.split(' ').find((w) => /^[a-z]+$/.test(w) && w !== 'route') ?? 'usage'}`;
  if (name !== 'ifconfig') return name;
  if (first.startsWith('-')) return `ifconfig ${first}`;
  if (second === '') return 'ifconfig show';
  const words = ['create', 'destroy', 'deletetunnel', 'tunnel', 'mtu', 'delete', '-alias'];
  return `ifconfig ${words.find((w) => command.split(' ').includes(w)) ?? (/^(up|down|inet)$/.test(second) ? second : 'other')}`;
}

const PLAYBOOK = /^(ifconfig (create|destroy|tunnel|deletetunnel|inet|mtu|up|down|show|-l|-C)|route (add|delete|get)|ping|sysctl)$/;

const rig = new NetBsdRig();
const results = replay(parseTranscript(text, '# Transcripts'), {
  prepare: (note) => rig.prepare(note),
  run: (recorded) => (recorded.host === '$' ? undefined : rig.host(recorded.host).exec(recorded.command.split(/\s+/))),
  normalise,
});
const known = JSON.parse(data('netbsd-differences.json')) as Difference[];

describe('the recorded NetBSD sessions', () => {
  const all = score(results, kindOf);
  console.log(scoreText('NetBSD 7.99.34', all));

  it('are answered the same by the simulated hosts, but for the differences listed with a reason', () => {
    expect(unexplained(results, known).join('\n')).toBe('');
    expect(known.every((d) => d.reason.length > 20)).toBe(true);
  });

  it('agree in at least 95 of 100 commands that a playbook can send', () => {
    const rows = [...all].filter(([kind]) => PLAYBOOK.test(kind)).map(([, s]) => s);
    const [matched, total] = [rows.reduce((n, s) => n + s.matched, 0), rows.reduce((n, s) => n + s.total, 0)];
    console.log(`commands a playbook can send: ${matched} of ${total} equal`);
    expect(total).toBeGreaterThan(400);
    expect(matched / total).toBeGreaterThanOrEqual(0.95);
  });
});
