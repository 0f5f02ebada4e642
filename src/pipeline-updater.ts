/**
 * The order in which an updater is put on its two hosts or taken away, and the only file that knows it: survey, plan, ask, dynamic end, fixed end, dynamic
 * end again, proof.
 *
 * In: a world and a link. Out: what was planned, what came of it. Why three turns: the fixed end must have the key before the dynamic end is started, and the
 * dynamic end makes the key.
 */
import { parseAnswer } from './address/answer.js';
import { configText } from './address/config.js';
import { moveOf } from './apply/move.js';
import { both, planPair, surveyPair } from './apply/pair.js';
import { type Applied, applySteps } from './apply/steps.js';
import { askedHost, movingEnds, type UpdaterEnds, updaterEnds } from './apply/updater-ends.js';
import { meetingPaths, pathsOf, sshWords, worksWith } from './apply/updater-files.js';
import { homeOf, type Looks, planInstall, publicKeyOf, type Start, type UpdaterPlan, type Wish } from './apply/updater-install.js';
import { lookAt, type UpdaterLook } from './apply/updater-look.js';
import { cronFolders, cronPrograms, playbookPaths } from './apply/updater-plan.js';
import { planUninstall } from './apply/updater-remove.js';
import { linkOf, onlyEnd, type World } from './apply/world.js';
import { ProvisionError, ProvisionErrors } from './errors/error.js';
import type { Step } from './model/plan.js';
import { stepCount } from './plan/pair.js';

export interface UpdaterOptions {
  readonly goal: UpdaterPlan['goal'];
  /** The dynamic end, where the inventory leaves it open. */
  readonly end?: string;
  readonly start: Start;
  readonly program: string;
  /** Every no is only because nothing is to be done: all plans are shown. */
  readonly dryRun?: boolean;
  /** Asked with the plan; only where there is something to do. */
  readonly agree: (plan: UpdaterPlan) => Promise<boolean>;
}

export interface UpdaterDone {
  readonly plan: UpdaterPlan;
  /** pending: nobody said yes. */
  readonly state: 'as-wanted' | 'pending' | 'done';
  /** Where the fixed end sees the dynamic end; absent where it was not asked. */
  readonly seen?: string;
}

/** Paths of everything of ours that may stand in the folder of a link. */
function ownPaths(home: string): string[] {
  const { home: _home, ...files } = pathsOf(home);
  return [...Object.values(files), ...worksWith(home)];
}

async function lookNear(world: World, { dynamic }: UpdaterEnds, program: string | undefined): Promise<UpdaterLook> {
  const { playbook, values } = dynamic.input;
  const home = homeOf(dynamic);
  const started = playbookPaths(playbook, values.with({ home, schedule: '', program: '' }));
  return lookAt(await world.hosts.shell(dynamic.host), {
    host: dynamic.host,
    home,
    paths: [...new Set([...ownPaths(home), ...started])],
    ...(program === undefined ? {} : { program }),
    folders: cronFolders(playbook),
    crons: cronPrograms(playbook),
  });
}

async function lookFar(world: World, ends: UpdaterEnds): Promise<UpdaterLook> {
  const { dynamic, fixed, via } = ends;
  const { host, keep, target } = askedHost(ends);
  const meeting = (a: string, b: string): string[] => {
    const { more, ...files } = meetingPaths(keep, a, b);
    return [...Object.values(files), ...more];
  };
  const paths = via === undefined ? ownPaths(keep) : [...meeting(dynamic.host, fixed.host), ...meeting(fixed.host, dynamic.host)];
  return lookAt(await world.hosts.shell(host), { host, home: keep, paths: [...new Set(paths)], account: target.user });
}

async function look(world: World, ends: UpdaterEnds, program: string | undefined): Promise<Looks> {
  const [near, far] = await both(['near', 'far'], (which) => (which === 'near' ? lookNear(world, ends, program) : lookFar(world, ends)));
  return { dynamic: near, fixed: far };
}

/** Both ends of the link as they stand. */
interface Ready {
  readonly found: Awaited<ReturnType<typeof surveyPair>>;
  /** Bytes. */
  readonly mtu: number;
}

/** @throws {ProvisionError} LINK_NOT_READY where the link itself is not as wanted. */
async function linkReady(world: World, name: string, goal: UpdaterPlan['goal']): Promise<Ready> {
  if (onlyEnd(world, name) !== undefined) {
    throw new ProvisionError('HOST_THEIRS', `An updater works on both ends of ${name}, and one of them is another operator's.`, {
      state: 'Nothing was changed.',
    });
  }
  const found = await surveyPair(world, name, { reach: false });
  const plan = planPair(world, name, found, 'link');
  if (goal === 'install' && stepCount(plan) > 0) {
    throw new ProvisionError('LINK_NOT_READY', `${name} is not as wanted yet: ${stepCount(plan)} steps are to be done first.`, {
      state: 'Nothing was changed.',
      next: `Run: provision link ${name}`,
    });
  }
  return { found, mtu: plan.mtu.bytes };
}

async function carryOut(world: World, link: string, host: string, steps: readonly Step[]): Promise<void> {
  const shell = await world.hosts.shell(host);
  const applied: Applied = await applySteps(shell, host, steps, (p) => world.options.emit({ type: 'step', link, host, ...p }));
  if (applied.error === undefined) return;
  const { code, message, details } = applied.error;
  throw new ProvisionError(code, message, {
    ...details,
    next: 'What was done so far stays and does no harm. Mend the reason, then run the same again.',
  });
}

/** Public key lines hold no secret; the private one is never read. */
const PUBLIC = /^ssh-[a-z0-9-]+ [A-Za-z0-9+/]{40,}={0,3}( [ -~]*)?$/;

async function madeKey(world: World, ends: UpdaterEnds): Promise<string> {
  const path = pathsOf(homeOf(ends.dynamic)).publicKey;
  const shell = await world.hosts.shell(ends.dynamic.host);
  const { records } = await shell.run([{ verb: 'look', id: 'key', path }]);
  const text = Buffer.from(records.get('key')?.stdout ?? [])
    .toString('latin1')
    .trim();
  if (PUBLIC.test(text)) return text;
  throw new ProvisionError('STEP_UNPROVEN', `${path} on ${ends.dynamic.host} does not hold a public key.`, { host: ends.dynamic.host });
}

const stepsOf = (plan: UpdaterPlan): number => plan.dynamic.first.length + plan.dynamic.last.length + plan.fixed.steps.length;

async function uninstalled(world: World, ends: UpdaterEnds, looks: Looks, wish: Wish, options: UpdaterOptions): Promise<UpdaterDone> {
  const plan = planUninstall(ends, looks, wish);
  if (stepsOf(plan) === 0) return { plan, state: 'as-wanted' };
  if (!(await options.agree(plan))) return { plan, state: 'pending' };
  await carryOut(world, plan.link, plan.fixed.host, plan.fixed.steps);
  await carryOut(world, plan.link, plan.dynamic.host, plan.dynamic.last);
  return { plan, state: 'done' };
}

/**
 * The first question, by the key and the client that will ask from now on. Changes nothing.
 * @throws {ProvisionError} UPDATER_REFUSED where the fixed end gives no answer.
 */
async function asked(world: World, ends: UpdaterEnds, looks: Looks, { config }: UpdaterPlan): Promise<{ readonly seen?: string }> {
  const { dynamic } = ends;
  const { host } = askedHost(ends);
  // A simulated host has no client that could call another one.
  if (config === undefined || world.simulated(dynamic.host)) return {};
  const { user, address } = config.fixed;
  const words = [...sshWords(pathsOf(homeOf(dynamic)), config.fixed, looks.dynamic.version), '-b', config.outer.local, `${user}@${address}`];
  const shell = await world.hosts.shell(dynamic.host);
  const { records } = await shell.run([{ verb: 'probe', id: 'see', words: [...words, 'provision 1 see'] }]);
  const record = records.get('see');
  const said = parseAnswer(record?.exit ?? -1, Buffer.from(record?.stdout ?? []).toString('latin1'));
  if (said?.kind === 'seen') return { seen: said.from };
  throw new ProvisionError('UPDATER_REFUSED', `${host} did not answer ${dynamic.host} by the new key.`, {
    host: dynamic.host,
    ...(record === undefined ? {} : { exitCode: record.exit, stderr: Buffer.from(record.stderr).toString('utf8').trim().slice(0, 600) }),
    state: 'The updater is installed on both hosts and cannot work yet.',
    next: `Mend the reason (sshd of ${host}: PermitRootLogin, AuthorizedKeysFile, AllowUsers; a firewall), then run the same again.`,
  });
}

/**
 * One link: its moving end, or both of them where they meet at a third host, one after the other. Nothing is changed before `agree` has said yes; after a no
 * the other end is not asked for.
 * @throws {ProvisionError | ProvisionErrors}
 */
export async function updaterOne(world: World, name: string, options: UpdaterOptions): Promise<readonly UpdaterDone[]> {
  const done: UpdaterDone[] = [];
  // A wrong end is told before any host is dialled.
  const moving = movingEnds(world, linkOf(world.options.inventory, name), options.end);
  const ready = await linkReady(world, name, options.goal);
  for (const at of moving) {
    const one = await oneEnd(world, name, at, ready, options);
    done.push(one);
    if (one.state === 'pending' && options.dryRun !== true) break;
  }
  return done;
}

async function oneEnd(world: World, name: string, at: 0 | 1, { found, mtu }: Ready, options: UpdaterOptions): Promise<UpdaterDone> {
  const ends = await updaterEnds(world, name, found, at);
  const wish: Wish = { start: options.start, program: options.program, configText };
  const looks = await look(world, ends, options.start === 'service' ? options.program : undefined);
  if (options.goal === 'uninstall') return uninstalled(world, ends, looks, wish, options);
  if (looks.dynamic.version === undefined) {
    throw new ProvisionErrors([
      new ProvisionError('COMMAND_MISSING', `${ends.dynamic.host} has no OpenSSH client, which the updater asks by.`, {
        host: ends.dynamic.host,
        state: 'Nothing was changed.',
      }),
    ]);
  }
  const moves = { dynamic: moveOf(ends.dynamic.input, mtu), fixed: moveOf(ends.fixed.input, mtu) };
  const known = publicKeyOf(ends, looks.dynamic);
  const shown = planInstall(ends, looks, moves, wish, known ?? `ssh-ed25519 (made on ${ends.dynamic.host})`);
  if (stepsOf(shown) === 0) return { plan: shown, state: 'as-wanted' };
  if (!(await options.agree(shown))) return { plan: shown, state: 'pending' };
  await carryOut(world, name, ends.dynamic.host, shown.dynamic.first);
  const plan = known === null ? planInstall(ends, looks, moves, wish, await madeKey(world, ends)) : shown;
  await carryOut(world, name, plan.fixed.host, plan.fixed.steps);
  await carryOut(world, name, ends.dynamic.host, plan.dynamic.last);
  return { plan, state: 'done', ...(await asked(world, ends, looks, plan)) };
}
