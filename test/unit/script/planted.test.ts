/**
 * What somebody else may have put where the guard keeps its state, in the shells that systems have as /bin/sh: it is refused or taken away, never followed,
 * read as ours, written through or run.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArmCall, Call, CallRecord } from '../../../src/model/wire.js';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import { guardScript } from '../../../src/script/guard.js';
import { openSession, type Session } from '../../../src/script/session.js';
import { Room } from './room.js';
import { isInstalled, SYSTEM_SHELLS, startShell } from './shell.js';

const STATE = '/run/provision.pair';
const KEEP = '/keep/pair';
const RUN = 'abcdef0123456789';
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** A host's root folder with one shell, and what was planted there. */
class Scene {
  readonly room = new Room();
  private constructor(readonly session: Session) {}

  static async open(kind: (typeof SYSTEM_SHELLS)[number]): Promise<Scene> {
    const room = new Room();
    const scene = new Scene(await openSession(startShell(kind), { root: room.root, path: room.path }));
    scene.room.remove();
    return Object.assign(scene, { room }).fresh();
  }

  /** As before anything was planted. `/victim` is what a link may lead to. */
  fresh(): this {
    this.room.reset();
    for (const dir of ['/run', '/victim']) mkdirSync(this.room.at(dir), { mode: 0o755 });
    writeFileSync(this.room.at('/victim/file'), 'precious\n');
    this.room.stub('undo-it', `echo undone >>'${this.room.at('/tmp/undone')}'`);
    return this;
  }

  at(path: string): string {
    return this.room.at(path);
  }

  /** The state folder as it should be. */
  right(): this {
    mkdirSync(this.at(STATE), { mode: 0o700 });
    return this;
  }

  /** A script that tells if it is ever run. */
  trap(name: string): void {
    writeFileSync(this.at(`${STATE}/${name}`), `touch '${this.at('/tmp/trapped')}'\n`, { mode: 0o755 });
  }

  async arm(seconds = 30): Promise<CallRecord | undefined> {
    const undo: Call[][] = [[{ verb: 'try', id: 'u', words: ['undo-it'] }]];
    const script = guardScript({ undo, settle: [] }, { state: STATE, keep: KEEP, run: RUN, root: this.room.root, path: this.room.path });
    const call: ArmCall = { verb: 'arm', id: 'guard', state: STATE, keep: KEEP, run: RUN, seconds, holder: 'us', script, timer: [] };
    return (await this.session.run([call])).records.get('guard');
  }

  async disarm(): Promise<void> {
    await this.session.run([{ verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run: RUN, cancel: [] }]);
  }

  /** The guard stands in a folder that is root's alone, with its own script. */
  expectArmed(): void {
    expect(lstatSync(this.at(STATE)).mode & 0o777).toBe(0o700);
    const undo = lstatSync(this.at(`${STATE}/undo.${RUN}`));
    expect([undo.isFile(), undo.mode & 0o777, undo.uid]).toEqual([true, 0o600, 0]);
    expect(readFileSync(this.at(`${STATE}/undo.${RUN}`), 'utf8')).toMatch(/^#!\/bin\/sh\n# provision: /);
  }

  expectVictim(): void {
    expect(readdirSync(this.at('/victim'))).toEqual(['file']);
    expect(readFileSync(this.at('/victim/file'), 'utf8')).toBe('precious\n');
    expect(existsSync(this.at('/tmp/trapped'))).toBe(false);
  }

  async close(): Promise<void> {
    await this.disarm();
    await this.session.close();
    await sleep(50);
    this.room.remove();
  }
}

/** What may stand in the place of the state folder, the status of `arm`, and that it is left as it was. */
const INSTEAD: Readonly<Record<string, { readonly plant: (scene: Scene) => void; readonly exit: number; readonly left: (scene: Scene) => boolean }>> =
  {
    'a link to a folder': {
      plant: (s) => symlinkSync(s.at('/victim'), s.at(STATE)),
      exit: 2,
      left: (s) => readlinkSync(s.at(STATE)) === s.at('/victim'),
    },
    'a link to a folder that is root’s alone': {
      plant: (s) => {
        chmodSync(s.at('/victim'), 0o700);
        symlinkSync(s.at('/victim'), s.at(STATE));
      },
      exit: 2,
      left: (s) => readlinkSync(s.at(STATE)) === s.at('/victim'),
    },
    'a link to nothing': {
      plant: (s) => symlinkSync(s.at('/victim/none'), s.at(STATE)),
      exit: 2,
      left: (s) => readlinkSync(s.at(STATE)) === s.at('/victim/none'),
    },
    'a file': {
      plant: (s) => writeFileSync(s.at(STATE), 'a file\n', { mode: 0o700 }),
      exit: 5,
      left: (s) => readFileSync(s.at(STATE), 'utf8') === 'a file\n',
    },
    'a fifo': {
      plant: (s) => void execFileSync('mkfifo', ['-m', '0700', s.at(STATE)]),
      exit: 5,
      left: (s) => lstatSync(s.at(STATE)).isFIFO(),
    },
    'a folder of another user': {
      plant: (s) => chownSync(s.right().at(STATE), NOBODY, 0),
      exit: 3,
      left: (s) => readdirSync(s.at(STATE)).length === 0 && lstatSync(s.at(STATE)).uid === NOBODY,
    },
    ...Object.fromEntries(
      [0o755, 0o1777, 0o710].map((mode) => [
        `a folder of mode 0${mode.toString(8)}`,
        {
          plant: (s: Scene) => chmodSync(s.right().at(STATE), mode),
          exit: 3,
          left: (s: Scene) => readdirSync(s.at(STATE)).length === 0 && (lstatSync(s.at(STATE)).mode & 0o7777) === mode,
        },
      ]),
    ),
  };

for (const kind of SYSTEM_SHELLS) {
  describe.skipIf(!isInstalled(kind) || !isRoot)(`planted before the guard, in ${kind.name}`, () => {
    let scene: Scene;
    beforeEach(async () => {
      scene = await Scene.open(kind);
    });
    afterEach(() => scene.close());

    it.each(Object.entries(INSTEAD))('in the place of its folder: %s is refused and left as it is', async (_name, { plant, exit, left }) => {
      plant(scene);
      const record = await scene.arm();
      expect([record?.exit, record?.changed]).toEqual([exit, false]);
      expect(Buffer.from(record?.stderr ?? []).length).toBeGreaterThan(10);
      expect(left(scene)).toBe(true);
      scene.expectVictim();
    });

    it('in its folder: names of its own that are links, folders or files of others are taken away or refused, not written through', async () => {
      for (const name of ['undo', 'touched', 'timer', 'log', 'disarmed', 'undoing.gone', 'armed.gone']) {
        scene.fresh().right();
        const planted = scene.at(`${STATE}/${name.includes('.') ? name : `${name}.${RUN}`}`);
        symlinkSync(scene.at(name.includes('.') ? '/victim/none' : '/victim/file'), planted);
        expect([name, (await scene.arm())?.exit]).toEqual([name, 0]);
        scene.expectArmed();
        scene.expectVictim();
        expect(lstatSync(planted, { throwIfNoEntry: false })?.isSymbolicLink() ?? false).toBe(false);
        await scene.disarm();
      }
      scene.fresh().right();
      mkdirSync(scene.at(`${STATE}/undo.${RUN}`));
      expect((await scene.arm())?.exit).toBe(5);
    });

    it('in its folder: a token of a run that is none is a lock, and nothing of it is run', async () => {
      scene.right();
      writeFileSync(scene.at(`${STATE}/armed.x`), 'somebody\n');
      scene.trap('undo.x');
      const record = await scene.arm();
      expect([record?.exit, Buffer.from(record?.stderr ?? []).toString()]).toEqual([7, 'somebody\n']);
      scene.expectVictim();
    });

    it('in its folder: a script under the name of ours is replaced, and ours is what runs', { timeout: 60_000 }, async () => {
      scene.right();
      scene.trap(`undo.${RUN}`);
      scene.trap('undo.x');
      expect((await scene.arm(5))?.exit).toBe(0);
      scene.expectArmed();
      await scene.session.run([
        { verb: 'join', id: 'join', state: STATE, keep: KEEP, run: RUN, mode: 'now' },
        { verb: 'run', id: 'r', words: ['true'] },
      ]);
      for (const end = Date.now() + 30_000; Date.now() < end && !existsSync(scene.at(`${STATE}/undone.${RUN}`)); ) await sleep(50);
      expect(readFileSync(scene.at('/tmp/undone'), 'utf8')).toBe('undone\n');
      scene.expectVictim();
    });

    it('a door that is a link, a file or a folder holds it for some seconds, and is not followed', { timeout: 30_000 }, async () => {
      const plants: ((path: string, s: Scene) => void)[] = [
        (path, s) => symlinkSync(s.at('/victim'), path),
        (path) => writeFileSync(path, ''),
        (path) => mkdirSync(path),
      ];
      await Promise.all(
        plants.map(async (plant) => {
          const one = await Scene.open(kind);
          plant(one.right().at(`${STATE}/door`), one);
          expect((await one.arm())?.exit).toBe(0);
          one.expectArmed();
          one.expectVictim();
          await one.close();
        }),
      );
    });

    it('a parent that is a link of root’s (/var/run to /run): the folder is made behind it and is root’s alone', async () => {
      execFileSync('mv', [scene.at('/run'), scene.at('/real')]);
      symlinkSync(scene.at('/real'), scene.at('/run'));
      expect((await scene.arm())?.exit).toBe(0);
      scene.expectArmed();
      expect(lstatSync(scene.at('/real/provision.pair')).isDirectory()).toBe(true);
    });

    it('in the place of the folder that outlasts a reboot: a link or a folder of another user is refused', async () => {
      symlinkSync(scene.at('/victim'), scene.at('/keep'));
      expect((await scene.arm())?.exit).toBe(2);
      scene.fresh();
      mkdirSync(scene.at(KEEP), { recursive: true, mode: 0o700 });
      chownSync(scene.at(KEEP), NOBODY, 0);
      expect((await scene.arm())?.exit).toBe(3);
      expect(readdirSync(scene.at(KEEP))).toEqual([]);
      scene.expectVictim();
    });
  });
}

describe('playbooks', async () => {
  const playbooks = await loadPlaybooks();
  it.each(
    playbooks.map((p) => [p.name, p.guard.state, p.guard.keep] as const),
  )('%s keeps the guard where only root may write', (_name, state, keep) => {
    expect(state).toMatch(/^(\/var)?\/run\/[a-z]+$/);
    expect(keep).toMatch(/^\/var\/(db|lib)\/[a-z]+$/);
  });
});
