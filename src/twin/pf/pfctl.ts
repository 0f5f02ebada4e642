/** pfctl(8): load, show, switch on and off. In: words. Out: its texts (sbin/pfctl/pfctl.c and pfctl_parser.c; the list of counters as OpenBSD and FreeBSD have it). */
import { getopt } from '../common-host.js';
import type { FileTree } from '../files.js';
import { fail, ok } from '../freebsd/result.js';
import type { CommandResult } from '../system.js';
import { PfSyntaxError } from './lexer.js';
import type { Counted, Pf } from './pf.js';

const REASONS =
  'match bad-offset fragment short normalize memory bad-timestamp congestion ip-option proto-cksum state-mismatch state-insert state-limit src-limit synproxy'.split(
    ' ',
  );

function status(pf: Pf, now: number): string {
  const word = pf.enabled ? 'Enabled' : 'Disabled';
  const runtime = Math.floor((now - (pf.since ?? now)) / 1000);
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const time = `${Math.floor(runtime / 86400)} days ${two((runtime / 3600) % 24)}:${two((runtime / 60) % 60)}:${two(runtime % 60)}`;
  const line = pf.since === undefined ? `Status: ${word}` : `Status: ${word} for ${time}`;
  const count = (name: string, total: number): string =>
    `  ${name.padEnd(25)} ${String(total).padStart(14)} ${(runtime > 0 ? `${(total / runtime).toFixed(1)}/s` : '').padStart(16)}\n`;
  const matched = pf.loaded.rules.reduce((n, r) => n + r.packets, 0);
  const head = `${line.padEnd(44)}${(pf.dialect.printsKeepState ? 'Debug: Urgent' : 'Debug: err').padStart(15)}\n\n`;
  const table = `${'State Table'.padEnd(27)} ${'Total'.padStart(14)} ${'Rate'.padStart(16)}\n  ${'current entries'.padEnd(25)} ${'0'.padStart(14)} ${''.padStart(14)}\n`;
  const states = ['searches', 'inserts', 'removals'].map((n) => count(n, 0)).join('');
  return `${head}${table}${states}Counters\n${REASONS.map((n) => count(n, n === 'match' ? matched : 0)).join('')}`;
}

function rules(pf: Pf, list: readonly Counted[], verbose: boolean): string {
  return list
    .map(({ rule, evaluations, packets, bytes }, at) => {
      const line = pf.dialect.numbered ? `@${at + 1} ${rule.text} \n` : `${rule.text}\n`;
      if (!verbose) return line;
      const numbers = `Evaluations: ${String(evaluations).padEnd(8)}  Packets: ${String(packets).padEnd(8)}  Bytes: ${String(bytes).padEnd(10)}  States: 0     `;
      return `${line}  [ ${numbers}]\n`;
    })
    .join('');
}

function load(pf: Pf, files: FileTree, path: string, dry: boolean, anchor: string | undefined): CommandResult {
  const text = files.read(path);
  if (text === undefined)
    return fail(1, `pfctl: Cannot open ${path}: No such file or directory\n`.replace('Cannot open ', pf.dialect.numbered ? 'Cannot open ' : ''));
  try {
    const loaded = pf.parse(text);
    if (!dry && anchor !== undefined) pf.setAnchor(anchor, loaded.rules);
    else if (!dry) pf.loaded = loaded;
    return ok();
  } catch (error) {
    if (!(error instanceof PfSyntaxError)) throw error;
    return fail(1, `${path}:${error.line}: ${error.what}\npfctl: Syntax error in config file: pf rules not loaded\n`);
  }
}

function turn(pf: Pf, on: boolean): CommandResult {
  if (pf.enabled === on) return fail(1, `pfctl: pf ${on ? 'already enabled' : 'not enabled'}\n`);
  pf.turn(on);
  return ok('', `pf ${on ? 'enabled' : 'disabled'}\n`);
}

/** @param now - Milliseconds of the simulated clock. */
export function pfctl(words: readonly string[], pf: Pf, files: FileTree, now: number): CommandResult {
  const options = getopt(words.slice(1), 'Aa:deF:f:i:NnOqRrs:t:T:vx:z');
  if (options === undefined || (options.flags.size === 0 && options.values.size === 0))
    return fail(1, 'usage: pfctl [-deghmNnOqRrvz] [-F modifier] [-f file] [-s modifier]\n');
  const { flags, values } = options;
  const anchor = values.get('a');
  const done: CommandResult[] = [];
  if (flags.has('d')) done.push(turn(pf, false));
  const flush = values.get('F');
  if (flush !== undefined && ['rules', 'all'].some((m) => m.startsWith(flush))) {
    if (anchor === undefined) pf.loaded = { rules: [], skipped: [] };
    else pf.setAnchor(anchor, []);
    done.push(ok('', 'rules cleared\n'));
  }
  if (flush !== undefined && ['states', 'all'].some((m) => m.startsWith(flush))) done.push(ok('', `${pf.forget()} states cleared\n`));
  const file = values.get('f');
  if (file !== undefined) done.push(load(pf, files, file, flags.has('n'), anchor));
  const show = values.get('s');
  if (show !== undefined && anchor !== undefined && 'rules'.startsWith(show)) done.push(ofAnchor(pf, anchor, flags.has('v')));
  else if (show !== undefined) done.push(shown(pf, show, flags.has('v'), now));
  if (flags.has('e')) done.push(turn(pf, true));
  return {
    exit: Math.max(0, ...done.map((r) => r.exit)),
    stdout: done.map((r) => r.stdout).join(''),
    stderr: done.map((r) => r.stderr).join(''),
  };
}

/** The text for an anchor that is not there, and that pfctl ends with 0 all the same, are recalled. */
function ofAnchor(pf: Pf, path: string, verbose: boolean): CommandResult {
  const list = pf.anchors.get(path);
  if (list !== undefined) return ok(rules(pf, list, verbose));
  return ok('', pf.dialect.printsKeepState ? 'pfctl: DIOCGETRULES: Invalid argument\n' : 'pfctl: Anchor does not exist.\n');
}

/** print_iface of pfctl_parser.c. */
function interfaces(pf: Pf, verbose: boolean): string {
  return ['all', ...pf.interfaces()].map((name) => `${name}${verbose && pf.skips(name) ? ' (skip)' : ''}\n`).join('');
}

function shown(pf: Pf, what: string, verbose: boolean, now: number): CommandResult {
  if ('rules'.startsWith(what)) return ok(rules(pf, pf.loaded.rules, verbose));
  if ('info'.startsWith(what)) return ok(status(pf, now));
  if ('Interfaces'.startsWith(what)) return ok(interfaces(pf, verbose));
  return ['nat', 'states', 'Tables', 'queue'].some((m) => m.startsWith(what)) ? ok() : fail(1, `pfctl: Unknown show modifier '${what}'\n`);
}
