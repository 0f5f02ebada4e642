/**
 * Commands that answer the same on all simulated systems: id, uname, hostname, cat, ls, test, sync, true, false, echo, traceroute,
 * and those of file-commands.ts and account-commands.ts.
 *
 * In: words and the system. Out: an answer, or undefined when the command is not one of these (the system says then what its sh says).
 */

import { ACCOUNT_PROGRAMS, accountCommand } from './account-commands.js';
import { type CommonHost, failed, ok } from './common-host.js';
import { FILE_PROGRAMS, fileCommand } from './file-commands.js';
import { powerCommand } from './power.js';
import type { CommandResult } from './system.js';

export { failed, ok } from './common-host.js';

/** Programs that all systems have, and that `test -x` finds. */
const SHARED_PROGRAMS: ReadonlySet<string> = new Set([...FILE_PROGRAMS, ...ACCOUNT_PROGRAMS]);
const isProgram = (host: Pick<CommonHost, 'programs'>, path: string): boolean => host.programs.includes(path) || SHARED_PROGRAMS.has(path);

/** `rwxr-xr-x` of permission bits. */
export function modeText(mode: number): string {
  const bit = (n: number, c: string): string => (mode & n ? c : '-');
  return [0o400, 0o200, 0o100, 0o040, 0o020, 0o010, 0o004, 0o002, 0o001].map((n, i) => bit(n, 'rwx'.charAt(i % 3))).join('');
}

/** The line of `ls -l` (`numeric`: `ls -ln`), or undefined when nothing is there. */
export function lsLine(host: Pick<CommonHost, 'files' | 'programs'>, path: string, numeric: boolean): string | undefined {
  const owner = numeric ? '0  0' : 'root  wheel';
  const file = host.files.get(path);
  if (file?.link !== undefined) return `lrwxrwxrwx  1 ${owner}  ${file.link.length} Jan  1 00:00 ${path} -> ${file.link}`;
  if (file !== undefined) return `-${modeText(file.mode)}  1 ${owner}  ${file.content.length} Jan  1 00:00 ${path}`;
  if (isProgram(host, path)) return `-r-xr-xr-x  1 ${owner}  40960 Jan  1 00:00 ${path}`;
  return host.files.isDirectory(path) ? `d${modeText(host.files.directoryMode(path))}  2 ${owner}  512 Jan  1 00:00 ${path}` : undefined;
}

function uname(host: CommonHost, flags: readonly string[]): CommandResult {
  const { sysname, release, machine } = host.uname;
  const version = host.version ?? `${sysname} ${release}`;
  const letters = flags.join('').replaceAll('-', '') || 's';
  if (/[^amnprsv]/.test(letters)) return failed(1, 'usage: uname [-amnprsv]\n');
  const want = (c: string): boolean => letters.includes(c) || letters.includes('a');
  const parts = [want('s') && sysname, want('n') && host.hostname, want('r') && release, want('v') && version, want('m') && machine];
  if (letters.includes('p')) parts.push(machine);
  return ok(`${parts.filter((p) => p !== false).join(' ')}\n`);
}

function cat(host: CommonHost, paths: readonly string[]): CommandResult {
  let stdout = '';
  let stderr = '';
  for (const path of paths) {
    const content = host.files.read(path);
    // The tree holds bytes as latin1; answers are UTF-8 text.
    if (content !== undefined) stdout += Buffer.from(content, 'latin1').toString('utf8');
    else stderr += `cat: ${path}: ${host.files.isDirectory(path) ? 'Is a directory' : 'No such file or directory'}\n`;
  }
  return { exit: stderr === '' ? 0 : 1, stdout, stderr };
}

function ls(host: CommonHost, args: readonly string[]): CommandResult {
  const flags = args
    .filter((a) => a.startsWith('-'))
    .join('')
    .replaceAll('-', '');
  let stdout = '';
  let stderr = '';
  for (const path of args.filter((a) => !a.startsWith('-'))) {
    const line = lsLine(host, path, flags.includes('n'));
    if (line === undefined) stderr += `ls: ${path}: No such file or directory\n`;
    else if (line.startsWith('d') && !flags.includes('d')) {
      const inside = new Set(
        [...host.files.paths(), ...host.programs].filter((p) => p.startsWith(`${path}/`)).map((p) => p.slice(path.length + 1).split('/')[0]),
      );
      stdout += [...inside]
        .sort()
        .map((n) => `${n}\n`)
        .join('');
    } else stdout += `${/[ln]/.test(flags) ? line : path}\n`;
  }
  return { exit: stderr === '' ? 0 : 1, stdout, stderr };
}

function test(host: CommonHost, args: readonly string[]): CommandResult {
  if (args[0] === '!') {
    const { exit, ...said } = test(host, args.slice(1));
    return { ...said, exit: exit > 1 ? exit : 1 - exit };
  }
  const [flag = '', path = ''] = args;
  const file = host.files.get(path)?.link === undefined ? host.files.get(path) : host.files.get(host.files.get(path)?.link ?? '');
  const program = isProgram(host, path);
  const directory = host.files.isDirectory(path);
  const answers: Readonly<Record<string, boolean>> = {
    '-e': file !== undefined || program || directory,
    '-f': file !== undefined || program,
    '-r': file !== undefined || program || directory,
    '-s': (file?.content.length ?? 0) > 0 || program,
    '-x': program || directory || (file !== undefined && (file.mode & 0o111) !== 0),
    '-d': directory,
    '-h': host.files.get(path)?.link !== undefined,
    '-L': host.files.get(path)?.link !== undefined,
  };
  const answer = answers[flag];
  if (answer === undefined || args.length !== 2)
    return failed(2, 'test: this simulated host knows test -e, -f, -r, -s, -x, -d, -h and -L with one path\n');
  return { exit: answer ? 0 : 1, stdout: '', stderr: '' };
}

/** A few hops by the internet's routers, then the destination if it answers; every silent hop is three stars. */
function traceroute(host: CommonHost, args: readonly string[]): CommandResult {
  const valued = new Set(['-m', '-q', '-w', '-f', '-p', '-s', '-i']);
  let max = 30;
  const names = args.filter((arg, i) => {
    if (args[i - 1] === '-m') max = Number(arg) || 30;
    return !arg.startsWith('-') && !valued.has(args[i - 1] ?? '');
  });
  const dst = names[0] ?? '';
  if (!/^\d+(\.\d+){3}$/.test(dst)) return failed(1, `traceroute: unknown host ${dst}\n`);
  const { stack } = host;
  let stdout = '';
  for (let ttl = 1; ttl <= Math.min(max, stack.internet.hops + 4); ttl += 1) {
    const seen = stack.echo(dst, { bytes: 40, ttl });
    if (!seen.send.sent)
      return failed(1, `traceroute to ${dst} (${dst}), ${max} hops max, 40 byte packets\ntraceroute: sendto: No route to host\n`, stdout);
    const from = seen.replyTtl === undefined ? seen.icmp?.from : dst;
    const ms = `  ${seen.rttMs.toFixed(3)} ms`;
    stdout += from === undefined ? `${String(ttl).padStart(2)}  * * *\n` : `${String(ttl).padStart(2)}  ${from}${ms}${ms}${ms}\n`;
    if (from === dst) break;
  }
  return { exit: 0, stdout, stderr: `traceroute to ${dst} (${dst}), ${max} hops max, 40 byte packets\n` };
}

/** @returns The answer, or undefined if the command is not one that all systems share. */
export function commonCommand(host: CommonHost, words: readonly string[]): CommandResult | undefined {
  const [name = '', ...args] = words;
  switch (name.split('/').at(-1)) {
    case 'id':
      return ok(args[0] === '-u' ? '0\n' : args[0] === '-un' ? 'root\n' : 'uid=0(root) gid=0(wheel) groups=0(wheel)\n');
    case 'uname':
      return uname(host, args);
    case 'hostname':
      return ok(`${host.hostname}\n`);
    case 'cat':
      return cat(host, args);
    case 'ls':
      return ls(host, args);
    case 'test':
      return test(host, args);
    case 'echo':
      return ok(`${args.join(' ')}\n`);
    case 'traceroute':
      return traceroute(host, args);
    case 'sync':
    case 'true':
    case ':':
      return ok();
    case 'false':
      return failed(1, '');
    default:
      return fileCommand(host, words) ?? accountCommand(host, words) ?? powerCommand(words);
  }
}

/** How a BSD sh says that there is no such command. */
export const notFound = (word: string): CommandResult => failed(127, `${word}: not found\n`);
