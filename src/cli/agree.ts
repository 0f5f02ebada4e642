/**
 * A signed half against my inventory: the same, or to be written, or different.
 *
 * In: the inventory, the half, my own offer where it is answered. Out: the terms from my side and the file to write. Differences are shown cell by cell.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import { INTERFACE, NAME } from '../inventory/forms.js';
import type { Inventory, Link } from '../model/inventory.js';
import type { Half } from '../offer/half.js';
import type { PublicKey } from '../offer/sshsig.js';
import { type Cell, compare, freeInterfaceOn, linkText, outerOf, seenFromHere, type Terms, termsOf, termsOfMine } from '../offer/terms.js';
import { renderCompared } from '../report/compare.js';
import { endNamed, mineOf, myHost } from './ends.js';
import type { Session } from './session.js';
import type { Typed } from './spec.js';

export interface Agreed {
  readonly terms: Terms;
  /** My host. */
  readonly host: string;
  /** Absent where the inventory has the link already. */
  readonly write?: { readonly file: string; readonly text: string };
}

interface Given {
  readonly half: Half;
  readonly key: PublicKey;
  readonly mine?: Half;
}

const usage = (message: string, next: string): ProvisionError => new ProvisionError('USAGE', message, { next, state: 'Nothing was changed.' });

function refuseDifferent(session: Session, cells: readonly Cell[], here: string, link: string): void {
  const bad = cells.filter((c) => c.differs);
  if (bad.length === 0) return;
  session.say(`${renderCompared(cells, [here, 'as they say it'], session.paint)}\n`);
  throw new ProvisionError('OFFER_DIFFERS', `What the other operator says of ${link} is not what stands ${here}.`, {
    why: `${bad.map((c) => `${c.label}: ${c.here} here, ${c.there} there`).join('; ')}.`,
    state: 'Nothing was changed.',
    next: 'Agree on one of the two, change it where it is wrong, and offer again.',
  });
}

/** Which end of a link of the inventory is mine: named, known, or the one that has not the name that they give theirs. */
function myEnd(inventory: Inventory, link: Link, half: Half, end: unknown): string {
  if (typeof end === 'string') return endNamed(inventory, link, end);
  const hosts = link.ends.map((e) => e.host);
  const marked = hosts.some((host) => inventory.hosts.get(host)?.theirs === true);
  return (marked ? undefined : hosts.includes(half.mine.host) ? hosts.find((h) => h !== half.mine.host) : undefined) ?? mineOf(inventory, link);
}

/** A folder takes one more file; one file is somebody's own, and nothing is put into it. */
function fileFor(session: Session, link: string): string {
  const path = session.inventoryPath;
  if (statSync(path).isDirectory()) return join(path, `offer-${link}.yaml`);
  throw usage(
    `${path} is one file, and what was agreed is written as a file of its own.`,
    'Move it into a folder, and give that with --inventory PATH.',
  );
}

function peerName({ half }: Given, host: string, as: unknown): string {
  const name = typeof as === 'string' ? as : half.mine.host;
  const problem = NAME.find(name);
  if (problem !== undefined) throw usage(problem.message, problem.next);
  if (name === host)
    throw usage(`The other operator calls their host ${name}, as you call your own.`, 'Give it another name in your inventory: --as NAME');
  return name;
}

function newLink(session: Session, inventory: Inventory, given: Given, options: Typed['options']): Agreed {
  const { half, key } = given;
  // An answer completes what I have offered: my end is the one that stands there.
  const mine = half.answers === undefined ? undefined : given.mine?.mine;
  const host = mine?.host ?? myHost(inventory, options.end);
  const asked = typeof options.interface === 'string' ? options.interface : undefined;
  const form = asked === undefined ? undefined : INTERFACE.find(asked);
  if (form !== undefined) throw usage(form.message, form.next);
  const terms = seenFromHere(inventory, half, host, mine?.interface ?? asked ?? freeInterfaceOn(inventory, host, half.kind));
  const peer = peerName(given, host, options.as);
  const known = inventory.hosts.get(peer);
  if (known?.address !== undefined) {
    const theirs = { ...terms.theirs, outer: outerOf(known) };
    refuseDifferent(session, compare({ ...terms, theirs }, half), 'in my inventory', half.link);
  }
  const words = `${half.link}, as agreed with the operator of ${half.mine.host} (offer ${half.offer}, signed by ${key.fingerprint}). Written by provision accept.`;
  return { terms, host, write: { file: fileFor(session, half.link), text: linkText(terms, peer, known === undefined, words) } };
}

/** @throws {ProvisionError} OFFER_DIFFERS where it says something else than my inventory or my own offer. */
export function agreeOn(session: Session, inventory: Inventory, given: Given, options: Typed['options']): Agreed {
  const { half, mine } = given;
  if (half.answers !== undefined && mine !== undefined) refuseDifferent(session, compare(termsOfMine(mine), half), 'in my offer', clean(half.link));
  const link = inventory.links.get(half.link);
  if (link === undefined) return newLink(session, inventory, given, options);
  const host = myEnd(inventory, link, half, options.end);
  const terms = termsOf(inventory, link, host);
  refuseDifferent(session, compare(terms, half), 'in my inventory', half.link);
  return { terms, host };
}
