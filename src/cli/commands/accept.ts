/** Takes another operator's offer, or their answer to mine: signature first, then everything else, then a yes. */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import { parseInventory } from '../../inventory/load.js';
import type { Inventory } from '../../model/inventory.js';
import { sealed } from '../../offer/envelope.js';
import { type Half, halfText, readHalf } from '../../offer/half.js';
import { judge } from '../../offer/judge.js';
import type { Signer } from '../../offer/signer.js';
import type { PublicKey } from '../../offer/sshsig.js';
import { answerFile, type Memory, readMemory, withAccepted, withMine, writeMemory } from '../../offer/store.js';
import { halfOf } from '../../offer/terms.js';
import { endTable, renderTable } from '../../report/table.js';
import { type Agreed, agreeOn } from '../agree.js';
import { notConfirmed } from '../links.js';
import { EXPIRES, KEY, keepSigner, offersFolder, readEnvelope, refuseOverwriting, signerOf, stampOf, trustedSigner } from '../offers.js';
import type { Session } from '../session.js';
import type { CommandSpec, Typed } from '../spec.js';
import type { Done } from '../types.js';

/** Everything that was read and found good; nothing is written yet but the key that a person took. */
interface Taken {
  readonly half: Half;
  readonly key: PublicKey;
  readonly principal: string;
  readonly folder: string;
  readonly memory: Memory;
  /** My offer that this answers. */
  readonly mine?: Half;
  /** Signs the answer; absent where an answer was taken. */
  readonly signer?: Signer;
}

async function take(session: Session, file: string, typed: Typed): Promise<Taken> {
  const envelope = readEnvelope(file);
  const { verify } = await import('../../offer/sshsig.js');
  const key = verify(envelope.text, envelope.signature);
  const trusted = await trustedSigner(session, key, typed.options);
  const half = readHalf(envelope.text, file);
  const principal = keepSigner(trusted, key, half.mine.host, half.link);
  const folder = offersFolder(session);
  const memory = readMemory(folder, half.link);
  const mine = memory.mine === undefined ? {} : { mine: readHalf(Buffer.from(memory.mine.text), 'my offer') };
  const signer = half.answers === undefined ? await signerOf(session, typed.options) : undefined;
  const own = signer === undefined ? {} : { myKey: signer.fingerprint };
  judge({ half, signer: key.fingerprint, memory, ...mine, ...own, answer: answerFile(folder, half.offer), now: Date.now() });
  return { half, key, principal, folder, memory, ...mine, ...(signer === undefined ? {} : { signer }) };
}

/** The inventory as it will be. @throws {ProvisionError} OFFER_UNFIT where the link does not fit it. */
function withLink(inventory: Inventory, { file, text }: NonNullable<Agreed['write']>): Inventory {
  try {
    return parseInventory([...inventory.files.map((f) => ({ file: f, text: readFileSync(f, 'utf8') })), { file, text }]);
  } catch (error) {
    const told = error instanceof Error && error.message !== '' ? error.message.split('\n').slice(0, 6).join(' ') : String(error);
    throw new ProvisionError('OFFER_UNFIT', 'The link of this offer does not fit your inventory.', { why: told, state: 'Nothing was changed.' });
  }
}

function show(session: Session, { half, principal, key }: Taken, agreed: Agreed, inventory: Inventory): void {
  const link = inventory.links.get(half.link);
  const mine = link?.ends.find((e) => e.host === agreed.host);
  const noun = half.answers === undefined ? 'Offer' : 'Answer';
  session.say(`${noun} for ${clean(half.link)}, signed by ${clean(principal)} (${key.fingerprint}), good until ${half.expires}.\n`);
  if (link !== undefined && mine !== undefined) session.say(`${renderTable(endTable(inventory, link, mine), session.paint)}\n`);
  if (agreed.write !== undefined) session.say(`To be written as ${clean(agreed.write.file)}:\n${agreed.write.text.replace(/^(?=.)/gm, '  ')}`);
}

/** The file of the inventory first and the memory last: cut anywhere between, the same file is simply accepted again. */
async function write(taken: Taken, agreed: Agreed, answer: string, typed: Typed): Promise<Record<string, unknown>> {
  const { half, key, folder, memory, signer } = taken;
  if (agreed.write !== undefined) writeFileSync(agreed.write.file, agreed.write.text, { flag: 'wx' });
  let next: Memory = memory.mine === undefined ? memory : { ...memory, mine: { ...memory.mine, state: 'answered' } };
  let mine: Half | undefined;
  if (signer !== undefined) {
    mine = halfOf(agreed.terms, stampOf(randomUUID(), typed.options, half.offer));
    const text = halfText(mine);
    const whole = sealed(text, await signer.sign(text));
    writeFileSync(answerFile(folder, half.offer), whole, { mode: 0o600 });
    writeFileSync(answer, whole, { flag: 'wx' });
    next = withMine(memory, { id: mine.offer, text: text.toString('utf8'), key: signer.fingerprint, state: 'answered' });
  }
  writeMemory(folder, withAccepted(next, half.offer, half.made, key.fingerprint, new Date().toISOString()));
  return { answer: mine ?? null, answerFile: mine === undefined ? null : answer };
}

function sayNext(session: Session, { half, signer }: Taken, agreed: Agreed, answer: string): void {
  if (agreed.write !== undefined) session.say(`Wrote ${clean(agreed.write.file)}`);
  else session.say(`${clean(half.link)} stands in your inventory with these values already.`);
  if (signer !== undefined) session.say(`Wrote ${clean(answer)}: send it to the operator of ${clean(half.mine.host)}, who accepts it.`);
  session.say(`Set up your end, before or after the other: provision link ${clean(half.link)} --end ${clean(agreed.host)}`);
}

async function accepted(session: Session, typed: Typed): Promise<Done> {
  const inventory = session.loadInventory();
  const taken = await take(session, resolve(session.io.cwd, typed.words[0] ?? ''), typed);
  const { half } = taken;
  const { output } = typed.options;
  const answer = resolve(session.io.cwd, typeof output === 'string' ? output : `${half.link}.answer`);
  if (taken.signer !== undefined) refuseOverwriting(answer);
  const agreed = agreeOn(session, inventory, taken, typed.options);
  const after = agreed.write === undefined ? inventory : withLink(inventory, agreed.write);
  show(session, taken, agreed, after);
  const basis = { link: half.link, offer: half, principal: taken.principal, signer: taken.key.fingerprint };
  const ask = agreed.write !== undefined || taken.signer !== undefined;
  const yes = ask ? await session.confirms('Accept this?') : true;
  if (yes === undefined) return notConfirmed({ ...basis, accepted: false });
  if (!yes) return { exit: 2, document: { ...basis, accepted: false } };
  const written = await write(taken, agreed, answer, typed);
  sayNext(session, taken, agreed, answer);
  return { exit: 0, document: { ...basis, accepted: true, file: agreed.write?.file ?? null, ...written } };
}

export const accept: CommandSpec = {
  name: 'accept',
  args: [{ usage: '<file>', text: 'an offer, or the answer to mine' }],
  summary: 'take the signed half of the operator of the other end: check, show, ask, write the link and the answer',
  quiet: true,
  options: [
    { flags: '--end <host>', text: 'my end: a host of the inventory, or "mine"' },
    { flags: '--allowed-signers <file>', text: 'whose keys may sign (default: allowed_signers in ~/.config/provision)' },
    KEY,
    EXPIRES,
    { flags: '--output <file>', text: 'write the answer there (default: LINK.answer)' },
    { flags: '--interface <name>', text: 'the interface on my host (default: the next free one)' },
    { flags: '--as <name>', text: 'call the host of the other operator so in my inventory' },
  ],
  examples: ['provision accept mostly-wlan.offer', 'provision accept mostly-wlan.answer'],
  run: accepted,
};
