/**
 * Two ends that both move and the host where they meet, on real kernels with real OpenSSH: whoever moves, the tunnel comes back. One lab, tests in order: each
 * begins where the one before it ended.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab } from '../lab/lab.js';
import { sleep } from '../lab/run.js';
import { HOME } from './rig.js';
import { ENDS, type End, MeetingRig } from './via-rig.js';

const PERIOD = 5;
/** Seconds that the tunnel may take: a tick of each end, an update on each, and the 15 s in which an end that has said something asks again. */
const LIMIT = 60;
const LONG = { timeout: 600_000 };

describeLab('an updater via a meeting point, between two real Linux hosts that both move', () => {
  let rig: MeetingRig;
  let before: Awaited<ReturnType<MeetingRig['files']>>;
  const figure = (text: string): void => console.log(`figure: ${text}`);

  beforeAll(async () => {
    rig = await MeetingRig.start();
    const linked = await rig.provision('link', 'pair', '--yes', '--guard', '240');
    expect([linked.exit, linked.exit === 0 ? '' : linked.stderr]).toEqual([0, '']);
    before = await rig.files();
  }, 900_000);
  afterAll(() => rig?.lab.stop(), 60_000);

  it(
    'install puts an updater on both ends and their scripts on the meeting point, of root alone; a second time there is nothing to do',
    LONG,
    async () => {
      const ran = await rig.provision('updater', 'install', 'pair', '--yes');
      expect([ran.exit, ran.exit === 0 ? '' : ran.stderr]).toEqual([0, '']);
      expect(await rig.must('m', `cd ${HOME} && stat -c '%a %U %n' . meeting.a meeting.b`)).toBe(
        '700 root .\n700 root meeting.a\n700 root meeting.b\n',
      );
      expect(await rig.must('m', 'ip -o link show type gre | grep -c gre1 || true')).toBe('0\n');
      const again = await rig.provision('updater', 'install', 'pair', '--yes');
      expect([again.exit, again.stdout + again.stderr]).toEqual([0, expect.stringContaining('nothing to do')]);
    },
  );

  it.each<readonly [string, readonly End[]]>([
    ['a', ['a']],
    ['b', ['b']],
    ['both at once', ENDS],
    ['both at once, again', ENDS],
  ])('another address of %s: the tunnel is back by itself', LONG, async (name, ends) => {
    await rig.startUpdaters(PERIOD);
    try {
      await sleep(2 * PERIOD * 1000);
      await rig.move(...ends);
      expect(await rig.pings()).toBe(false);
      const seconds = await rig.back(LIMIT);
      figure(`${name}: back after ${seconds.toFixed(1)} s with a schedule of ${PERIOD} s`);
      expect(seconds).toBeLessThan(LIMIT);
      await expect.poll(() => rig.differences(), { timeout: 60_000, interval: 1000 }).toEqual([]);
    } finally {
      await rig.stopUpdaters();
    }
  });

  it('both move while the meeting point cannot be reached: the tunnel is back once it can', LONG, async () => {
    await rig.startUpdaters(PERIOD);
    try {
      await rig.lab.cable('m', 'down');
      await rig.move(...ENDS);
      await sleep(20_000);
      expect(await rig.pings()).toBe(false);
      await rig.lab.cable('m', 'up');
      const seconds = await rig.back(LIMIT);
      figure(`meeting point away for 20 s: back ${seconds.toFixed(1)} s after its return`);
      expect(seconds).toBeLessThan(LIMIT);
      await expect.poll(() => rig.differences(), { timeout: 60_000, interval: 1000 }).toEqual([]);
    } finally {
      await rig.stopUpdaters();
    }
  });

  it.each(ENDS)('the key of %s opens nothing but its script', LONG, async (end) => {
    const was = await rig.files();
    for (const request of ['id', '', 'provision 1 move 99', 'provision 1 meet 99 203.0.113.7', 'provision 1 meet 99; touch /tmp/owned']) {
      const ran = await rig.ask(end, request);
      expect([request, ran.exit, ran.stdout]).toEqual([request, 1, 'provision 1 refused request\n']);
    }
    const own = new RegExp(`^${HOME}/(meeting\\.[ab]\\.log|recent\\.[ab])$`);
    const kept = (files: typeof before) => [...files].filter(([path]) => !own.test(path));
    expect(kept(await rig.files())).toEqual(kept(was));
  });

  it('uninstall leaves an empty folder on the meeting point and nothing else, and the link as it is', LONG, async () => {
    rig.know();
    const ran = await rig.provision('updater', 'uninstall', 'pair', '--yes');
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr]).toEqual([0, '']);
    const left = await rig.files();
    expect([...left.keys()].filter((path) => !before.has(path))).toEqual(['/var/lib/provision', HOME]);
    expect([...left].filter(([path]) => before.has(path))).toEqual([...before]);
    expect(await rig.pings()).toBe(true);
    expect((await rig.provision('verify', 'pair')).exit).toBe(0);
  });
});
