/** The receiver of a simulated host answers, changes, remembers and logs word for word what the real script does in dash, from the same file. */
import { describe, it } from 'vitest';
import { FIRST, FIXED } from './receiver-ends.js';
import { NOW, same } from './receiver-same.js';

const OTHER = '198.51.100.9';
const NAMED = '198.51.100.77';

const REQUESTS =
  `sh|/bin/sh -i|scp -t /etc|internal-sftp|provision|provision 1|provision 2 see|provision 01 see|provision 1 see|provision 1 see 1|provision 1 move
provision 1 move x|provision 1 move -1|provision 1 move 1.5|provision 1 move 1234567890|provision 1 move 1 2 3|provision 1 move 1; reboot|provision 1 move *
provision 1 move $(reboot)|provision 1 move 1 198.51.100.77|provision 1 move 1 abc|PROVISION 1 see|provision 1 nonsense|provision 1 move.5|provision 1 möve 1
 provision  1   see |provision 1 see${' '.repeat(65)}|provision 1 see${' '.repeat(66)}|provision 1 move 1 ${'1'.repeat(100)}`.split(/[|\n]/);
const ODD_REQUESTS = [
  '',
  ' ',
  'provision 1 move 1\nreboot',
  'provision 1 move 1\t',
  "provision 1 move '1'",
  'provision 1 move `id`',
  'provision\u00a01 see',
];

const PRIVATE = '10.9.9.9 192.168.1.1 172.16.0.1 172.31.255.1 169.254.1.1 100.64.0.1 100.127.0.1 ::ffff:10.0.0.1'.split(' ');
const PUBLIC = '172.32.0.1 100.63.0.1 ::ffff:198.51.100.9'.split(' ');
const NOBODY = `0.0.0.0 127.0.0.1 224.0.0.5 240.0.0.1 255.255.255.255 256.1.1.1 1.2.3 01.2.3.4 1..2.3 2001:db8::1 ${FIXED} 10.1.12.37 $(reboot)`;
const ODD_SOURCES = ['', 'x; reboot', '127.0.0.1 1 127.0.0.1 22', '198.51.100.9 1 198.51.100.9 22', '198.51.100.9 1 ::ffff:198.51.100.9 22'];

describe('the receiver in dash and on a simulated host', () => {
  it('say the same to what is no request', () => same([...REQUESTS, ...ODD_REQUESTS].map((ask) => ({ ask }))));

  it('say the same to what is no request while the state is lost', () =>
    same(
      ['provision 1 nonsense', 'provision 1 move x', 'provision 1 see', 'provision 1 move 1'].map((ask) => ({
        ask,
        before: (end) => end.put('address', null),
      })),
    ));

  it.each([
    ['no private ones', [...PRIVATE, ...PUBLIC, ...NOBODY.split(' '), ...ODD_SOURCES], false],
    ['private ones too', ['10.9.9.9', '100.99.0.1', '169.254.1.1', '10.1.12.38'], true],
  ])('say the same to every kind of source: %s', (_what, sources, inside) =>
    same(
      sources.map((from, i) => ({ ask: `provision 1 move ${i + 1}`, from, at: i * 60 })),
      { private: inside },
    ));

  it('carry out a number once, give its answer again, and refuse an older one', () =>
    same([
      { ask: 'provision 1 move 0', says: `done 0 ${OTHER} confirmed` },
      { ask: 'provision 1 move 0', from: FIRST, says: `done 0 ${FIRST} confirmed` },
      { ask: 'provision 1 move 5', says: `done 5 ${OTHER} confirmed` },
      { ask: 'provision 1 move 5', says: `done 5 ${OTHER} confirmed` },
      { ask: 'provision 1 move 5', from: FIRST, says: `done 5 ${OTHER} confirmed` },
      { ask: 'provision 1 move 005', from: FIRST, says: `done 005 ${OTHER} confirmed` },
      { ask: 'provision 1 move 4', from: FIRST, says: 'stale 5' },
      { ask: 'provision 1 move 6', says: `same 6 ${OTHER}` },
      { ask: 'provision 1 move 007', says: `same 007 ${OTHER}` },
      { ask: 'provision 1 move 8', from: FIRST, faults: { silent: true }, says: `done 8 ${FIRST} unconfirmed` },
      { ask: 'provision 1 move 8', from: FIRST, says: `done 8 ${FIRST} unconfirmed` },
      { ask: 'provision 1 move 9', from: FIRST, says: `same 9 ${FIRST}` },
      { ask: 'provision 1 see', says: `seen ${OTHER} 9 ${FIRST}` },
      { ask: 'provision 1 move 999999999', says: `done 999999999 ${OTHER} confirmed` },
    ]));

  it('take an address from the request where the link allows it, and keep it only with an answer', () =>
    same(
      [
        { ask: `provision 1 move 1 ${NAMED}`, says: `done 1 ${NAMED} confirmed` },
        { ask: 'provision 1 move 2 198.51.100.78', faults: { silent: true }, says: 'failed unconfirmed' },
        { ask: 'provision 1 move 2 198.51.100.78', says: 'failed unconfirmed' },
        { ask: `provision 1 move 3 ${NAMED}`, says: `same 3 ${NAMED}` },
        { ask: 'provision 1 move 4 10.0.0.9', says: 'refused private' },
        { ask: `provision 1 move 4 ${FIXED}`, says: 'refused own' },
        { ask: 'provision 1 move 4 1.2.3', says: 'refused family' },
        { ask: 'provision 1 move 4 reboot', says: 'refused family' },
        { ask: `provision 1 move 4 ${OTHER}`, faults: { silent: true }, says: `done 4 ${OTHER} unconfirmed` },
      ],
      { any: true },
    ));

  it('go back where the host refuses, write boot files later, and point again what a boot has undone', () =>
    same([
      { ask: 'provision 1 move 1', faults: { point: true }, says: 'failed point' },
      { ask: 'provision 1 move 1', faults: { boot: true }, says: 'failed boot' },
      { ask: 'provision 1 move 1', faults: { boot: true }, says: 'failed boot' },
      { ask: 'provision 1 move 1', before: (end) => end.tunnel(`${FIXED} ${FIRST}`), faults: { point: true }, says: 'failed point' },
      { ask: 'provision 1 move 1', says: `done 1 ${OTHER} confirmed` },
      { ask: 'provision 1 move 2', from: FIRST, faults: { boot: true }, says: 'failed boot' },
      { ask: 'provision 1 move 3', from: FIRST, before: (end) => end.tunnel(`${FIXED} ${OTHER}`), says: `done 3 ${FIRST} confirmed` },
    ]));

  it('wait for a run that holds the link, and for the end of a minute with ten moves', () =>
    same([
      { ask: 'provision 1 move 1', faults: { guard: true }, says: 'busy 10' },
      { ask: 'provision 1 see', faults: { guard: true }, says: `seen ${OTHER} 0 ${FIRST}` },
      {
        ask: 'provision 1 move 9',
        at: 9,
        before: (end) => end.put('recent', [-70, -60, ...Array.from({ length: 9 }, (_, i) => i)].map((s) => `${NOW + s}\n`).join('')),
        says: `done 9 ${OTHER} confirmed`,
      },
      { ask: 'provision 1 move 10', at: 20, says: 'busy 40' },
      { ask: 'provision 1 move 9', at: 20, says: `done 9 ${OTHER} confirmed` },
      { ask: 'provision 1 move 10', at: 59, says: 'busy 1' },
      { ask: 'provision 1 move 10', at: 60, from: FIRST, says: `done 10 ${FIRST} confirmed` },
      { ask: 'provision 1 move 11', at: 60, before: (end) => end.put('recent', 'x\n\n-5\n99999999999999\n'), says: `done 11 ${OTHER} confirmed` },
      { ask: 'provision 1 move 12', at: 60, before: (end) => end.put('recent', `${NOW + 500}\n`.repeat(20)), says: `same 12 ${OTHER}` },
    ]));
});
