/**
 * Another outer address on the first network card of a simulated host, as by DHCP.
 *
 * In: the system, its files that name the address, how its own commands change it. Out: the running system and those files changed; nothing is logged as
 * somebody's command. Here because the order is the same everywhere, only words and paths differ.
 */
import type { SimulatedSystem } from './system.js';

/** Hosts stand in a /24 each, behind the router with the last address of it. */
export const routerOf = (address: string): string => address.replace(/\d+$/, '254');

export interface Change {
  readonly card: string;
  readonly was: string;
  readonly now: string;
  readonly router: string;
}

export interface Readdressing {
  /** Boot files that name the address or its router; with `lines` only in those lines: a tunnel of ours may stand in the same file. */
  readonly files: (card: string) => readonly { readonly path: string; readonly lines?: RegExp }[];
  /** Changes the running system. */
  readonly commands: (change: Change) => readonly (readonly string[])[];
}

function replaced(text: string, lines: RegExp, words: readonly (readonly [string, string])[]): string {
  const line = (one: string): string =>
    lines.test(one)
      ? words.reduce((t, [was, now]) => t.replace(new RegExp(`(?<![0-9.])${was.replaceAll('.', '\\.')}(?![0-9.])`, 'g'), now), one)
      : one;
  return text.split('\n').map(line).join('\n');
}

export function readdress(system: Pick<SimulatedSystem, 'files' | 'stack' | 'exec'>, how: Readdressing, now: string): void {
  const { files, stack } = system;
  const card = [...stack.interfaces.values()].find((i) => i.kind === 'physical');
  const was = card?.addresses[0]?.local;
  if (card === undefined || was === undefined || was === now) return;
  const change = { card: card.name, was, now, router: routerOf(now) };
  const words = [
    [was, now],
    [routerOf(was), change.router],
  ] as const;
  for (const { path, lines = /^/ } of how.files(card.name)) {
    const file = files.get(path);
    if (file !== undefined) files.write(path, replaced(file.content, lines, words), file.mode);
  }
  for (const command of how.commands(change)) system.exec(command);
}

/** The words of all BSDs. What is not there any more is no error: taking the address away may have taken the route with it. */
export const bsdCommands = ({ card, was, now, router }: Change): readonly (readonly string[])[] => [
  ['ifconfig', card, 'inet', was, 'delete'],
  ['ifconfig', card, 'inet', now, 'netmask', '255.255.255.0'],
  ['route', '-n', 'delete', 'default'],
  ['route', '-n', 'add', 'default', router],
];
