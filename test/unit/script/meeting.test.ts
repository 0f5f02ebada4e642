/**
 * The meeting point of two ends that both move, in the shells that are /bin/sh somewhere: it notes and tells and changes nothing else, the sh forms of both
 * ends find each other by it, and the simulated one answers word for word the same.
 */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { meetingText, shUpdaterText } from '../../../src/script/updater-text.js';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';
import { receive } from '../../../src/twin/receiver.js';
import { readReceiver } from '../../../src/twin/receiver-file.js';
import { seenIn } from '../../../src/twin/receiver-request.js';
import { isInstalled, SYSTEM_SHELLS } from './shell.js';
import { EndRoom, FILE, GUARD, HOME, move, type Ran, run } from './updater-room.js';

const MEET = '212.25.240.34';
const FIRST = { left: '217.154.12.2', right: '217.154.12.3' } as const;
type End = keyof typeof FIRST;
const other = (end: End): End => (end === 'left' ? 'right' : 'left');
const SECONDS = 1_800_000_000;

const scriptOf = (end: End, where: { readonly root?: string; readonly path?: string }): string =>
  meetingText({
    ...{ link: 'pair', home: HOME, guard: GUARD, local: MEET, own: ['10.1.12.37', '10.1.12.38'], private: false },
    ...{ end, other: other(end), ...where },
  });

/** A third host; its clock is a stub, except for busybox, which has one within itself. */
class MeetingRoom extends EndRoom {
  readonly scripts: Readonly<Record<End, string>>;

  constructor() {
    super('');
    this.stub('date', `cat '${this.at('/tmp/now')}'`);
    this.stub('sync', ':');
    this.put('/tmp/now', `${SECONDS}\n`);
    const make = (end: End): string => this.script(`meeting.${end}`, scriptOf(end, this));
    this.scripts = { left: make('left'), right: make('right') };
    for (const end of ['left', 'right'] as const) this.put(`${HOME}/at.${end}`, `0 ${FIRST[end]} 0\n`);
  }
}

const HOSTILE = [
  '', 'id', 'provision 1 meet', 'provision 1 meet x', 'provision 1 meet -1', 'provision 1 meet 1 198.51.100.9', 'provision 2 meet 1', 'provision 1 move 1',
  'provision 1 meet 1;id', 'provision 1 meet $(id)', `provision 1 meet ${'1'.repeat(80)}`, 'provision 1 meet 1234567890', 'provision 1 meet *', '../left',
]; // biome-ignore format: a table

for (const kind of SYSTEM_SHELLS) {
  describe.skipIf(!isInstalled(kind))(`meeting point in ${kind.name}`, () => {
    let meet: MeetingRoom;
    const ask = (end: End, request: string, from: string): Promise<Ran> =>
      run([...kind.argv, meet.scripts[end]], { SSH_CONNECTION: `${from} 50000 ${MEET} 22`, SSH_ORIGINAL_COMMAND: request });

    beforeEach(() => {
      meet = new MeetingRoom();
    });
    afterEach(() => meet.remove());

    it('notes where an end is and says where the other one was seen last', async () => {
      expect(await ask('left', 'provision 1 meet 1', '198.51.100.1')).toEqual({ exit: 0, out: `provision 1 met 1 198.51.100.1 ${FIRST.right}` });
      expect(await ask('right', 'provision 1 meet 1', '198.51.100.2')).toEqual({ exit: 0, out: 'provision 1 met 1 198.51.100.2 198.51.100.1' });
      expect(await ask('left', 'provision 1 meet 2', '198.51.100.1')).toEqual({ exit: 0, out: 'provision 1 met 2 198.51.100.1 198.51.100.2' });
      expect(await ask('left', 'provision 1 meet 1', '198.51.100.7')).toEqual({ exit: 1, out: 'provision 1 stale 2' });
      expect(await ask('left', 'provision 1 see', '198.51.100.7')).toEqual({ exit: 0, out: 'provision 1 seen 198.51.100.7 2 198.51.100.1' });
      expect(meet.text(`${HOME}/at.left`)).toMatch(/^2 198\.51\.100\.1 \d{10}\n$/);
    });

    it('refuses everything else and changes nothing by it', async () => {
      for (const request of HOSTILE) {
        const said = await ask('left', request, '198.51.100.1');
        expect([request, said.exit]).toEqual([request, 1]);
        expect(said.out).toMatch(/^provision 1 refused (request|version)$/);
      }
      for (const [from, code] of [
        ['10.0.0.9', 'private'],
        ['127.0.0.1', 'family'],
        [MEET, 'own'],
        ['10.1.12.38', 'own'],
        ['2001:db8::1', 'family'],
      ] as const) {
        expect([from, (await ask('left', 'provision 1 meet 1', from)).out]).toEqual([from, `provision 1 refused ${code}`]);
      }
      expect(meet.text(`${HOME}/at.left`)).toBe(`0 ${FIRST.left} 0\n`);
    });

    it('ten addresses in a minute are enough, and the other end is none the worse for it', async () => {
      for (let n = 1; n <= 10; n += 1) expect((await ask('left', `provision 1 meet ${n}`, `198.51.100.${n}`)).exit).toBe(0);
      expect((await ask('left', 'provision 1 meet 11', '198.51.100.11')).out).toMatch(/^provision 1 busy (60|[45]\d)$/);
      expect((await ask('left', 'provision 1 meet 12', '198.51.100.10')).out).toBe(`provision 1 met 12 198.51.100.10 ${FIRST.right}`);
      expect((await ask('right', 'provision 1 meet 1', '198.51.100.99')).exit).toBe(0);
    });

    describe('the sh forms of both ends', () => {
      const rooms = new Map<End, EndRoom>();
      const updaters = new Map<End, string>();
      const room = (end: End): EndRoom => rooms.get(end) as EndRoom;
      const lease = (end: End, address: string): void => room(end).stub('own', `echo '    inet ${address}/24 scope global'`);
      const once = (end: End): Promise<Ran> => run([...kind.argv, updaters.get(end) ?? ''], {});
      const tunnels = (): string[] => (['left', 'right'] as const).map((end) => room(end).text('/tmp/tunnel').trim());

      beforeEach(() => {
        for (const end of ['left', 'right'] as const) rooms.set(end, new EndRoom(`${FIRST[end]} ${FIRST[other(end)]}`));
        for (const end of ['left', 'right'] as const) {
          const at = room(end);
          updaters.set(
            end,
            at.script(
              'updater',
              shUpdaterText({
                ...{
                  link: 'pair',
                  home: HOME,
                  guard: GUARD,
                  outer: { local: FIRST[end], remote: FIRST[other(end)] },
                  move,
                  via: true,
                  watch: 'eth0',
                },
                read: { words: ['own', 'eth0'], sed: 's/^ *inet \\([0-9.]*\\)\\/.*/\\1/p' },
                ssh: { words: ['ssh', '-o', 'BatchMode=yes'], to: 'root@meet' },
                root: at.root,
                path: at.path,
              }),
            ),
          );
          at.stub('sync', ':');
          at.stub('sleep', ':');
          // `meanwhile`: what happens once, after an end has got its answer.
          at.stub(
            'ssh',
            `[ -f '${at.at('/tmp/cut')}' ] && exit 255
echo "$*" >>'${at.at('/tmp/asked')}'
SSH_CONNECTION="$4 50000 ${MEET} 22" SSH_ORIGINAL_COMMAND="$6" ${kind.argv.join(' ')} '${meet.scripts[end]}'
said=$?
if [ -f '${at.at('/tmp/meanwhile')}' ]; then
  mv '${at.at('/tmp/meanwhile')}' '${at.at('/tmp/then')}'
  . '${at.at('/tmp/then')}' >/dev/null
fi
exit $said`,
          );
          // Answered where both tunnels mirror each other.
          at.stub(
            'reach-it',
            `set -- \`cat '${at.at('/tmp/tunnel')}'\`; [ "\`cat '${room(other(end)).at('/tmp/tunnel')}'\`" = "$2 $1" ] && echo '1 packets transmitted, 1 received'`,
          );
          lease(end, FIRST[end]);
        }
      });
      afterEach(() => {
        for (const at of rooms.values()) at.remove();
      });

      it('ask nobody while the tunnel answers', async () => {
        expect([await once('left'), await once('right')]).toEqual([
          { exit: 0, out: '' },
          { exit: 0, out: '' },
        ]);
        expect([room('left').text('/tmp/asked'), room('right').text('/tmp/asked')]).toEqual(['', '']);
      });

      it('follow each other after both have moved, boot files too', async () => {
        lease('left', '198.51.100.1');
        lease('right', '198.51.100.2');
        // The left end comes first and hears nothing new; the right end speaks while it waits.
        room('left').put('/tmp/meanwhile', `${kind.argv.join(' ')} '${updaters.get('right') ?? ''}'\n`);
        expect((await once('left')).exit).toBe(0);
        expect(tunnels()).toEqual(['198.51.100.1 198.51.100.2', '198.51.100.2 198.51.100.1']);
        expect(room('left').text(FILE)).toContain('198.51.100.1 198.51.100.2');
        expect(room('right').text(FILE)).toContain('198.51.100.2 198.51.100.1');
        expect(room('left').text(`${HOME}/updater.state`)).toMatch(/^\d+ 198\.51\.100\.1 told \d+ 198\.51\.100\.2\n$/);
        const asked = room('left').text('/tmp/asked');
        expect(await once('left')).toEqual({ exit: 0, out: '' });
        expect(room('left').text('/tmp/asked')).toBe(asked);
      });

      it('an end that stayed follows the other by the silence of the tunnel; one that could not speak does so later', async () => {
        lease('left', '198.51.100.1');
        room('left').put('/tmp/cut', '');
        expect((await once('left')).exit).toBe(1);
        expect((await once('right')).exit).toBe(1);
        expect(tunnels()).toEqual([`198.51.100.1 ${FIRST.right}`, `${FIRST.right} ${FIRST.left}`]);
        lease('right', FIRST.right);
        rmSync(room('left').at('/tmp/cut'));
        expect((await once('left')).exit).toBe(1);
        expect((await once('right')).exit).toBe(0);
        expect(tunnels()).toEqual([`198.51.100.1 ${FIRST.right}`, `${FIRST.right} 198.51.100.1`]);
      });
    });
  });
}

it('the simulated meeting point says, notes and logs what the real one does', async () => {
  const meet = new MeetingRoom();
  const host = new SimulatedHost({ name: 'meet', system: 'Debian 12', addresses: [MEET] }, new Internet());
  host.internet.clock = () => SECONDS * 1000;
  for (const end of ['left', 'right'] as const) host.system.files.write(`${HOME}/at.${end}`, `0 ${FIRST[end]} 0\n`, 0o600);
  try {
    const moves = Array.from({ length: 12 }, (_, i): [End, string, string] => ['left', `provision 1 meet ${i + 5}`, `198.51.100.${i + 5}`]);
    const asked: readonly [End, string, string][] = [
      ...HOSTILE.map((request): [End, string, string] => ['left', request, '198.51.100.1']),
      ['left', 'provision 1 see', '198.51.100.1'],
      ['left', 'provision 1 meet 0', FIRST.left],
      ['left', 'provision 1 meet 0', '198.51.100.1'],
      ['left', 'provision 1 meet 1', '10.0.0.1'],
      ['left', 'provision 1 meet 1', MEET],
      ['left', 'provision 1 meet 1', '198.51.100.1'],
      ['right', 'provision 1 meet 3', '198.51.100.2'],
      ['left', 'provision 1 meet 2', '198.51.100.1'],
      ['left', 'provision 1 meet 1', '198.51.100.1'],
      ...moves,
    ];
    for (const [end, request, from] of asked) {
      const connection = `${from} 50000 ${MEET} 22`;
      const real = await run(['dash', meet.scripts[end]], { SSH_CONNECTION: connection, SSH_ORIGINAL_COMMAND: request });
      const file = readReceiver(scriptOf(end, {}));
      const simulated = file === undefined ? undefined : await receive(host, file, request, seenIn(connection));
      expect([request, simulated?.exit, simulated?.line]).toEqual([request, real.exit, real.out]);
      for (const name of ['at.left', 'at.right', 'recent.left', 'recent.right']) {
        expect([request, name, host.system.files.read(`${HOME}/${name}`) ?? '']).toEqual([request, name, meet.text(`${HOME}/${name}`)]);
      }
      expect(meet.text('/tmp/syslog').split('\n').at(-2)).toContain((host.syslog.at(-1) ?? '').replace('provision: ', ''));
    }
  } finally {
    meet.remove();
  }
});
