/** Offers a link to another operator: my half of the table, signed, and nothing else. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import { isSubnet, readSubnet, usable } from '../../inventory/address.js';
import { INTERFACE, NAME } from '../../inventory/forms.js';
import type { Inventory } from '../../model/inventory.js';
import { sealed } from '../../offer/envelope.js';
import { halfText, readHalf } from '../../offer/half.js';
import { readMemory, withdrawn, withMine, writeMemory } from '../../offer/store.js';
import { freeInterfaceOn, halfOf, outerOf, type Terms, termsOf } from '../../offer/terms.js';
import { endNamed, mineOf, myHost } from '../ends.js';
import { EXPIRES, KEY, offersFolder, refuseOverwriting, signerOf, stampOf } from '../offers.js';
import type { Session } from '../session.js';
import type { CommandSpec, Typed } from '../spec.js';
import type { Done } from '../types.js';

const usage = (message: string, next: string): ProvisionError => new ProvisionError('USAGE', message, { next, state: 'Nothing was changed.' });

/** A link that the inventory does not have yet, from what was typed. */
function drafted(inventory: Inventory, link: string, { options }: Typed): Terms {
  const problem = NAME.find(link);
  if (problem !== undefined) throw usage(problem.message, problem.next);
  if (typeof options.subnet !== 'string')
    throw usage(
      `There is no link ${clean(link)} in the inventory.`,
      'Take one of the inventory, or offer a new one with --subnet, for example --subnet 10.1.12.36/30',
    );
  const subnet = readSubnet(options.subnet, [30, 31]);
  if (!isSubnet(subnet)) throw usage(subnet.message, subnet.next);
  const both = usable(subnet);
  const inner = typeof options.inner === 'string' ? options.inner : both[0];
  if (!both.includes(inner)) throw usage(`${clean(inner)} is not one of the two addresses of ${subnet.text}.`, `Write ${both.join(' or ')}.`);
  const host = myHost(inventory, options.end);
  const named = typeof options.interface === 'string' ? options.interface : freeInterfaceOn(inventory, host, 'gre');
  const form = INTERFACE.find(named);
  if (form !== undefined) throw usage(form.message, form.next);
  const found = inventory.hosts.get(host);
  const hostname = found?.hostname === undefined ? {} : { hostname: found.hostname };
  const outer = found === undefined ? 'dynamic' : outerOf(found);
  const mine = { host, ...hostname, outer, inner, interface: named };
  const { mtu, ttl } = options;
  const theirs = { inner: both[0] === inner ? both[1] : both[0] };
  return {
    link,
    kind: 'gre',
    subnet: subnet.text,
    mtu: typeof mtu === 'number' ? mtu : 'auto',
    ttl: typeof ttl === 'number' ? ttl : 64,
    mine,
    theirs,
  };
}

function termsFor(inventory: Inventory, name: string, typed: Typed): Terms {
  const link = inventory.links.get(name);
  if (link === undefined) return drafted(inventory, name, typed);
  const { end } = typed.options;
  for (const option of ['subnet', 'inner', 'interface', 'mtu', 'ttl'])
    if (typed.options[option] !== undefined)
      throw usage(`--${option} is for a link that is not in the inventory.`, `Change it there: ${link.place.file}:${link.place.line}`);
  return termsOf(inventory, link, typeof end === 'string' ? endNamed(inventory, link, end) : mineOf(inventory, link));
}

function takeBack(session: Session, link: string): Done {
  const folder = offersFolder(session);
  const memory = readMemory(folder, link);
  if (memory.mine === undefined && memory.accepted === undefined)
    throw usage(`No offer for ${clean(link)} was made or accepted here.`, 'Look at the name of the link.');
  writeMemory(folder, withdrawn(memory));
  session.say(`Your offer for ${clean(link)} counts no more: an answer to it is refused. Tell the other operator.`);
  return { exit: 0, document: { link, withdrawn: memory.mine?.id ?? null } };
}

async function make(session: Session, link: string, typed: Typed): Promise<Done> {
  const output = typeof typed.options.output === 'string' ? resolve(session.io.cwd, typed.options.output) : undefined;
  if (output !== undefined) refuseOverwriting(output);
  const half = halfOf(termsFor(session.loadInventory(), link, typed), stampOf(randomUUID(), typed.options));
  const signer = await signerOf(session, typed.options);
  const text = halfText(half);
  // What the other side would refuse is told here.
  readHalf(text, 'offer');
  const whole = sealed(text, await signer.sign(text));
  const folder = offersFolder(session);
  const memory = readMemory(folder, link);
  writeMemory(folder, withMine(memory, { id: half.offer, text: text.toString('utf8'), key: signer.fingerprint, state: 'open' }));
  if (memory.mine?.state === 'open') session.tell('note: it takes the place of your offer of before; an answer to that one is refused from now on.');
  if (half.mtu === 'auto')
    session.tell(
      'note: mtu is auto, so each end takes what it can do by itself. Agree on a number where a routing protocol will run, for example 1450.',
    );
  if (output === undefined) session.say(whole.replace(/\n$/, ''));
  else writeFileSync(output, whole, { flag: 'wx' });
  if (output !== undefined) session.say(`Wrote ${clean(output)}: send it to the other operator.`);
  session.tell(`Signed with ${signer.fingerprint}: tell them this by another way. Good until ${half.expires}.`);
  return { exit: 0, document: { link, offer: half, signer: signer.fingerprint, file: output ?? null, text: whole } };
}

export const offer: CommandSpec = {
  name: 'offer',
  args: [{ usage: '<link>', text: 'a link of the inventory; or a new one, with --subnet' }],
  summary: 'write my half of the table of a link, signed, for the operator of the other end',
  quiet: true,
  options: [
    { flags: '--end <host>', text: 'my end: a host, or "mine" where the inventory tells which that is' },
    KEY,
    EXPIRES,
    { flags: '--output <file>', text: 'write it there (default: standard output)' },
    { flags: '--withdraw', text: 'take back my open offer for this link' },
    { flags: '--subnet <subnet>', text: 'of a new link: its inner /30 or /31' },
    { flags: '--inner <address>', text: 'of a new link: my inner address (default: the first of the subnet)' },
    { flags: '--interface <name>', text: 'of a new link: the interface on my host (default: the next free one)' },
    { flags: '--mtu <bytes>', text: 'of a new link: its MTU (default: auto)', between: [576, 65_511] },
    { flags: '--ttl <n>', text: 'of a new link: TTL of the outer packets (default: 64)', between: [1, 255] },
  ],
  examples: ['provision offer mostly-wlan --end mine --output mostly-wlan.offer', 'provision offer a-b --end a --subnet 10.1.12.40/30 > a-b.offer'],
  run: (session, typed) => {
    const link = typed.words[0] ?? '';
    return typed.options.withdraw === true ? takeBack(session, link) : make(session, link, typed);
  },
};
