/** Adds hosts and links to the inventory: looks at the hosts first, shows the lines, writes them after a yes. */
import { clean } from '../../errors/clean.js';
import { firstError, ProvisionError } from '../../errors/error.js';
import { type Added, addedHost, addedLink, type LinkWish } from '../../inventory/add.js';
import { type Draughted, draftInventory, parseInventory } from '../../inventory/load.js';
import { replaceText } from '../../inventory/write.js';
import type { Facts } from '../../model/facts.js';
import type { Inventory } from '../../model/inventory.js';
import type { LinkPlan } from '../../model/plan.js';
import { notConfirmed } from '../links.js';
import type { Session } from '../session.js';
import type { CommandSpec, OptionSpec, Typed } from '../spec.js';
import type { Done } from '../types.js';

const FILE: OptionSpec = { flags: '--file <path>', text: 'the file of the inventory that gets it' };
const NO_SURVEY: OptionSpec = { flags: '--no-survey', text: 'dial nobody' };
const DRY_RUN: OptionSpec = { flags: '-n, --dry-run', text: 'write nothing; exit 2' };
/** Interface names that are tried where the hosts have some already. */
const TRIES = 8;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The inventory as it will be, with the addresses that are known here. */
const inventoryWith = (session: Session, drafted: Draughted, added: Added): Inventory =>
  session.withPresent(parseInventory(drafted.sources.map((s) => (s.file === added.source.file ? added.source : s))));

/** Shows the lines and asks; writes after a yes. */
async function written(session: Session, { options }: Typed, added: Added, document: Readonly<Record<string, unknown>>): Promise<Done> {
  const { file } = added.source;
  await session.progress.pause();
  session.say(`${clean(file)} gets:`);
  for (const line of added.lines) session.say(clean(line));
  const shown = { ...document, file, lines: added.lines };
  const yes = options.dryRun === true ? false : await session.confirms('Write this?');
  if (yes === undefined) return notConfirmed({ ...shown, written: false });
  if (yes) replaceText(file, added.before, added.source.text);
  return { exit: yes ? 0 : 2, document: { ...shown, written: yes } };
}

export const addHost: CommandSpec = {
  name: 'add host',
  args: [
    { usage: '<name>', text: 'name of the new host' },
    { usage: '<address>', text: 'its outer IPv4 address, or dynamic' },
  ],
  summary: 'add a host to the inventory: log in once to see what it is, show the line, write it',
  options: [{ flags: '--user <name>', text: 'the account that logs in there' }, FILE, NO_SURVEY, DRY_RUN],
  examples: ['provision add host third 198.51.100.1 --user root'],
  run: async (session, typed) => {
    const { words, options } = typed;
    const [name = '', address = ''] = words;
    const drafted = draftInventory(session.inventoryPath);
    const [user, file] = [text(options.user), text(options.file)];
    const added = addedHost(drafted, { name, address, ...(user === undefined ? {} : { user }), ...(file === undefined ? {} : { file }) });
    if (options.survey === false) return written(session, typed, added, { host: name });
    const inventory = inventoryWith(session, drafted, added);
    const pipeline = await session.io.pipeline();
    const { system, release, machine, uid } = await pipeline.identifyHost({ ...(await session.runOptions(inventory, [])), host: name });
    session.say(
      `${clean(name)} is ${clean(system)} ${clean(release)} (${clean(machine)})${uid === 0 ? '' : `; its account is not root (uid ${uid}): see become`}`,
    );
    return written(session, typed, added, { host: name, system, release, machine, uid });
  },
};

/** What stands in the way of a plan, with the way around it. */
function planned(plan: () => LinkPlan): LinkPlan {
  try {
    return plan();
  } catch (error) {
    const first = firstError(error);
    const { next } = first.details;
    throw new ProvisionError(first.code, first.message, {
      ...first.details,
      state: 'Nothing was written.',
      next: `${next === undefined ? '' : `${next} `}Or add it without looking: --no-survey`,
    });
  }
}

/** Somebody's tunnel, not only a unit that the kernel has. What could not be read is nobody's to take. */
const isTaken = ({ live: { exists, outer, inner } }: Facts): boolean =>
  (!exists.known || exists.value) && (!outer.known || outer.value !== null || !inner.known || inner.value !== null);

type Looked = ReturnType<typeof addedLink> & { readonly plan: LinkPlan };

/** Looks at both hosts with the link as it would be; an interface that somebody uses is passed over. */
async function surveyed(session: Session, drafted: Draughted, wish: LinkWish): Promise<Looked> {
  const pipeline = await session.io.pipeline();
  const not: string[] = [];
  for (let tries = 1; ; tries += 1) {
    const added = addedLink(drafted, { ...wish, notInterface: not });
    const { facts, plan } = await pipeline.proposed(await session.runOptions(inventoryWith(session, drafted, added), [added.name]));
    const taken = facts.filter(isTaken);
    if (taken.length === 0) return { ...added, plan: planned(plan) };
    not.push(added.interface);
    if (wish.interface === undefined && tries < TRIES) continue;
    throw new ProvisionError('USAGE', `${taken.map((f) => f.host).join(' and ')} uses ${added.interface} already.`, {
      state: 'Nothing was written.',
      next: 'Name another with --interface.',
    });
  }
}

export const addLink: CommandSpec = {
  name: 'add link',
  args: [
    { usage: '<host>', text: 'one end' },
    { usage: '<peer>', text: 'the other end' },
  ],
  summary: 'add a link to the inventory: look at both hosts, take a free interface and the next free subnet, show the lines, write them',
  options: [
    { flags: '--name <name>', text: 'name of the link; default: HOST-PEER' },
    { flags: '--pool <name>', text: 'the pool; default: the only one' },
    { flags: '--interface <name>', text: 'on both ends; default: a name that is free on both' },
    FILE,
    NO_SURVEY,
    DRY_RUN,
  ],
  examples: ['provision add link mostly third --dry-run'],
  run: async (session, typed) => {
    const { words, options } = typed;
    const [one = '', other = ''] = words;
    const drafted = draftInventory(session.inventoryPath);
    const given = Object.fromEntries(
      (['name', 'pool', 'interface', 'file'] as const).flatMap((key) => (typeof options[key] === 'string' ? [[key, options[key]]] : [])),
    );
    const wish: LinkWish = { ends: [one, other], notInterface: [], ...given };
    if (options.survey === false) {
      const added = addedLink(drafted, wish);
      return written(session, typed, added, { link: added.name });
    }
    const { plan, ...added } = await surveyed(session, drafted, wish);
    for (const end of plan.ends)
      session.say(`${clean(end.host)}: ${clean(end.system)} ${clean(end.release)}, ${clean(end.driver)}; ${clean(end.interface)} is free`);
    session.say(`MTU ${plan.mtu.bytes} on both ends`);
    const ends = plan.ends.map(({ host, system, release, driver, playbook }) => ({ host, system, release, driver, playbook }));
    return written(session, typed, added, { link: added.name, ends, mtu: plan.mtu.bytes });
  },
};
