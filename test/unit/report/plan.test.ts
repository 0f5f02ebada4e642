import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClean } from '../../../src/errors/clean.js';
import { unifiedDiff } from '../../../src/report/diff.js';
import { makePaint, plainPaint, wantsColour } from '../../../src/report/paint.js';
import { renderPlan } from '../../../src/report/plan.js';
import { commandLine, commandLines, quoteWord } from '../../../src/report/words.js';
import { command, emptyPlan, guidePlan, hostilePlan, mostly } from './guide.js';

const lines = (text: string): string[] => text.split('\n');

describe('a plan as text', () => {
  it("shows the guide's example command by command, end by end", () => {
    expect(renderPlan(guidePlan, plainPaint())).toBe(`mostly-wlan
  mostly  NetBSD 1.5.2, gre with greconfig (playbook netbsd-greconfig)
    = interface  gre1 exists
    + ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up
    + /usr/sbin/greconfig -i gre1 -v -s 212.25.240.34 -d 217.154.12.2
    for the next boot
    + /etc/ifconfig.gre1 (new, 1 line, mode 0644)

  wlan  FreeBSD 4.5-RELEASE, if_gre.ko (playbook freebsd4-if_gre)
    + kldload if_gre.ko
    ~ sysctl -w net.inet.ip.gre_default_mtu=1450
        touches more than this link: every gre interface made from now on
    + ifconfig gre1 create
    + ifconfig gre1 tunnel 217.154.12.2 212.25.240.34
    + ifconfig gre1 mtu 1450
    + ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252
    + ifconfig gre1 up
        interrupts: nothing: the interface is new

  MTU 1450: mostly: gre of this release takes no more than 1450
  SSH: no connection of ours runs through this tunnel.
  warning ttl-copied mostly: The outer TTL is copied from the inner packet, so OSPF does not work.
      | source: gre.4
      next: Update to 1.5.3.
  10 steps: 9 to add, 1 to change (mostly 3, wlan 7).`);
  });

  it('says that there is nothing to do where everything holds', () => {
    const text = renderPlan(emptyPlan, plainPaint());
    expect(text).toContain('= interface  gre1 exists');
    expect(text).toContain('Nothing to do: 0 steps.');
    expect(text).not.toMatch(/^ +[+~-] /m);
  });

  it('names the hosts whose SSH connection is touched', () => {
    expect(renderPlan({ ...guidePlan, sshPath: ['wlan'] }, plainPaint())).toContain('SSH: the connection to wlan runs through this tunnel');
  });

  it('shows what files will hold when asked', () => {
    const text = renderPlan(guidePlan, plainPaint(), { diff: true });
    expect(text).toContain('--- (absent)');
    expect(text).toContain('+++ /etc/ifconfig.gre1');
    expect(text).toContain('+inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up');
  });

  it('fits into 60 columns, commands continued so that they still paste', () => {
    const paint = { ...makePaint({ isTTY: true, columns: 60, env: {}, color: false }) };
    const text = renderPlan(guidePlan, paint);
    expect(Math.max(...lines(text).map((l) => l.length))).toBeLessThanOrEqual(60);
    expect(text.replace(/ \\\n\s+/g, ' ')).toContain('ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up');
  });

  it('keeps each command on one line in a pipe, however narrow', () => {
    expect(renderPlan(guidePlan, plainPaint(60))).toContain('+ ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up\n');
  });

  it('never prints hostile text raw', () => {
    const text = renderPlan(hostilePlan, plainPaint(), { diff: true });
    for (const line of lines(text)) expect(isClean(line), JSON.stringify(line)).toBe(true);
    expect(text).not.toMatch(/^rm -rf/m);
  });

  it('counts what is taken away', () => {
    const end = { ...mostly, steps: [command('interface', 'ifconfig gre1 destroy', { action: '-' as const })] };
    const text = renderPlan({ ...guidePlan, goal: 'unlink', ends: [end, { ...end, host: 'wlan' }] }, plainPaint());
    expect(text).toContain('(to be taken down)');
    expect(text).toContain('2 steps: 2 to remove (mostly 1, wlan 1).');
    expect(text).not.toContain('MTU');
  });
});

describe('words of a command', () => {
  it('quotes only where a shell needs it', () => {
    expect(commandLine(['sysctl', '-w', 'net.inet.ip.gre_default_mtu=1450'])).toBe('sysctl -w net.inet.ip.gre_default_mtu=1450');
    expect(commandLine(['echo', "it's", '', '$HOME', '~', 'a b'])).toBe(`echo 'it'\\''s' '' '$HOME' '~' 'a b'`);
  });

  it('is read back by sh as the same words', () => {
    const word = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const out = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(quoteWord).join(' ')}`], { encoding: 'utf8' });
        expect(out.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the words when a line is broken', () => {
    const words = ['ifconfig', 'gre1', 'inet', '10.1.12.37', '10.1.12.38', 'netmask', '255.255.255.252', 'up'];
    const broken = commandLines(words, { ...plainPaint(40), terminal: true }, 6);
    expect(broken.length).toBeGreaterThan(1);
    expect(broken.join('\n').replace(/ \\\n +/g, ' ')).toBe(words.join(' '));
  });
});

describe('colour', () => {
  const esc = String.fromCharCode(27);
  it('is used on a terminal and nowhere else', () => {
    expect(wantsColour({ isTTY: true, env: {} })).toBe(true);
    expect(wantsColour({ isTTY: false, env: {} })).toBe(false);
    expect(wantsColour({ isTTY: true, env: { TERM: 'dumb' } })).toBe(false);
  });

  it('obeys NO_COLOR, --no-color, FORCE_COLOR and CLICOLOR', () => {
    expect(wantsColour({ isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' } })).toBe(false);
    expect(wantsColour({ isTTY: true, env: { FORCE_COLOR: '1' }, color: false })).toBe(false);
    expect(wantsColour({ isTTY: false, env: { FORCE_COLOR: '1' } })).toBe(true);
    expect(wantsColour({ isTTY: true, env: { FORCE_COLOR: '0' } })).toBe(false);
    expect(wantsColour({ isTTY: true, env: { CLICOLOR: '0' } })).toBe(false);
    expect(wantsColour({ isTTY: false, env: { CLICOLOR_FORCE: '1' } })).toBe(true);
    expect(renderPlan(guidePlan, makePaint({ isTTY: true, env: { NO_COLOR: '1' } }))).not.toContain(esc);
    expect(renderPlan(guidePlan, makePaint({ isTTY: true, env: {} }))).toContain(esc);
  });
});

describe('a diff', () => {
  it('shows changed lines with what stands around them', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    expect(unifiedDiff('/etc/x', before, before.replace('e', 'E'))).toEqual([
      '--- /etc/x',
      '+++ /etc/x',
      '@@ -2 +2 @@',
      ' b',
      ' c',
      ' d',
      '-e',
      '+E',
      ' f',
      ' g',
      ' h',
    ]);
  });

  it('gives the new version back from the old one', () => {
    const file = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 8 }).map((l) => l.map((x) => `${x}\n`).join(''));
    fc.assert(
      fc.property(file, file, (before, after) => {
        const diff = unifiedDiff('f', before, after).slice(2);
        const added = diff.filter((l) => l.startsWith('+')).length - diff.filter((l) => l.startsWith('-')).length;
        expect(added).toBe(after.split('\n').length - before.split('\n').length);
        expect(diff.length === 0).toBe(before === after);
      }),
    );
  });
});
