import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import type { Inventory } from '../../model/inventory.js';
import { END, linksOf, onlyOf } from '../ends.js';
import { DNS, doneWith, notConfirmed, prepare, sayOutcomes, saySimulated } from '../links.js';
import { hostNamed, linksNamed, type Session } from '../session.js';
import type { CommandSpec, OptionSpec, Typed } from '../spec.js';
import type { Done } from '../types.js';

const REBOOT: OptionSpec = {
  flags: '--reboot <host>',
  text: 'look, reboot this host after a yes, wait for it, and look again: what it keeps after a reboot is seen',
};
const TCP: OptionSpec = { flags: '--tcp', text: 'also open an SSH connection through the tunnel and send full segments both ways' };
const WAIT: OptionSpec = {
  flags: '--wait <seconds>',
  text: 'with --reboot: longest wait for the host to let us in again (default: 600)',
  between: [1, 86_400],
};

const usage = (message: string, next: string): ProvisionError => new ProvisionError('USAGE', message, { state: 'Nothing was changed.', next });

/** The links of a reboot: those named, or all of the host. @throws {ProvisionError} USAGE where it is no end of one of them. */
function rebooted(inventory: Inventory, host: string, of: readonly string[], named: readonly string[]): readonly string[] {
  const strange = named.filter((name) => !of.includes(name));
  if (strange.length > 0) throw usage(`${clean(host)} is no end of ${strange.map((s) => clean(s)).join(', ')}.`, 'Name one of its ends.');
  if (of.length === 0) throw usage(`${clean(host)} is an end of no link.`, 'Name a host that is.');
  if (inventory.hosts.get(host)?.theirs === true) throw usage(`${clean(host)} is another operator's.`, 'Ask them.');
  return named.length > 0 ? named : of;
}

function question(host: string, links: readonly string[], simulated: boolean): string {
  const goes = links.length === 1 ? `the link ${clean(links[0] ?? '')} goes` : `${links.length} links of the inventory go`;
  return `Reboot ${clean(host)}${simulated ? ' (simulated)' : ''} now? Everything on it is gone until it is back; ${goes} with it.`;
}

async function reboot(session: Session, { words, options }: Typed): Promise<Done> {
  if (options.end !== undefined) throw usage('--reboot looks at both ends, and --end at one.', 'Take one of the two away.');
  const inventory = session.loadInventory();
  const host = hostNamed(inventory, String(options.reboot));
  const all = linksOf(inventory, [host]);
  const links = rebooted(inventory, host, all, words.length > 0 ? linksNamed(inventory, words) : []);
  const pipeline = await session.io.pipeline();
  let unanswered = false;
  const agree = async (): Promise<boolean> => {
    await session.progress.pause();
    const yes = await session.confirms(question(host, all, session.isSimulated(host)));
    unanswered = yes === undefined;
    return yes === true;
  };
  const waitMs = typeof options.wait === 'number' ? { waitMs: options.wait * 1000 } : {};
  const more = { lastRuns: session.lastRuns(links), dns: options.dns === true, tcp: options.tcp === true, ...waitMs };
  const result = await pipeline.rebootProof({ ...(await session.runOptions(inventory, links, more)), reboot: host, agree });
  await session.progress.pause();
  const done = doneWith(session, result);
  const ready = result.rebooted || result.exitCode !== 0;
  if (ready) sayOutcomes(session, result.outcomes);
  else session.say(`${clean(host)} was not rebooted.`);
  saySimulated(session);
  const document = { ...done.document, rebooted: result.rebooted };
  if (unanswered) return { ...done, ...notConfirmed(document, done.errors) };
  return { ...done, document, exit: ready ? done.exit : 2 };
}

export const verify: CommandSpec = {
  name: 'verify',
  args: [{ usage: '[link...]', text: 'links of the inventory; all if none is named, with --reboot all of that host' }],
  summary: 'is it true now? ping both ways, MTU, boot files; exit 2 where something differs',
  examples: ['provision verify mostly-wlan', 'provision verify --reboot mostly'],
  failed: { links: [] },
  options: [DNS, TCP, END, REBOOT, WAIT],
  run: async (session, typed) => {
    const { words, options } = typed;
    if (typeof options.reboot === 'string') return reboot(session, typed);
    const { inventory, links, pipeline } = await prepare(session, words);
    const more = { lastRuns: session.lastRuns(links), dns: options.dns === true, tcp: options.tcp === true, ...onlyOf(inventory, links, options) };
    const result = await pipeline.verify(await session.runOptions(inventory, links, more));
    await session.progress.pause();
    sayOutcomes(session, result.outcomes);
    saySimulated(session);
    return doneWith(session, result);
  },
};
