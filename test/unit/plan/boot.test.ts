import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockIn, modeText } from '../../../src/plan/boot.js';
import { octal } from '../../../src/plan/undo.js';

const block = (name: string, inside: string): string => `# BEGIN provision ${name}\n${inside}# END provision ${name}\n`;

describe('our block in a file of others', () => {
  it('is found wherever it stands, byte for byte', () => {
    const lines = fc.array(fc.constantFrom('a=1', '', '# END', '# BEGIN provision other', 'BEGIN provision pair'), { maxLength: 5 });
    fc.assert(
      fc.property(lines, lines, fc.array(fc.constantFrom('x="1"', '', 'y'), { maxLength: 3 }), (before, after, inside) => {
        const text = (all: string[]): string => all.map((l) => `${l}\n`).join('');
        expect(blockIn(text(before) + block('pair', text(inside)) + text(after), 'pair')).toBe(text(inside));
      }),
    );
  });

  it('is not there in a file without it, nor where its name only begins alike', () => {
    expect(blockIn('', 'pair')).toBeNull();
    expect(blockIn(block('pair-2', 'x\n'), 'pair')).toBeNull();
    expect(blockIn(`x${block('pair', 'y\n')}`, 'pair')).toBeNull();
  });

  it('is not there without its end', () => {
    expect(blockIn('# BEGIN provision pair\nx\n', 'pair')).toBeNull();
  });
});

describe('permission bits', () => {
  it.each([
    ['0644', 'rw-r--r--'],
    ['0600', 'rw-------'],
    ['0640', 'rw-r-----'],
    ['0755', 'rwxr-xr-x'],
    ['0000', '---------'],
  ])('%s is %s', (mode, shown) => {
    expect(modeText(mode)).toBe(shown);
  });

  it('come back from what ls shows', () => {
    fc.assert(
      fc.property(fc.nat(0o777), (bits) => {
        const mode = `0${bits.toString(8).padStart(3, '0')}`;
        expect(octal(`-${modeText(mode)}`)).toBe(mode);
      }),
    );
  });
});
