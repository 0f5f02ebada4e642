/** kmod's commands of a simulated Linux: modprobe, modinfo, lsmod, rmmod. In: words. Out: the texts of kmod 30. */
import type { CommandResult } from '../system.js';
import type { Kernel } from './kernel.js';
import { ModuleTable } from './modules.js';
import { fail, ok } from './result.js';

const known = (kernel: Kernel, name: string): boolean => kernel.modules.file(name) !== undefined || kernel.modules.isBuiltin(name);

function remove(kernel: Kernel, written: string, quiet: boolean): CommandResult {
  const name = ModuleTable.canonical(written);
  if (kernel.modules.isBuiltin(name)) return quiet ? fail(1, '') : fail(1, `modprobe: FATAL: Module ${written} is builtin.`);
  if (!known(kernel, name)) return quiet ? fail(1, '') : fail(1, `modprobe: FATAL: Module ${written} not found.`);
  if (['gre', 'ip_tunnel'].includes(name) && kernel.modules.isLoaded('ip_gre')) return fail(1, `modprobe: FATAL: Module ${written} is in use.`);
  if (name === 'ip_gre' && kernel.modules.isLoaded(name)) kernel.unloadGre();
  return ok();
}

function load(kernel: Kernel, written: string, dry: boolean, quiet: boolean, verbose: boolean): CommandResult {
  const name = ModuleTable.canonical(written);
  if (!known(kernel, name))
    return quiet ? fail(1, '') : fail(1, `modprobe: FATAL: Module ${written} not found in directory /lib/modules/${kernel.modules.release}`);
  const needed = name === 'ip_gre' ? ['ip_tunnel', 'gre', 'ip_gre'] : [name];
  const missing = needed.filter((n) => !kernel.modules.isLoaded(n) && kernel.modules.file(n) !== undefined);
  const said = verbose ? missing.map((n) => `insmod ${kernel.modules.file(n) ?? ''} \n`).join('') : '';
  if (!dry && name === 'ip_gre') kernel.loadGre();
  if (!dry && name === 'fou') kernel.modules.fouReady = true;
  return ok(said);
}

/** `modprobe` with -n, -q, -r, -v. */
export function modprobe(kernel: Kernel, words: readonly string[]): CommandResult {
  const flags = words.filter((w) => w.startsWith('-') && w !== '--');
  const names = words.filter((w) => !w.startsWith('-'));
  const has = (letter: string, long: string): boolean => flags.some((f) => f === `--${long}` || (/^-[a-z]+$/i.test(f) && f.includes(letter)));
  const [name] = names;
  if (name === undefined) return fail(1, 'modprobe: ERROR: missing parameters. See -h.');
  const quiet = has('q', 'quiet');
  if (has('a', 'all')) {
    const done = names.map((one) => load(kernel, one, has('n', 'dry-run'), quiet, has('v', 'verbose')));
    const all = (part: 'stdout' | 'stderr'): string => done.map((d) => d[part]).join('');
    return { exit: Math.max(...done.map((d) => d.exit)), stdout: all('stdout'), stderr: all('stderr') };
  }
  if (has('r', 'remove')) return has('n', 'dry-run') ? ok() : remove(kernel, name, quiet);
  return load(kernel, name, has('n', 'dry-run'), quiet, has('v', 'verbose'));
}

/** `rmmod NAME`. */
export function rmmod(kernel: Kernel, words: readonly string[]): CommandResult {
  const [name = ''] = words;
  const canonical = ModuleTable.canonical(name);
  if (kernel.modules.isBuiltin(canonical)) return fail(1, `rmmod: ERROR: Module ${name} is builtin.`);
  if (!kernel.modules.isLoaded(canonical)) return fail(1, `rmmod: ERROR: Module ${name} is not currently loaded`);
  return remove(kernel, name, false);
}

/** `modinfo [-n] [-F FIELD] NAME`. */
export function modinfo(kernel: Kernel, words: readonly string[]): CommandResult {
  const flags = words.filter((w) => w.startsWith('-'));
  const [written] = words.filter((w, at) => !w.startsWith('-') && words[at - 1] !== '-F');
  if (written === undefined) return fail(1, 'modinfo: ERROR: missing module or filename.');
  const name = ModuleTable.canonical(written);
  if (!known(kernel, name)) return fail(1, `modinfo: ERROR: Module ${written} not found.`);
  const file = kernel.modules.file(name) ?? '(builtin)';
  const field = flags.includes('-F') ? words[words.indexOf('-F') + 1] : flags.includes('-n') ? 'filename' : undefined;
  if (field === 'filename') return ok(`${file}\n`);
  const builtin = file === '(builtin)';
  const rows: [string, string][] = [
    ...(builtin ? [['name', name] as [string, string]] : []),
    ['filename', file],
    ...(name === 'ip_gre' ? GRE_ROWS : []),
    ['license', 'GPL'],
    ...(builtin ? [['file', `net/ipv4/${name}`] as [string, string]] : [['depends', name === 'ip_gre' ? 'ip_tunnel,gre' : ''] as [string, string]]),
    ...(builtin
      ? []
      : [
          ['intree', 'Y'] as [string, string],
          ['name', name] as [string, string],
          ['vermagic', `${kernel.modules.release} mod_unload`] as [string, string],
        ]),
  ];
  if (field !== undefined)
    return ok(
      rows
        .filter(([k]) => k === field)
        .map(([, v]) => `${v}\n`)
        .join(''),
    );
  return ok(rows.map(([k, v]) => `${`${k}:`.padEnd(16)}${v}\n`).join(''));
}

const GRE_ROWS: [string, string][] = [
  ['alias', 'netdev-gretap0'],
  ['alias', 'netdev-gre0'],
  ['alias', 'rtnl-link-erspan'],
  ['alias', 'rtnl-link-gretap'],
  ['alias', 'rtnl-link-gre'],
];

/** `lsmod`. */
export function lsmod(kernel: Kernel): CommandResult {
  const users = (by: string): string =>
    by
      .replace(/\[permanent\],/, '')
      .replace(/,$/, '')
      .replace(/^-$/, '');
  const rows = kernel.modules.entries().map((e) => `${`${e.name.padEnd(19)} ${String(e.size).padStart(8)}  ${e.use} ${users(e.by)}`.trimEnd()}\n`);
  return ok(`Module                  Size  Used by\n${rows.join('')}`);
}
