/**
 * What forbids a plan on one end: no driver, a command that is missing, an interface or address that serves something else.
 *
 * In: the end's input. Out: nothing, or all the errors at once. Pure.
 */
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import { holds } from '../playbook/condition.js';
import { fillText } from '../playbook/template.js';
import { bootWay, isOurs, present } from './boot.js';
import { contextOf, type EndInput } from './wanted.js';

const UNTOUCHED = { state: 'Nothing was changed.' } as const;

/** Whether boot files or a whole file of ours show that this interface is this link's. */
function ofThisLink(input: EndInput): boolean {
  return bootWay(input).files.some((file) => !file.shared && isOurs(input, file, present(input, file).content));
}

function driverError(input: EndInput): ProvisionError | undefined {
  const { facts, playbook } = input;
  if (facts.driver.state !== 'missing') return undefined;
  return new ProvisionError('DRIVER_MISSING', `${facts.host} (${facts.system} ${facts.release}) has no driver for ${playbook.kind} tunnels.`, {
    host: facts.host,
    why: facts.driver.how,
    ...UNTOUCHED,
  });
}

/** Without ping nothing can be verified, so its absence is told before anything changes. */
function toolErrors(input: EndInput): ProvisionError[] {
  const { facts, playbook } = input;
  const ping = facts.outerReach?.ping;
  return [...playbook.tools.map((name) => facts.probes[name]), ping]
    .filter((probe) => probe?.exit === 127)
    .map((probe) => {
      const command = probe?.words[0] ?? '';
      return new ProvisionError('COMMAND_MISSING', `${facts.host} has no command ${command}, which the playbook ${playbook.name} needs.`, {
        host: facts.host,
        ...UNTOUCHED,
      });
    });
}

function interfaceErrors(input: EndInput): ProvisionError[] {
  const { facts, end, playbook } = input;
  const { live } = facts;
  if (!new RegExp(playbook.interface.pattern).test(end.interface)) {
    return [
      new ProvisionError('INVENTORY_VALUE', `${end.interface} is not a name that ${facts.host} (${facts.system}) can give this interface.`, {
        host: facts.host,
        ...UNTOUCHED,
        next: `Write for example ${playbook.interface.hint}.`,
      }),
    ];
  }
  if (playbook.static.length > 0 && holds(playbook.static, contextOf(input)) && live.exists.known && !live.exists.value) {
    return [
      new ProvisionError('DRIVER_MISSING', `${end.interface} is not compiled into the kernel of ${facts.host}, and this driver makes no new ones.`, {
        host: facts.host,
        why: facts.driver.how,
        ...UNTOUCHED,
        next: 'Take one of the units that are there, or build a kernel with more.',
      }),
    ];
  }
  return inUse(input);
}

function inUse(input: EndInput): ProvisionError[] {
  const { facts, end } = input;
  const { live } = facts;
  if (live.exists.known && live.exists.value && !live.outer.known) {
    return [
      new ProvisionError(
        'INTERFACE_IN_USE',
        `${end.interface} on ${facts.host} is there and is not a ${input.playbook.kind} tunnel that ${input.playbook.name} knows.`,
        {
          host: facts.host,
          why: live.outer.why,
          ...UNTOUCHED,
          next: 'Take another interface name in the inventory, or remove what is there by hand.',
        },
      ),
    ];
  }
  const outer = live.outer.known ? live.outer.value : null;
  const inner = live.inner.known ? live.inner.value : null;
  const blank = outer === null && inner === null;
  const related = outer?.remote === end.outer.remote || inner?.local === end.inner.local || inner?.peer === end.inner.peer;
  if (!live.exists.known || !live.exists.value || blank || related || ofThisLink(input)) return [];
  const has = [outer === null ? '' : `outer ${outer.local} -> ${outer.remote}`, inner === null ? '' : `inner ${inner.local} -> ${inner.peer}`];
  return [
    new ProvisionError('INTERFACE_IN_USE', `${end.interface} on ${facts.host} serves something else.`, {
      host: facts.host,
      why: `It has ${has.filter((h) => h !== '').join(' and ')}.`,
      ...UNTOUCHED,
      next: 'Take another interface name in the inventory, or remove what is there by hand.',
    }),
  ];
}

function addressErrors(input: EndInput): ProvisionError[] {
  const { facts, end } = input;
  return input.addresses
    .filter((a) => a.interface !== end.interface && a.address === end.inner.local)
    .map(
      (a) =>
        new ProvisionError('ADDRESS_IN_USE', `${a.address} is already on ${a.interface} of ${facts.host}.`, {
          host: facts.host,
          ...UNTOUCHED,
          next: `Take another subnet for ${end.link}, or remove the address from ${a.interface}. Where ${a.interface} is ${end.link} under another name, write that name back, run: provision unlink ${end.link}, then change it and link again.`,
        }),
    );
}

/** A routing protocol that no daemon of the host speaks, or where it is not clear which one is to. */
function daemonErrors({ facts, playbook, host }: EndInput): ProvisionError[] {
  return (playbook.daemons?.lacking ?? []).map(({ protocol, several, known }) => {
    const asks = `${protocol.toUpperCase()} is asked for on ${facts.host}`;
    if (several.length > 0) {
      const named = host.routing === undefined ? '' : ` The inventory names ${host.routing}, which is none of them.`;
      return new ProvisionError('ROUTING_DAEMON_UNCLEAR', `${asks}, and several daemons answer there: ${several.join(', ')}.${named}`, {
        host: facts.host,
        place: host.place,
        ...UNTOUCHED,
        next: `Write routing: ${several[0] ?? ''} at ${facts.host} in the inventory, or another of them.`,
      });
    }
    return new ProvisionError('ROUTING_DAEMON_MISSING', `${asks}, and no routing daemon that speaks it answers there.`, {
      host: facts.host,
      why: known.length === 0 ? `No daemon is known for ${facts.system}.` : `Known for ${facts.system}: ${known.join('; ')}.`,
      ...UNTOUCHED,
    });
  });
}

/** What a daemon or its files have that does not go with the link. */
function refusals(input: EndInput): ProvisionError[] {
  const context = contextOf(input);
  return (input.playbook.daemons?.chosen ?? []).flatMap(({ title, refuse }) =>
    refuse
      .filter((r) => holds(r.when, context))
      .map(
        (r) =>
          new ProvisionError('ROUTING_REFUSED', `${title} on ${input.facts.host} cannot be set up for ${input.end.link}.`, {
            host: input.facts.host,
            why: fillText(r.text, input.values),
            ...UNTOUCHED,
            ...(r.next === undefined ? {} : { next: fillText(r.next, input.values) }),
          }),
      ),
  );
}

/** @throws {ProvisionError | ProvisionErrors} all that stands in the way. */
export function checkEnd(input: EndInput, goal: 'link' | 'unlink'): void {
  const driver = driverError(input);
  const first = driver === undefined || goal === 'unlink' ? [] : [driver];
  const errors =
    goal === 'unlink'
      ? inUse(input)
      : [
          ...first,
          ...toolErrors(input),
          ...(driver === undefined ? interfaceErrors(input) : []),
          ...addressErrors(input),
          ...daemonErrors(input),
          ...refusals(input),
        ];
  if (errors.length === 1 && errors[0] !== undefined) throw errors[0];
  if (errors.length > 0) throw new ProvisionErrors(errors);
}
