/**
 * `vtysh` of a simulated FRR 8.4.4: -c, -C, -f, -b.
 *
 * In: words. Out: what vtysh prints and its exit status, as recorded: 1 a wrong command, 2 a wrong line of a checked file, 11 no such file.
 */
import type { CommandResult } from '../../system.js';
import { fail, ok } from '../result.js';
import { type Node, takeLine } from './config.js';
import { CONFIG_FILE, type Frr } from './frr.js';
import type { Config } from './model.js';
import { runningConfig } from './print.js';
import { bgpSummary, ospfInterfaces, ospfInterfaceText, ospfNeighbours } from './show.js';

/** Numbers of the nodes in the messages of -C; those of ospf and bgp are not recorded. */
const NODE: Readonly<Record<Node['at'], number>> = { config: 4, interface: 17, ospf: 27, bgp: 35 };

const copy = (config: Config): Config => structuredClone(config);

interface FileRead {
  readonly errors: readonly string[];
  readonly config: Config;
}

function readLines(frr: Frr, base: Config, text: string): FileRead {
  const config = copy(base);
  let node: Node = { at: 'config' };
  const errors: string[] = [];
  text.split('\n').forEach((line, i) => {
    const taken = takeLine(config, node, line, frr.exists);
    if ('node' in taken) node = taken.node;
    else errors.push(`line ${i + 1}: ${taken.refused.startsWith('% Unknown') ? `% Unknown command[${NODE[node.at]}]: ${line}` : taken.refused}`);
  });
  return { errors, config };
}

function file(frr: Frr, path: string, apply: boolean): CommandResult {
  const text = frr.machine.files.read(path);
  if (text === undefined) return fail(11, `% Can't open configuration file ${path} due to 'No such file or directory'.`);
  const read = readLines(frr, frr.config, text);
  if (apply) frr.config = read.config;
  return read.errors.length === 0 ? ok() : fail(2, read.errors.join('\n'));
}

function show(frr: Frr, words: readonly string[], line: string): CommandResult {
  const json = words.at(-1) === 'json';
  const rest = (json ? words.slice(0, -1) : words).slice(1);
  const is = (...names: string[]): boolean => names.every((name, i) => rest[i] === name);
  if (is('running-config') || is('run')) return ok(`Building configuration...\n\nCurrent configuration:\n${runningConfig(frr)}`);
  if (is('ip', 'ospf', 'neighbor')) return ok(ospfNeighbours(frr, rest[3], json));
  if (is('ip', 'ospf', 'interface')) return ok(json ? ospfInterfaces(frr, rest[3]) : ospfInterfaceText(frr, rest[3]));
  if ((is('bgp', 'summary') || is('ip', 'bgp', 'summary')) && json) return ok(bgpSummary(frr));
  if (is('ip', 'ospf') && rest.length === 2)
    return ok(frr.config.ospf === undefined ? '' : ` OSPF Routing Process, Router ID: ${frr.routerId()}\n Supports only single TOS (TOS0) routes\n`);
  if (is('daemons')) return ok(' zebra ospfd bgpd watchfrr staticd\n');
  if (is('version')) return ok('FRRouting 8.4.4 (simulated) on Linux.\n');
  return { exit: 1, stdout: `% Unknown command: ${line}\n`, stderr: '' };
}

function write(frr: Frr): CommandResult {
  frr.machine.files.write(
    CONFIG_FILE,
    runningConfig(frr)
      .replace(/^!\n/, '')
      .replace(/end\n$/, ''),
    0o640,
  );
  return ok(
    `Note: this version of vtysh never writes vtysh.conf\nBuilding Configuration...\nIntegrated configuration saved to ${CONFIG_FILE}\n[OK]\n`,
  );
}

/** The commands of one call, until one is refused. What was taken before stays. */
function commands(frr: Frr, lines: readonly string[]): CommandResult {
  let node: Node | undefined;
  let stdout = '';
  for (const line of lines) {
    const words = line.trim().split(/\s+/);
    if (node === undefined || words[0] === 'do') {
      const plain = words[0] === 'do' ? words.slice(1) : words;
      if (plain[0] === 'configure' || plain[0] === 'conf') node = { at: 'config' };
      else {
        const done =
          plain[0] === 'show'
            ? show(frr, plain, line)
            : plain[0] === 'write'
              ? write(frr)
              : { exit: 1, stdout: `% Unknown command: ${line}\n`, stderr: '' };
        stdout += done.stdout;
        if (done.exit !== 0) return { ...done, stdout };
      }
      continue;
    }
    if (words[0] === 'exit' && node.at === 'config') {
      node = undefined;
      continue;
    }
    const taken = takeLine(frr.config, node, line, frr.exists);
    if ('refused' in taken) return { exit: 1, stdout: `${stdout}${taken.refused}\n`, stderr: '' };
    node = words[0] === 'end' ? undefined : taken.node;
  }
  return ok(stdout);
}

export function vtysh(frr: Frr, words: readonly string[]): CommandResult {
  const lines = words.flatMap((w, i) => (words[i - 1] === '-c' ? [w] : []));
  const at = words.findIndex((w) => w === '-f' || w === '--inputfile');
  const path = at < 0 ? CONFIG_FILE : (words[at + 1] ?? '');
  const check = words.includes('-C') || words.includes('--dryrun');
  if (!frr.running && !check) return fail(1, 'Exiting: failed to connect to any daemons.');
  if (check) return file(frr, path, false);
  if (at >= 0 || words.includes('-b')) return file(frr, path, true);
  return commands(frr, lines);
}
