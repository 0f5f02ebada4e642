/** Tells both ends of a link the new address of one of them. */
import { storeAddress } from '../../address/store.js';
import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import { outerForm } from '../../inventory/address.js';
import { withPresent } from '../../inventory/ends.js';
import type { Inventory } from '../../model/inventory.js';
import { makeFolders, stateFolder } from '../../report/folders.js';
import { carriedOut, prepare, showPlans } from '../links.js';
import { hostNamed, type Session } from '../session.js';
import type { CommandSpec, Typed } from '../spec.js';

/** The end and its new address. @throws {ProvisionError} USAGE where one of them is missing or cannot be. */
function wanted(inventory: Inventory, link: string, { options }: Typed): { host: string; address: string } {
  const usage = (message: string, next: string): ProvisionError => new ProvisionError('USAGE', message, { next, state: 'Nothing was changed.' });
  const ends = inventory.links.get(link)?.ends.map((e) => e.host) ?? [];
  if (typeof options.end !== 'string') throw usage('--end HOST is missing.', `Name the end that has moved: ${ends.join(' or ')}.`);
  if (typeof options.address !== 'string') throw usage('--address ADDRESS is missing.', `Give the present IPv4 address of ${clean(options.end)}.`);
  const host = hostNamed(inventory, options.end, ends);
  const problem = outerForm(options.address);
  if (problem !== undefined) throw usage(problem.message, problem.next);
  const found = inventory.hosts.get(host);
  if (found?.address?.kind !== 'dynamic') {
    const place = found === undefined ? '' : ` (${found.place.file}:${found.place.line})`;
    throw usage(`The inventory gives ${host} a fixed address.`, `Change it there${place}, then run: provision link ${link}`);
  }
  return { host, address: options.address };
}

/** The address is kept only once both ends have it: what is stored is what the next run works with. */
function keep(session: Session, host: string, address: string): void {
  try {
    const folder = stateFolder(session.io.env, 'addresses');
    makeFolders(folder, 0o700);
    storeAddress(folder, host, address);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    session.tell(`note: the address could not be stored, so the next run will not know it: ${why}`);
  }
}

export const repoint: CommandSpec = {
  name: 'repoint',
  args: [{ usage: '<link>', text: 'a link of the inventory' }],
  summary: 'one end has another address now: tell both ends, ping across, keep it',
  failed: { links: [] },
  options: [
    { flags: '--end <host>', text: 'the host whose address has changed' },
    { flags: '--address <address>', text: 'its address now, as the other end sees it' },
    { flags: '-n, --dry-run', text: 'stop after the plan; exit 2 if there is something to do' },
    { flags: '--diff', text: 'show what files will hold' },
  ],
  examples: ['provision repoint mostly-wlan --end wlan --address 203.0.113.9'],
  run: async (session, typed) => {
    const { inventory: known, links, pipeline } = await prepare(session, typed.words);
    const { host, address } = wanted(known, links[0] ?? '', typed);
    const inventory = withPresent(known, new Map([[host, address]]));
    if (typed.options.dryRun === true) return showPlans(session, typed, inventory);
    const done = await carriedOut(session, typed.options, async (confirm) =>
      pipeline.link(await session.runOptions(inventory, links, { confirm, insists: true })),
    );
    if (done.exit === 0) keep(session, host, address);
    return done;
  },
};
