/**
 * Puts the updater of a link on its two hosts, or takes it away (docs/updater.md).
 *
 * In: a world, a link that is as wanted, how the updater is to be started. Out: what is to be done, for people to agree to; then the same, done.
 * The key pair is made on the dynamic end and its public half is read there, so a plan that is shown before has a word in its place.
 */
import { ProvisionError } from '../errors/error.js';
import type { Step } from '../model/plan.js';
import type { Move, UpdaterConfig } from '../model/updater.js';
import { guardWay } from '../plan/pair.js';
import { type Context, holds } from '../playbook/condition.js';
import type { Playbook } from '../playbook/schema.js';
import type { Values } from '../playbook/values.js';
import { namesOf } from '../script/updater-text.js';
import { askedHost, type UpdaterEnds, type UpdaterSide } from './updater-ends.js';
import { hostLine, keyBlock, keyLine, keyType, meetingFile, meetingPaths, pathsOf, receiverFile, updaterFile } from './updater-files.js';
import type { UpdaterLook } from './updater-look.js';
import { fileStep, folderSteps, keySteps, playbookFiles, serviceCommands, textOf } from './updater-plan.js';

/** How the updater of the dynamic end is started: not by us, by cron (the sh form), or as a service (the Node form). */
export type Start = 'none' | 'cron' | 'service';

export interface Wish {
  readonly start: Start;
  /** Full path of `provision` on the dynamic end; for a service. */
  readonly program: string;
  /** Makes the text of `updater.json`. */
  readonly configText: (config: UpdaterConfig) => string;
}

/** The steps of both hosts, in the order in which they are done. */
export interface UpdaterPlan {
  readonly link: string;
  readonly goal: 'install' | 'uninstall';
  readonly dynamic: { readonly host: string; readonly first: readonly Step[]; readonly last: readonly Step[] };
  /** The host that is asked. `role`: what it is to this link. */
  readonly fixed: {
    readonly host: string;
    readonly role: 'the fixed end' | 'the meeting point';
    readonly account: string;
    readonly steps: readonly Step[];
  };
  /** The settings of the dynamic end; absent when it is taken away. */
  readonly config?: UpdaterConfig;
}

export interface Looks {
  readonly dynamic: UpdaterLook;
  /** Of the host that is asked. */
  readonly fixed: UpdaterLook;
}

/** The folder of the link on this side that outlasts a reboot. */
export const homeOf = ({ input }: Pick<UpdaterSide, 'input'>): string => guardWay(input).keep;

export function valuesOf({ input }: UpdaterSide, ends: UpdaterEnds, wish: Wish): Values {
  return input.values.with({ home: homeOf({ input }), schedule: ends.link.updater.schedule, program: wish.program });
}

export function contextOf({ input }: UpdaterSide): Context {
  return { release: input.facts.release, probes: input.facts.probes, files: input.facts.files, values: input.values };
}

function configOf(ends: UpdaterEnds, move: Move): UpdaterConfig {
  const { dynamic, fixed, link, via } = ends;
  const asked = askedHost(ends);
  const { metricsPort, schedule } = link.updater;
  return {
    link: link.name,
    host: dynamic.host,
    peer: fixed.host,
    ...(via === undefined ? {} : { via: via.host }),
    ...(ends.watch === undefined ? {} : { watch: ends.watch }),
    outer: dynamic.input.end.outer,
    guard: guardWay(dynamic.input).state,
    fixed: {
      address: via?.address ?? dynamic.input.end.outer.remote,
      port: ends.port,
      user: asked.target.user,
      hostKeys: [asked.hostKey],
      key: pathsOf(homeOf(dynamic)).key,
      ...(asked.target.legacy ? { legacy: true } : {}),
    },
    schedule,
    ...(metricsPort === undefined ? {} : { metricsPort }),
    move,
  };
}

type UpdaterBook = NonNullable<Playbook['updater']>;

function bookOf({ input, host }: UpdaterSide): UpdaterBook {
  if (input.playbook.updater !== undefined) return input.playbook.updater;
  throw new ProvisionError('SYSTEM_UNKNOWN', `The playbook ${input.playbook.name} does not say how an updater runs on ${host}.`, { host });
}

function serviceOf(side: UpdaterSide, look: UpdaterLook, wish: Wish): UpdaterBook['service'][number] {
  const service = bookOf(side).service.find((s) => holds(s.when, contextOf(side)));
  const { host } = side;
  if (service === undefined) {
    throw new ProvisionError('BOOT_MANAGER_UNKNOWN', `The playbook ${side.input.playbook.name} does not say how a service is started on ${host}.`, {
      host,
      next: 'Use the sh form: provision updater install LINK --cron',
    });
  }
  if (look.program === true) return service;
  throw new ProvisionError('COMMAND_MISSING', `${host} has no program ${wish.program}, so the updater cannot be a service there.`, {
    host,
    state: 'Nothing was changed.',
    next: 'Install provision there and give its path with --program, or use the sh form: --cron',
  });
}

/** @throws {ProvisionError} where cron would not run it. */
function assertCron(ends: UpdaterEnds, look: UpdaterLook): void {
  const [missing] = look.noFolder;
  if (missing !== undefined || look.noCron) {
    throw new ProvisionError('COMMAND_MISSING', `${look.host} has no ${missing ?? 'cron program'}, so it has no cron that would run the updater.`, {
      host: look.host,
      state: 'Nothing was changed.',
      next: 'Install cron there, or use --service.',
    });
  }
  if (ends.link.updater.schedule.split(' ').length === 5) return;
  throw new ProvisionError('INVENTORY_VALUE', `The schedule of ${ends.link.name} has seconds, which cron does not know.`, {
    place: ends.link.place,
    next: 'Write five fields, or use --service.',
  });
}

function startSteps(ends: UpdaterEnds, look: UpdaterLook, wish: Wish): Step[] {
  const { dynamic } = ends;
  const values = valuesOf(dynamic, ends, wish);
  const context = contextOf(dynamic);
  const book = bookOf(dynamic);
  if (wish.start === 'cron') {
    assertCron(ends, look);
    return playbookFiles(look, book.cron, values, context, true);
  }
  if (wish.start === 'none') return [];
  const service = serviceOf(dynamic, look, wish);
  const files = playbookFiles(look, service.files, values, context, true);
  return [...files, ...(files.length === 0 ? [] : serviceCommands(service, 'start', values))];
}

/** One end at the meeting point: its script, its key, and where both ends are as installed. */
function meetingSteps(ends: UpdaterEnds, via: NonNullable<UpdaterEnds['via']>, look: UpdaterLook, publicKey: string): Step[] {
  const { dynamic, fixed, link } = ends;
  const paths = meetingPaths(via.keep, dynamic.host, fixed.host);
  const script = meetingFile(via, dynamic.input, link, namesOf(textOf(look, paths.script)));
  const line = keyLine({ receiver: paths.script, publicKey, become: via.target.become, version: look.version, link: link.name });
  const at = (path: string, address: string): string => {
    const noted = textOf(look, path);
    // What was noted since stays, as long as it is what is in use.
    return noted?.split(' ')[1] === address ? noted : `0 ${address} 0\n`;
  };
  // The world's view of each end is the remote address of the other one.
  const [own, other] = [fixed.input.end.outer.remote, dynamic.input.end.outer.remote];
  const block = keyBlock(link.name, dynamic.host);
  return [
    ...folderSteps(look),
    ...fileStep(look, { id: 'meeting', title: `The meeting point of ${dynamic.host}`, path: paths.script, mode: '0700' }, script),
    ...fileStep(look, { id: 'at', title: `Where ${dynamic.host} is`, path: paths.at, mode: '0600' }, at(paths.at, own)),
    ...fileStep(look, { id: 'other', title: `Where ${fixed.host} is`, path: paths.otherAt, mode: '0600' }, at(paths.otherAt, other)),
    ...fileStep(look, { id: 'keys', title: 'Let this key run it', path: look.authorizedKeys ?? '', block }, line),
  ];
}

function fixedSteps(ends: UpdaterEnds, look: UpdaterLook, move: Move, publicKey: string): Step[] {
  const { fixed, link } = ends;
  const { end } = fixed.input;
  const paths = pathsOf(homeOf(fixed));
  const receiver = receiverFile(fixed.input, move, link, namesOf(textOf(look, paths.receiver)));
  const line = keyLine({ receiver: paths.receiver, publicKey, become: fixed.target.become, version: look.version, link: link.name });
  const inUse = textOf(look, paths.address);
  // What the receiver has noted since stays, as long as it is what is in use.
  const address = inUse?.split(' ')[1] === end.outer.remote ? inUse : `0 ${end.outer.remote} confirmed 0\n`;
  const block = keyBlock(link.name);
  return [
    ...folderSteps(look),
    ...fileStep(look, { id: 'receiver', title: 'The receiver', path: paths.receiver, mode: '0700' }, receiver),
    ...fileStep(look, { id: 'address', title: 'The address in use', path: paths.address, mode: '0600' }, address),
    ...fileStep(look, { id: 'keys', title: 'Let this key run the receiver', path: look.authorizedKeys ?? '', block }, line),
  ];
}

export const publicKeyOf = (ends: UpdaterEnds, look: UpdaterLook): string | null => textOf(look, pathsOf(homeOf(ends.dynamic)).publicKey);

/** @param publicKey - Of the dynamic end; a word for people where it is not made yet. @throws {ProvisionError} what stands in the way. */
export function planInstall(
  ends: UpdaterEnds,
  looks: Looks,
  moves: { readonly dynamic: Move; readonly fixed: Move },
  wish: Wish,
  publicKey: string,
): UpdaterPlan {
  const { dynamic, link, via } = ends;
  const asked = askedHost(ends);
  const paths = pathsOf(homeOf(dynamic));
  const look = looks.dynamic;
  const config = configOf(ends, moves.dynamic);
  const updater = updaterFile(dynamic.input, config, look.version, namesOf(textOf(look, paths.updater)));
  const hosts = hostLine(config.fixed.address, config.fixed.port, asked.hostKey);
  return {
    link: link.name,
    goal: 'install',
    dynamic: {
      host: dynamic.host,
      first: [...folderSteps(look), ...keySteps(look, paths.key, keyType(look.version, looks.fixed.version), `provision-updater-${link.name}`)],
      last: [
        ...fileStep(look, { id: 'hosts', title: `The host key of ${asked.host}`, path: paths.hosts, mode: '0600' }, hosts),
        ...fileStep(look, { id: 'config', title: 'Settings of the updater', path: paths.config, mode: '0600' }, wish.configText(config)),
        ...fileStep(look, { id: 'updater', title: 'The updater in sh', path: paths.updater, mode: '0700' }, updater),
        ...startSteps(ends, look, wish),
      ],
    },
    fixed: {
      host: asked.host,
      role: via === undefined ? 'the fixed end' : 'the meeting point',
      account: asked.target.user,
      steps: via === undefined ? fixedSteps(ends, looks.fixed, moves.fixed, publicKey) : meetingSteps(ends, via, looks.fixed, publicKey),
    },
    config,
  };
}
