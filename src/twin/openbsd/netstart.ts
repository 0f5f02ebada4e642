/**
 * netstart: hostname.if(5) files into commands, positional `inet` lines and all (os-facts.md 5.4; 3.0: docs/twin-openbsd3.md).
 *
 * In: the lines of a file. Out: the commands netstart runs, as words; undefined for a line that needs a real shell.
 */
import { splitCommand } from '../freebsd/words.js';

/** `inet [alias] ADDR [MASK [BROADCAST [EXTRAS…]]]`: every word has its place, whatever it says. */
function positional(name: string, words: readonly string[]): string[] {
  const rest = words.slice(1);
  const out = ['ifconfig', name, words[0] ?? 'inet'];
  if (rest[0] === 'alias') out.push(rest.shift() ?? '');
  const [address, mask, broadcast, ...extras] = rest;
  if (address !== undefined) out.push(address);
  if (mask !== undefined) out.push('netmask', mask);
  if (broadcast !== undefined && broadcast !== 'NONE') out.push('broadcast', broadcast);
  return [...out, ...extras];
}

/** Puts the peer of a `dest` line behind the address of the command before it. */
function withDest(command: readonly string[], peer: string): string[] {
  const at = command[3] === 'alias' ? 5 : 4;
  return [...command.slice(0, at), peer, ...command.slice(at)];
}

export interface Parsed {
  readonly commands: readonly (readonly string[])[];
  readonly odd: readonly string[];
}

export function parseHostnameFile(name: string, text: string): Parsed {
  const commands: string[][] = [];
  const odd: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const bang = line.startsWith('!');
    const words = splitCommand(bang ? line.slice(1) : line, new Map([['if', name]]));
    const last = commands.at(-1);
    if (words === undefined) odd.push(line);
    else if (bang) commands.push(words);
    else if (words[0] === 'inet' || words[0] === 'inet6') commands.push(positional(name, words));
    else if (words[0] === 'dest') {
      if (words.length === 2 && last !== undefined) commands[commands.length - 1] = withDest(last, words[1] ?? '');
    } else commands.push(['ifconfig', name, ...words]);
  }
  return { commands, odd };
}
