/** How the outer pair of gre1 is changed on each kind of simulated host, as its playbook does it, and the receiver file made of it. */
import type { Move } from '../../../src/model/updater.js';
import type { FileCall, ProveCall, RunCall } from '../../../src/model/wire.js';
import { type MovePart, PLACE, partText } from '../../../src/script/move.js';
import { quoteWord } from '../../../src/script/quote.js';
import type { TwinHost } from '../../../src/twin/host.js';

const { newLocal, newRemote, oldLocal } = PLACE;
const MARK = '0123456789abcdef0123456789abcdef';

const run = (id: string, ...words: string[]): RunCall => ({ verb: 'run', id, words });
const prove = (id: string, pattern: string, ...words: string[]): ProveCall => ({ verb: 'prove', id, pattern, words });

const TUNNEL = run('tunnel', 'ifconfig', 'gre1', 'tunnel', newLocal, newRemote);
const DOWN_AND_UP = [run('down', 'ifconfig', 'gre1', 'down'), TUNNEL, run('up', 'ifconfig', 'gre1', 'up')];
const SHOWN = prove('proof', `(tunnel:?|physical address) inet ${newLocal} --?> ${newRemote}`, 'ifconfig', 'gre1');

function point(kind: string): (RunCall | ProveCall)[] {
  if (/^NetBSD 1\./.test(kind)) {
    const greconfig = ['/usr/sbin/greconfig', '-i', 'gre1'];
    return [run('outer', ...greconfig, '-s', newLocal, '-d', newRemote), prove('proof', `^${newLocal} -> ${newRemote}, running`, ...greconfig)];
  }
  if (kind === 'OpenBSD 3.0')
    return [
      run('off', 'ifconfig', 'gre1', 'inet', oldLocal, 'delete'),
      run('outer', 'ifconfig', 'gre1', 'inet', newLocal, newRemote, 'netmask', '255.255.255.255', 'alias'),
      run('route', 'route', 'delete', '-host', newRemote),
      prove('proof', `inet ${newLocal} --> ${newRemote}`, 'ifconfig', 'gre1'),
    ];
  if (kind.startsWith('FreeBSD')) return [TUNNEL, SHOWN];
  if (kind.includes('BSD')) return [...DOWN_AND_UP, SHOWN];
  const set = ['ip', 'link', 'set', 'gre1', 'type', 'gre', 'local', newLocal, 'remote', newRemote, 'ttl', '64'];
  return [run('outer', ...set), prove('proof', ` gre remote ${newRemote} local ${newLocal} `, 'ip', '-d', 'link', 'show', 'gre1')];
}

export interface Ends {
  readonly local: string;
  readonly remote: string;
  /** Inner address of the other end. */
  readonly peer: string;
}

/** The address itself, not one that begins like it. */
export const exactly = (address: string): RegExp => new RegExp(`(?<![0-9.])${address.replaceAll('.', '\\.')}(?![0-9.])`, 'g');

/** Every file of the host that names the outer pair, with places for it. */
function bootFiles(host: TwinHost, { local, remote }: Ends): FileCall[] {
  const { files } = host.system;
  const places = (text: string): Buffer => Buffer.from(text.replace(exactly(remote), newRemote).replace(exactly(local), newLocal));
  const names = (text: string): boolean => text.search(exactly(remote)) >= 0;
  return files.paths().flatMap((path, i): FileCall[] => {
    const text = files.read(path) ?? '';
    const [, name = '', inside] = /^# BEGIN provision (\S+)\n([\s\S]*?)# END provision \1\n/m.exec(text) ?? [];
    if (inside !== undefined && names(inside)) return [{ verb: 'block', id: `boot.${i}`, path, name, content: places(inside) }];
    if (!names(text) || path.startsWith('/run/')) return [];
    return [{ verb: 'put', id: `boot.${i}`, path, mode: (files.get(path)?.mode ?? 0).toString(8).padStart(4, '0'), content: places(text) }];
  });
}

/** The move of a host that is linked already. */
export function moveOf(host: TwinHost, ends: Ends): Move {
  return {
    point: point(host.system.kind),
    boot: bootFiles(host, ends),
    across: prove('across', ' [1-9][0-9]* (packets )?received', 'ping', '-n', '-c', '1', ends.peer),
  };
}

export interface ReceiverOptions {
  readonly home: string;
  readonly guard: string;
  readonly local: string;
  readonly any?: boolean;
  readonly private?: boolean;
  readonly move: Move;
}

/** As docs/updater.md describes the file; the program itself is not needed here. */
export function receiverFile(options: ReceiverOptions): string {
  const { home, guard, local, any = false, private: inside = false, move } = options;
  const yes = (is: boolean): string => (is ? 'yes' : 'no');
  const values = {
    PV_LINK: 'pair',
    PV_HOME: home,
    PV_GUARD: guard,
    PV_LOCAL: local,
    PV_OWN: '10.1.12.37 10.1.12.38',
    PV_ANY: yes(any),
    PV_PRIVATE: yes(inside),
  };
  const text = (part: MovePart): string => `pv_text_${part} () {\ncat <<'PV_TEXT'\n${partText(move, part, MARK)}PV_TEXT\n}\n`;
  return [
    '#!/bin/sh\n# provision: receiver of the updater for link pair\n# BEGIN data\n',
    ...Object.entries(values).map(([name, value]) => `${name}=${quoteWord(value)}\n`),
    ...(['point', 'boot', 'across'] as const).map(text),
    '# END data\npv_receive_0000\n',
  ].join('');
}
