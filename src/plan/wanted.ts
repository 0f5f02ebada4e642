/**
 * What is wanted on one end, and how the host differs from it.
 *
 * In: the end, its facts, the MTU for the pair. Out: the set of attributes and settings that are not as wanted. Pure.
 * A fact that is unknown stops the plan: nothing is assumed (ansible#5951 read an MTU as 0).
 */
import { ProvisionError } from '../errors/error.js';
import type { Facts, Known } from '../model/facts.js';
import type { End, Host, Link } from '../model/inventory.js';
import { type Context, holds, optionsOf } from '../playbook/condition.js';
import type { Playbook, Unless } from '../playbook/schema.js';
import { fillText } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import { lastOnly } from './last.js';

/** All that planning one end needs. */
export interface EndInput {
  readonly end: End;
  readonly link: Link;
  readonly host: Host;
  readonly playbook: Playbook;
  readonly facts: Facts;
  /** Every IPv4 address of the host with its interface. */
  readonly addresses: readonly { readonly interface: string; readonly address: string }[];
  /** Values of `{{name}}`, those of before included. */
  readonly values: Values;
  /** Somebody else's end: it is neither looked at nor planned. */
  readonly elsewhere?: true;
}

/** Bytes of the IPv4 and the TCP header. */
const IP_AND_TCP = 40;

/** What steps and files say of an MTU: itself, and the largest TCP segment that it carries. */
export const mtuValues = (bytes: number): { readonly mtu: string; readonly mss: string } => ({ mtu: String(bytes), mss: String(bytes - IP_AND_TCP) });

const contextWith = ({ facts, values, link }: EndInput, more: Partial<Context>): Context => ({
  release: facts.release,
  probes: facts.probes,
  files: facts.files,
  values,
  driver: facts.driver.state,
  live: facts.live,
  ...optionsOf(link),
  ...more,
});

const plainContext = lastOnly((input: EndInput) => contextWith(input, {}));

export const contextOf = (input: EndInput, more?: Partial<Context>): Context => (more === undefined ? plainContext(input) : contextWith(input, more));

/** Why this host cannot do what the playbook says it can do elsewhere; undefined where it can. */
export function refusal(input: EndInput, unless: Unless): string | undefined {
  const found = unless.find((u) => holds(u.when, contextOf(input)));
  return found === undefined ? undefined : fillText(found.why, input.values);
}

function need<T>(input: EndInput, attribute: string, fact: Known<T>): T {
  if (fact.known) return fact.value;
  const { facts, end } = input;
  throw new ProvisionError('FACT_UNKNOWN', `The ${attribute} of ${end.interface} on ${facts.host} could not be read.`, {
    host: facts.host,
    why: fact.why,
    state: 'Nothing was changed.',
    next: 'Look at the output of the host with --verbose; the playbook may not know this release.',
  });
}

/** Whether the interface will be made (or made anew) by the plan. */
export function isCreating(input: EndInput, mtuBytes: number): boolean {
  const exists = need(input, 'state', input.facts.live.exists);
  if (!exists) return true;
  const differs = differences(input, mtuBytes, false);
  return input.playbook.rebuild.length > 0 && holds(input.playbook.rebuild, contextOf(input, { differs, wantMtu: mtuBytes }));
}

/** The steps, their undo and the boot files of a plan all ask. */
const found = lastOnly((_input: EndInput) => new Map<string, ReadonlySet<string>>());

/** Attributes and settings that are not as wanted, given that the interface stays (or is new: `creating`). */
export function differences(input: EndInput, mtuBytes: number, creating: boolean): ReadonlySet<string> {
  const of = found(input);
  const key = `${mtuBytes} ${creating}`;
  const made = of.get(key) ?? compared(input, mtuBytes, creating);
  of.set(key, made);
  return made;
}

function compared(input: EndInput, mtuBytes: number, creating: boolean): Set<string> {
  const { playbook, facts, end, link } = input;
  const differs = new Set<string>();
  if (facts.driver.state === 'loadable') differs.add('driver');
  if (creating) {
    for (const attribute of ['interface', 'outer', 'inner', 'up']) differs.add(attribute);
    if (playbook.mtu.default !== mtuBytes) differs.add('mtu');
    if (playbook.live.ttl !== undefined) differs.add('ttl');
  } else {
    const { live } = facts;
    const outer = need(input, 'outer address pair', live.outer);
    if (outer?.local !== end.outer.local || outer.remote !== end.outer.remote) differs.add('outer');
    const inner = need(input, 'inner address pair', live.inner);
    // Between two named ends a host mask does the same.
    const samePrefix = inner?.prefix === undefined || inner.prefix === end.inner.prefix || (inner.prefix === 32 && inner.peer === end.inner.peer);
    const samePeer = inner?.peer === end.inner.peer || (inner?.peer === '' && playbook.live.subnetReachesPeer);
    if (inner?.local !== end.inner.local || !samePeer || !samePrefix) differs.add('inner');
    if (need(input, 'MTU', live.mtu) !== mtuBytes) differs.add('mtu');
    if (!need(input, 'UP flag', live.up)) differs.add('up');
    if (playbook.live.ttl !== undefined && need(input, 'outer TTL', live.ttl) !== String(link.ttl)) differs.add('ttl');
  }
  for (const [name, setting] of Object.entries(playbook.live.settings)) {
    if (!holds(setting.when, contextOf(input, { wantMtu: mtuBytes, creating }))) continue;
    const value = facts.live.settings[name];
    const is = value === undefined ? null : need(input, name, value);
    const want = setting.want === null ? null : fillText(setting.want, input.values.with(mtuValues(mtuBytes)));
    if (is !== want) differs.add(name);
  }
  return differs;
}
