/** Longer stories for the receiver in dash and on a simulated host: what one request leaves is what the next one finds. */
import { describe, it } from 'vitest';
import { FIRST, FIXED } from './receiver-ends.js';
import { type Step, same } from './receiver-same.js';

const NEXT = '198.51.100.9';
const OTHER = '198.51.100.66';
/** Somebody has pointed the tunnel to another place. */
const elsewhere: Partial<Step> = { before: (end) => end.tunnel(`${FIXED} 203.0.113.77`) };

const ask = (asked: string, more: Omit<Step, 'ask'> = {}): Step => ({ ask: `provision 1 ${asked}`, ...more });

const STORIES: readonly (readonly [string, Parameters<typeof same>[1], readonly Step[]])[] = [
  [
    'moves, the same again, older and later ones',
    { any: false, private: false },
    [
      ask('see', { from: FIRST }),
      ask('move 0'),
      ask('move 0', { from: OTHER }),
      ask('move 5'),
      ask('move 5', { from: OTHER }),
      ask('move 4'),
      ask('move 06', { from: OTHER }),
      ask('move 7', { from: `::ffff:${NEXT}` }),
      ask('see', { from: OTHER }),
      ask('move 7', elsewhere),
      ask('move 8', elsewhere),
    ],
  ],
  [
    'no ping, a refused change, a run that holds the link, boot files that cannot be written',
    { any: false, private: false },
    [
      ask('move 1', { faults: { silent: true } }),
      ask('move 2'),
      ask('move 3', { from: OTHER, faults: { point: true } }),
      ask('move 3', { from: OTHER, faults: { guard: true } }),
      ask('move 3', { faults: { guard: true } }),
      ask('move 4', { from: OTHER, faults: { boot: true } }),
      ask('see', { from: OTHER }),
      ask('move 4', { from: OTHER, faults: { boot: true } }),
      ask('move 4', { from: OTHER }),
      ask('move 5', { faults: { boot: true } }),
      ask('move 6'),
    ],
  ],
  [
    'addresses that are named',
    { any: true, private: false },
    [
      ask(`move 1 ${OTHER}`, { faults: { silent: true } }),
      ask(`move 1 ${OTHER}`),
      ask(`move 2 ${FIRST}`),
      ask(`move 3 ${OTHER}`),
      ask(`move 4 ${NEXT}`, { faults: { silent: true } }),
      ask('move 5 fe80'),
      ask('move 5 1.2.3'),
      ask('move 5 10.1.1.1'),
      ask('move 5 10.1.12.38'),
      ask(`move 5 ${FIXED}`),
      ask('move 5 224.0.0.5'),
      ask('move 5', { from: 'fe80::1' }),
      ask('move 5', { from: '192.168.3.4' }),
    ],
  ],
  [
    'private addresses where they will do',
    { any: false, private: true },
    [ask('move 1', { from: '192.168.3.4' }), ask('move 2', { from: '127.0.0.1' })],
  ],
  [
    'what is no request',
    { any: false, private: false },
    [
      '',
      'sh',
      'provision',
      'provision 2 see',
      'provision  1  see',
      ' provision 1 see',
      'provision 1 see x',
      'provision 1 move',
      'provision 1 move a',
      'provision 1 move 1 2 3',
    ]
      .concat([
        'provision 1 move 1;id',
        'provision 1 move $(id)',
        'provision 1 move 1\nid',
        `provision 1 move ${'1'.repeat(90)}`,
        'provision 1 move 1234567890',
        'provision 1 *',
      ])
      .concat([`provision 1 move 1 ${OTHER}`, 'provision 1 move 1 x'])
      .map((request) => ({ ask: request })),
  ],
  ['more than ten moves in a minute', { any: false, private: false }, Array.from({ length: 12 }, (_, i) => ask(`move ${i + 1}`, { from: FIRST }))],
];

describe('the simulated receiver and the real one agree', () => {
  it.each(STORIES)('%s', { timeout: 120_000 }, (_name, options, steps) => same(steps, options));
});
