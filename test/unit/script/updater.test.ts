/**
 * The receiver and the sh form of the updater in the shells that are /bin/sh somewhere, with a host made of stub commands: what was asked for decides what
 * is changed, nothing else does, and both ends come to the same address.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverText, shUpdaterText } from '../../../src/script/updater-text.js';
import { isInstalled, SYSTEM_SHELLS } from './shell.js';
import { EndRoom, FILE, FIRST, FIXED, GUARD, HOME, move, OTHER, type Ran, run } from './updater-room.js';

for (const kind of SYSTEM_SHELLS) {
  describe.skipIf(!isInstalled(kind))(`updater in ${kind.name}`, () => {
    let fixed: EndRoom;
    let receiver: string;

    const install = (more: { any?: boolean; private?: boolean } = {}): void => {
      const text = receiverText({
        link: 'pair',
        home: HOME,
        guard: GUARD,
        outer: { local: FIXED, remote: FIRST },
        own: ['10.1.12.37', '10.1.12.38'],
        move,
        any: false,
        private: false,
        ...more,
        root: fixed.root,
        path: fixed.path,
      });
      receiver = fixed.script('receiver', text);
      fixed.put(`${HOME}/address`, `0 ${FIRST} confirmed 0\n`);
    };
    const ask = (request: string, from = OTHER): Promise<Ran> =>
      run([...kind.argv, receiver], { SSH_CONNECTION: `${from} 50000 ${FIXED} 22`, SSH_ORIGINAL_COMMAND: request });
    const tunnel = (): string => fixed.text('/tmp/tunnel').trim();

    beforeEach(() => {
      fixed = new EndRoom(`${FIXED} ${FIRST}`);
      install();
    });
    afterEach(() => fixed.remove());

    it('points the tunnel to where the request comes from, keeps it for the boot, and says so', async () => {
      expect(await ask('provision 1 move 1')).toEqual({ exit: 0, out: `provision 1 done 1 ${OTHER} confirmed` });
      expect(tunnel()).toBe(`${FIXED} ${OTHER}`);
      expect(fixed.text(FILE)).toBe(`# $HOME \`id\` \\ 'quoted'\n${FIXED} ${OTHER}\n`);
      expect(fixed.text('/tmp/done')).toBe(`set it's $HOME ${FIXED} ${OTHER}\n`);
      expect(fixed.text(`${HOME}/address`)).toMatch(new RegExp(`^1 ${OTHER} confirmed [0-9]{10}\n$`));
      expect(fixed.text('/tmp/syslog')).toContain(`updater of pair: ${OTHER} asked: provision 1 move 1: done 1 ${OTHER} confirmed`);
      expect(existsSync(fixed.at(`${GUARD}.receiver`))).toBe(false);
    });

    it('carries out no number twice, and none that is older', async () => {
      await ask('provision 1 move 5');
      expect(await ask('provision 1 move 5')).toEqual({ exit: 0, out: `provision 1 done 5 ${OTHER} confirmed` });
      expect(await ask('provision 1 move 4', FIRST)).toEqual({ exit: 1, out: 'provision 1 stale 5' });
      expect(await ask('provision 1 move 6')).toEqual({ exit: 0, out: `provision 1 same 6 ${OTHER}` });
      expect(fixed.text('/tmp/done').split('\n')).toHaveLength(2);
      expect(await ask('provision 1 see', FIRST)).toEqual({ exit: 0, out: `provision 1 seen ${FIRST} 6 ${OTHER}` });
    });

    it('points again where somebody else has changed the tunnel since', async () => {
      await ask('provision 1 move 1');
      fixed.put('/tmp/tunnel', `${FIXED} 192.0.2.1\n`);
      expect(await ask('provision 1 move 2')).toEqual({ exit: 0, out: `provision 1 done 2 ${OTHER} confirmed` });
      expect(tunnel()).toBe(`${FIXED} ${OTHER}`);
    });

    const HOSTILE: readonly [string, string, string][] = [
      ['', OTHER, 'request'],
      ['sh', OTHER, 'request'],
      ['/bin/sh -i', OTHER, 'request'],
      ['scp -t /etc', OTHER, 'request'],
      ['internal-sftp', OTHER, 'request'],
      ['provision', OTHER, 'version'],
      ['provision 2 move 1', OTHER, 'version'],
      ['provision 1 move', OTHER, 'request'],
      ['provision 1 move x', OTHER, 'request'],
      ['provision 1 move -1', OTHER, 'request'],
      ['provision 1 move 1234567890', OTHER, 'request'],
      ['provision 1 move 1 2 3', OTHER, 'request'],
      ['provision 1 move 1; reboot', OTHER, 'request'],
      ['provision 1 move $(reboot)', OTHER, 'request'],
      ['provision 1 move 1\nreboot', OTHER, 'request'],
      ['provision 1 move *', OTHER, 'request'],
      [`provision 1 move 1 ${'1'.repeat(100)}`, OTHER, 'request'],
      ['provision 1 move 1 198.51.100.77', OTHER, 'given'],
      ['provision 1 move 1', '10.9.9.9', 'private'],
      ['provision 1 move 1', '100.64.0.1', 'private'],
      ['provision 1 move 1', '127.0.0.1', 'family'],
      ['provision 1 move 1', '224.0.0.5', 'family'],
      ['provision 1 move 1', '2001:db8::1', 'family'],
      ['provision 1 move 1', '::ffff:10.0.0.1', 'private'],
      ['provision 1 move 1', FIXED, 'own'],
      ['provision 1 move 1', '10.1.12.38', 'own'],
      ['provision 1 move 1', '$(reboot)', 'family'],
    ];

    it('refuses what is no request or no address, logs it and changes nothing', async () => {
      install({ private: true });
      expect((await ask('provision 1 move 1', '10.1.12.38')).out).toBe('provision 1 refused own');
      install();
      for (const [request, from, code] of HOSTILE.filter((row) => row[2] !== 'own' || row[1] === FIXED)) {
        expect([request, from, await ask(request, from)]).toEqual([request, from, { exit: 1, out: `provision 1 refused ${code}` }]);
        expect(fixed.text('/tmp/syslog')).toMatch(/refused [a-z]+\n$/);
      }
      expect(tunnel()).toBe(`${FIXED} ${FIRST}`);
      expect([fixed.text('/tmp/done'), fixed.text(FILE)]).toEqual(['', '']);
    });

    it('takes an address from the request where the link allows it, and goes back when nothing answers there', async () => {
      install({ any: true });
      expect(await ask('provision 1 move 1 198.51.100.77')).toEqual({ exit: 0, out: 'provision 1 done 1 198.51.100.77 confirmed' });
      rmSync(fixed.at('/tmp/answers'));
      expect(await ask('provision 1 move 2 198.51.100.78')).toEqual({ exit: 1, out: 'provision 1 failed unconfirmed' });
      expect(tunnel()).toBe(`${FIXED} 198.51.100.77`);
      expect(fixed.text(FILE)).toContain('198.51.100.77');
      expect(await ask('provision 1 move 2 198.51.100.78')).toEqual({ exit: 1, out: 'provision 1 failed unconfirmed' });
    });

    it('keeps an address that SSH itself saw even where no ping comes back yet', async () => {
      rmSync(fixed.at('/tmp/answers'));
      expect(await ask('provision 1 move 1')).toEqual({ exit: 0, out: `provision 1 done 1 ${OTHER} unconfirmed` });
      expect(tunnel()).toBe(`${FIXED} ${OTHER}`);
    });

    it('goes back where the host refuses the change', async () => {
      fixed.put('/tmp/broken', '');
      expect(await ask('provision 1 move 1')).toEqual({ exit: 1, out: 'provision 1 failed point' });
      rmSync(fixed.at('/tmp/broken'));
      expect(await ask('provision 1 move 1')).toEqual({ exit: 0, out: `provision 1 done 1 ${OTHER} confirmed` });
    });

    it('says that the boot file could not be written, and writes it when asked again', async () => {
      mkdirSync(fixed.at(FILE));
      expect(await ask('provision 1 move 1')).toEqual({ exit: 1, out: 'provision 1 failed boot' });
      expect(tunnel()).toBe(`${FIXED} ${OTHER}`);
      rmSync(fixed.at(FILE), { recursive: true });
      expect(await ask('provision 1 move 1')).toEqual({ exit: 0, out: `provision 1 done 1 ${OTHER} confirmed` });
      expect(fixed.text(FILE)).toContain(OTHER);
      expect(fixed.text('/tmp/done').split('\n')).toHaveLength(2);
    });

    it('is busy while a run holds the link, and after ten moves in a minute', async () => {
      mkdirSync(fixed.at(GUARD));
      fixed.put(`${GUARD}/armed.abcd`, 'somebody\n');
      expect(await ask('provision 1 move 1')).toEqual({ exit: 1, out: 'provision 1 busy 10' });
      rmSync(fixed.at(GUARD), { recursive: true });
      rmSync(fixed.at('/tmp/answers'));
      fixed.put(`${HOME}/recent`, `${Math.floor(Date.now() / 1000) - 30}\n`.repeat(9));
      expect((await ask('provision 1 move 2')).out).toBe(`provision 1 done 2 ${OTHER} unconfirmed`);
      expect((await ask('provision 1 move 3', FIRST)).out).toMatch(/^provision 1 busy (2[0-9]|30)$/);
      expect(tunnel()).toBe(`${FIXED} ${OTHER}`);
    });

    describe('the sh form', () => {
      let dynamic: EndRoom;
      let updater: string;

      const makeUpdater = (watch: boolean): void => {
        const text = shUpdaterText({
          link: 'pair',
          home: HOME,
          guard: GUARD,
          outer: { local: FIRST, remote: FIXED },
          move,
          via: false,
          ...(watch ? { watch: 'eth0' } : {}),
          read: { words: ['own', 'eth0'], sed: 's/^ *inet \\([0-9.]*\\)\\/.*/\\1/p' },
          ssh: { words: ['ssh', '-o', 'BatchMode=yes'], to: 'root@fixed' },
          root: dynamic.root,
          path: dynamic.path,
        });
        updater = dynamic.script('updater', text);
      };
      /** The stub of ssh is the whole SSH server: the receiver sees the address that the client bound to, or the gateway's. */
      const wire = (gateway = ''): void =>
        dynamic.stub(
          'ssh',
          `[ -f '${dynamic.at('/tmp/cut')}' ] && exit 255
echo "$*" >>'${dynamic.at('/tmp/asked')}'
SSH_CONNECTION="${gateway === '' ? '$4' : gateway} 50000 ${FIXED} 22" SSH_ORIGINAL_COMMAND="$6" exec ${kind.argv.join(' ')} '${receiver}'`,
        );
      const lease = (address: string): void => dynamic.stub('own', `echo '  inet6 fe80::1/64'; echo '    inet ${address}/24 scope global'`);
      const once = (): Promise<Ran> => run([...kind.argv, updater], {});
      const asked = (): number => dynamic.text('/tmp/asked').split('\n').length - 1;

      beforeEach(() => {
        dynamic = new EndRoom(`${FIRST} ${FIXED}`);
        makeUpdater(true);
        lease(FIRST);
        wire();
      });
      afterEach(() => dynamic.remove());

      it('asks nobody and changes nothing while the address stays', async () => {
        expect(await once()).toEqual({ exit: 0, out: '' });
        expect([asked(), dynamic.text('/tmp/done')]).toEqual([0, '']);
      });

      it('changes its own end and tells the other one, once', async () => {
        lease(OTHER);
        expect((await once()).exit).toBe(0);
        expect([dynamic.text('/tmp/tunnel').trim(), tunnel()]).toEqual([`${OTHER} ${FIXED}`, `${FIXED} ${OTHER}`]);
        expect(dynamic.text(FILE)).toContain(`${OTHER} ${FIXED}`);
        expect(dynamic.text('/tmp/asked')).toBe(`-o BatchMode=yes -b ${OTHER} root@fixed provision 1 move 1\n`);
        await once();
        expect(asked()).toBe(1);
      });

      it('does not lose what it wanted to say while nobody answered, and says the last', async () => {
        dynamic.put('/tmp/cut', '');
        lease('198.51.100.8');
        expect((await once()).exit).toBe(1);
        lease(OTHER);
        expect((await once()).exit).toBe(1);
        rmSync(dynamic.at('/tmp/cut'));
        expect((await once()).exit).toBe(0);
        expect([tunnel(), fixed.text(`${HOME}/address`).split(' ')[0]]).toEqual([`${FIXED} ${OTHER}`, '2']);
      });

      it('goes on from the number of the other end after its own was lost', async () => {
        fixed.put(`${HOME}/address`, `7 ${FIRST} confirmed 0\n`);
        lease(OTHER);
        expect((await once()).exit).toBe(0);
        expect(fixed.text(`${HOME}/address`)).toMatch(/^8 /);
      });

      it('mends its own end after a boot with an older address', async () => {
        dynamic.put('/tmp/tunnel', `203.0.113.1 ${FIXED}\n`);
        expect((await once()).exit).toBe(0);
        expect([dynamic.text('/tmp/tunnel').trim(), asked()]).toEqual([`${FIRST} ${FIXED}`, 0]);
      });

      it('behind a gateway asks only when the tunnel is silent', async () => {
        makeUpdater(false);
        wire(OTHER);
        expect((await once()).exit).toBe(0);
        expect(asked()).toBe(0);
        rmSync(dynamic.at('/tmp/answers'));
        expect((await once()).exit).toBe(0);
        expect([asked(), tunnel(), dynamic.text('/tmp/tunnel').trim()]).toEqual([1, `${FIXED} ${OTHER}`, `${FIRST} ${FIXED}`]);
      });
    });
  });
}
