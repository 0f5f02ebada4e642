/** Where the undo itself is refused, the report says what is left and which commands put it right. */
import { expect, it } from 'vitest';
import { withPair } from './rig.js';

it('what could not be taken back is named, with the commands for that host and for no other', () =>
  withPair('FreeBSD 14.1', 'Debian 12', async (rig) => {
    const { faults } = rig.host('right');
    const taking = (words: readonly string[]): boolean => words[0] === 'ip' && words.includes('del');
    faults.refuse = [
      { match: (words) => words[0] === 'ip' && words.includes('addr') && words.includes('add'), exit: 2, stderr: 'refused by the test\n' },
      { match: taking, exit: 2, stderr: 'refused by the test\n' },
    ];
    const made = await rig.run('link');
    expect([made.state, made.exit]).toEqual(['partly-changed', 4]);
    const byHand = made.warnings.filter((w) => w.code === 'by-hand');
    expect(byHand.map((w) => w.host)).toEqual(['right']);
    expect(byHand[0]?.evidence?.join('\n')).toMatch(/^ip link del.* gre1$/m);
    expect(made.errors[0]?.state).toContain('right: the interface was not there and is there');
  }));
