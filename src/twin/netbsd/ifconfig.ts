/**
 * ifconfig(8) of NetBSD: the listing forms, and words applied to one interface with the texts and exit statuses of the release.
 *
 * The treachery is on purpose: a refused tunnel or mtu only warns and exits 0. Sources: os-facts 0.3, 3.2, 4.2; netbsd-transcripts 1 to 11.
 */
import { failed, ok } from '../common.js';
import type { CommandResult } from '../system.js';
import { addInet, classful, removeInet } from './address.js';
import { deleteTunnel, isRunning, lower, raise, setLink, setMtu, setTunnel, settle } from './gre.js';
import { type AddressWords, type Operation, parseWords } from './parse.js';
import { showInterface } from './show.js';
import { KernelPanic, type NetBsdState, type NetIf } from './state.js';
import { usage } from './usage.js';

const UNCONFIGURED = 'Device not configured';

/** Stops the line with exit 1 and these lines on stderr (without `ifconfig: `). */
class Stop extends Error {
  readonly lines: readonly string[];
  constructor(...lines: string[]) {
    super(lines.join('; '));
    this.lines = lines;
  }
}

/** create and destroy: two lines from 5.0 on, one ioctl name before. */
function cloneError(state: NetBsdState, what: string, ioctl: string): Stop {
  return state.release.modernErrors ? new Stop(`clone_command: ${what}`, `exec_matches: ${what}`) : new Stop(`${ioctl}: ${what}`);
}

export function cloners(state: NetBsdState): string[] {
  const gre = state.release.gre && state.release.cloning ? ['gre'] : [];
  if (state.release.rump) return ['virt', 'lo', 'shmif', 'gif', ...gre, 'carp'];
  return state.release.greconfig ? ['gif', ...gre, 'vlan'] : ['bridge', 'gif', ...gre, 'lo', 'ppp', 'tap', 'tun', 'vlan'];
}

function create(state: NetBsdState, name: string): NetIf {
  const wrong = (what: string): Stop => cloneError(state, what, 'SIOCIFCREATE');
  const parts = /^([A-Za-z]+)(\d+)$/.exec(name);
  const unit = Number(parts?.[2]);
  if (state.find(name) !== undefined) throw wrong('File exists');
  if (parts === null || unit > 0xffffffff || unit > 0x7fffffff || !cloners(state).includes(parts[1] ?? '')) throw wrong('Invalid argument');
  const kind = parts[1] === 'gre' ? 'gre' : parts[1] === 'gif' ? 'gif' : 'other';
  const clean = `${parts[1]}${unit}`;
  if (state.find(clean) !== undefined) throw wrong('File exists');
  return state.attach(clean, kind, kind === 'gre' ? state.release.mtu : kind === 'gif' ? 1280 : 1500);
}

function destroy(state: NetBsdState, name: string): void {
  const wrong = (what: string): Stop => cloneError(state, what, 'SIOCIFDESTROY');
  const item = state.find(name);
  const stem = /^([A-Za-z]+)\d+$/.exec(name)?.[1];
  if (item === undefined) throw wrong(stem === undefined || !cloners(state).includes(stem) ? 'Invalid argument' : UNCONFIGURED);
  if (item.kind === 'loopback') throw wrong('Operation not permitted');
  if (item.kind === 'ethernet') throw wrong('Invalid argument');
  item.socket = 'none';
  delete item.outer;
  settle(state, item);
  state.detach(item);
}

function flagError(state: NetBsdState, what: string | undefined): void {
  if (what !== undefined) throw new Stop(state.release.modernErrors ? `exec_matches: ${what}` : `SIOCSIFFLAGS: ${what}`);
}

/** One operation. Returned text is a warning: ifconfig goes on and exits 0. */
function apply(state: NetBsdState, name: string, op: Operation): string | undefined {
  if (op.do === 'create') return void create(state, name);
  if (op.do === 'destroy') return void destroy(state, name);
  const item = state.find(name);
  if (op.do === 'tunnel') {
    const wrong = item === undefined ? UNCONFIGURED : setTunnel(state, item, op.pair);
    return wrong === undefined ? undefined : `SIOCSLIFPHYADDR: ${wrong}`;
  }
  if (op.do === 'mtu') {
    const wrong = item === undefined ? UNCONFIGURED : setMtu(state, item, op.value);
    return wrong === undefined ? undefined : `SIOCSIFMTU: ${wrong}`;
  }
  if (item === undefined) throw new Stop(absent(op));
  return applyTo(state, item, op);
}

function absent(op: Operation): string {
  if (op.do === 'peer') return `setifdstormask: getifflags: ${UNCONFIGURED}`;
  return `${op.do === 'deletetunnel' ? 'SIOCDIFPHYADDR' : 'exec_matches'}: ${UNCONFIGURED}`;
}

function applyTo(state: NetBsdState, item: NetIf, op: Operation): undefined {
  if (op.do === 'up') flagError(state, raise(state, item));
  else if (op.do === 'down') lower(state, item);
  else if (op.do === 'deletetunnel') deleteTunnel(state, item);
  else if (op.do === 'link') flagError(state, setLink(state, item, op.n, op.on));
  else if (op.do === 'metric') item.metric = op.value;
  else if (op.do === 'debug' || op.do === '-debug') item.debug = op.do === 'debug';
  else if (op.do === 'arp' || op.do === '-arp') item.noArp = op.do === '-arp';
  else if (op.do === 'broadcast' && item.kind !== 'ethernet') throw new Stop('not a broadcast interface');
}

function applyAddress(state: NetBsdState, name: string, words: AddressWords): void {
  const item = state.find(name);
  if (item === undefined) throw new Stop(`SIOCGIFFLAGS ${name}: ${UNCONFIGURED}`);
  if (words.mode === 'delete') {
    const wrong = removeInet(state, item, words.local);
    if (wrong !== undefined) throw new Stop(`SIOCDIFADDR: ${wrong}`);
    return;
  }
  const local = words.local ?? '';
  const peer = words.peer === undefined ? {} : { peer: words.peer };
  const mask = words.mask ?? (words.peer === undefined && item.kind === 'gre' ? classful(local) : classful(local));
  addInet(state, item, { local, mask, ...peer }, words.mode === 'alias');
}

/** Words behind the interface's name. */
function configure(state: NetBsdState, name: string, words: readonly string[]): CommandResult {
  const { modernErrors } = state.release;
  const parsed = parseWords(words, state.release);
  if ('wrong' in parsed) return failed(1, modernErrors ? usage(true) : `ifconfig: ${parsed.wrong}: bad value\n`);
  if ('error' in parsed) return failed(1, `ifconfig: ${parsed.error}\n`);
  const item = state.find(name);
  const makes = parsed.operations.some((o) => o.do === 'create' || o.do === 'destroy');
  const shows = parsed.operations.length === 0 && parsed.address === undefined;
  // Before 5.0 ifconfig asks for the flags first, whatever is to be done.
  if (item === undefined && !makes && (shows || !modernErrors)) return failed(1, `ifconfig: SIOCGIFFLAGS ${name}: ${UNCONFIGURED}\n`);
  if (shows && item !== undefined) return ok(showInterface(state, item, parsed.family === undefined ? {} : { family: parsed.family }));
  let stderr = '';
  try {
    for (const op of parsed.operations) {
      const warning = apply(state, name, op);
      if (warning !== undefined) stderr += `ifconfig: ${warning}\n`;
    }
    if (parsed.address !== undefined) applyAddress(state, name, parsed.address);
    return { exit: 0, stdout: '', stderr };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return failed(1, stderr + error.lines.map((l) => `ifconfig: ${l}\n`).join(''));
  }
}

function list(state: NetBsdState, letters: string): CommandResult {
  const some = state.interfaces.filter((i) => (!letters.includes('u') || i.iface.up) && (!letters.includes('d') || !i.iface.up));
  return ok(`${some.map((i) => i.name).join(' ')}\n`);
}

function options(state: NetBsdState, letters: string, rest: readonly string[]): CommandResult {
  const { modernErrors, listsCloners } = state.release;
  const unknown = [...letters].find((c) => !`ablmuvdhszL${listsCloners ? 'C' : ''}`.includes(c));
  if (unknown !== undefined) return failed(1, `ifconfig: unknown option -- ${unknown}\n${usage(modernErrors)}`);
  if (letters.includes('C')) return ok(`${cloners(state).join(' ')}\n`);
  if (letters.includes('l')) return list(state, letters);
  const verbose = letters.includes('v');
  if (letters.includes('a')) return ok(state.interfaces.map((i) => showInterface(state, i, { verbose })).join(''));
  const item = state.find(rest[0] ?? '');
  if (item === undefined) return failed(1, `ifconfig: SIOCGIFFLAGS ${rest[0] ?? ''}: ${UNCONFIGURED}\n`);
  if (letters.includes('s')) return { exit: isRunning(state, item) ? 0 : 1, stdout: '', stderr: '' };
  return rest.length > 1 ? configure(state, item.name, rest.slice(1)) : ok(showInterface(state, item, { verbose }));
}

/** @param args - The words behind `ifconfig`. */
export function ifconfig(state: NetBsdState, args: readonly string[]): CommandResult {
  const { modernErrors } = state.release;
  try {
    const [first = '', ...rest] = args;
    if (first.startsWith('-')) return options(state, first.slice(1), rest);
    if (first === '') return failed(1, modernErrors ? `ifconfig: status: getifinfo: ${UNCONFIGURED}\n` : usage(false));
    const nameFits = first.length <= 15 && !['create', 'destroy'].includes(first);
    if (!nameFits) return failed(1, modernErrors ? usage(true) : `ifconfig: SIOCGIFFLAGS ${first}: ${UNCONFIGURED}\n`);
    return configure(state, first, rest);
  } catch (error) {
    if (!(error instanceof KernelPanic)) throw error;
    return { exit: 1, stdout: error.stdout, stderr: '', panic: error.message };
  }
}
