/** birdc and bird of BIRD 2.0.12 (recorded on Debian 12): configure, show, enable and disable; the check of a file. In: words. Out: replies; exit 1 for those that are errors. */
import { toNumber } from '../../interface.js';
import type { Neighbour } from '../../ospf.js';
import type { CommandResult } from '../../system.js';
import { fail, ok } from '../result.js';
import { type Bird, CONFIG_FILE, type Found } from './bird.js';
import type { Config, Protocol } from './config.js';

const READY = 'BIRD 2.0.12 ready.\n';
const say = (text: string): CommandResult => ok(`${READY}${text}`);
const refuse = (text: string): CommandResult => fail(1, '', `${READY}${text}\n`);

const time = (ms: number): string => new Date(ms).toISOString().slice(11, 23);
const neighbours = (bird: Bird): readonly Neighbour[] => bird.stack.internet.ospf.neighboursOf(bird.stack.host);

function infoOf(bird: Bird, p: Protocol): string {
  if (!bird.isUp(p)) return '';
  if (p.kind === 'BGP') return `${(bird.established(p) ? 'Established' : 'Active').padEnd(14)}`;
  if (p.kind !== 'OSPF') return '';
  const own = bird.found().filter((f) => f.protocol === p);
  return neighbours(bird).some((n) => n.state === 'Full' && own.some((f) => f.port.interface === n.interface)) ? 'Running' : 'Alone';
}

function protocolLine(bird: Bird, p: Protocol): string {
  const up = bird.isUp(p) && (p.kind !== 'BGP' || bird.established(p));
  const state = up ? 'up' : bird.isUp(p) ? 'start' : 'down';
  const kernels = bird.config.protocols.filter((x) => x.kind === 'Kernel');
  const table = ['Device', 'Direct', 'BGP'].includes(p.kind) ? '---' : p.kind === 'Kernel' && kernels.indexOf(p) > 0 ? 'master6' : 'master4';
  return `${p.name.padEnd(10)} ${p.kind.padEnd(10)} ${table.padEnd(10)} ${state.padEnd(6)} ${time(bird.since.get(p.name) ?? 0).padEnd(12)}  ${infoOf(bird, p)}\n`;
}

function showProtocols(bird: Bird, words: readonly string[]): CommandResult {
  const name = words.find((w) => w !== 'all');
  const list = bird.config.protocols.filter((p) => name === undefined || p.name === name);
  if (list.length === 0) return refuse('syntax error, unexpected CF_SYM_UNDEFINED');
  const more = (p: Protocol): string => (words.includes('all') ? `${bgpText(bird, p)}\n` : '');
  return say(`Name       Proto      Table      State  Since         Info\n${list.map((p) => protocolLine(bird, p) + more(p)).join('')}`);
}

/** What `all` adds for a BGP session, without its capabilities; channels of other protocols are not shown. */
function bgpText(bird: Bird, p: Protocol): string {
  if (p.kind !== 'BGP' || !bird.isUp(p)) return '';
  const up = bird.established(p);
  const rows = [
    `  BGP state:          ${up ? 'Established' : 'Active'}`,
    `    Neighbor address: ${p.neighbour?.address ?? ''}`,
    `    Neighbor AS:      ${p.neighbour?.as ?? ''}`,
    `    Local AS:         ${p.localAs ?? ''}`,
    ...(up ? ['    Session:          external AS4'] : []),
    '  Channel ipv4',
    `    State:          ${up ? 'UP' : 'DOWN'}`,
    '    Table:          master4',
    '    Preference:     100',
  ];
  return `${rows.join('\n')}\n`;
}

/** The protocols that a `show ospf` is about, or its refusal. */
function chosen(bird: Bird, name: string | undefined): readonly Protocol[] | CommandResult {
  const all = bird.config.protocols.filter((p) => p.kind === 'OSPF');
  const named = all.filter((p) => p.name === name);
  if (name !== undefined && named.length === 0) return refuse('syntax error, unexpected CF_SYM_UNDEFINED, expecting END or CF_SYM_KNOWN or TEXT');
  const up = all.filter((p) => bird.isUp(p));
  if (name === undefined && up.length === 0) return refuse('There is no OSPF protocol running');
  const [first] = named;
  if (first !== undefined && !bird.isUp(first)) return say(`${first.name}: is not up\n`);
  return name === undefined ? up : named;
}

function neighbourRow(f: Found, n: Neighbour): string {
  const due = (f.words.dead - Math.min(2.373, f.words.dead / 4)).toFixed(3).padStart(6);
  const state = `${n.state}/${f.port.network === 'point-to-point' ? 'PtP' : 'DR'}`;
  return `${n.routerId.padEnd(12)}\t  1\t${state.padEnd(10)}\t${due}\t${n.interface.padEnd(10)} ${n.address}\n`;
}

function showNeighbours(bird: Bird, name: string | undefined): CommandResult {
  const list = chosen(bird, name);
  if ('exit' in list) return list;
  const near = neighbours(bird);
  const part = (p: Protocol): string => {
    const rows = bird
      .found()
      .flatMap((f) => (f.protocol === p ? near.filter((n) => n.interface === f.port.interface).map((n) => neighbourRow(f, n)) : []));
    return `${p.name}:\nRouter ID   \tPri\t     State     \tDTime\tInterface  Router IP\n${rows.join('')}`;
  };
  return say(list.map(part).join('\n'));
}

function interfaceText({ port, words }: Found): string {
  const area = toNumber(port.area);
  const pointToPoint = port.network === 'point-to-point';
  const rows = [
    `Type: ${pointToPoint ? 'ptp' : 'broadcast'}`,
    `Area: ${port.area} (${area})`,
    `State: ${pointToPoint ? 'PtP' : 'DR'}`,
    'Priority: 1',
    `Cost: ${port.cost}`,
    'ECMP weight: 1',
    `Hello timer: ${words.hello}`,
    `Wait timer: ${words.dead}`,
    `Dead timer: ${words.dead}`,
    'Retransmit timer: 5',
  ];
  return `Interface ${port.interface} (${port.nets[0] ?? port.address})\n${rows.map((r) => `\t${r}\n`).join('')}`;
}

function showInterfaces(bird: Bird, words: readonly string[]): CommandResult {
  // `show ospf interface [PROTOCOL] ["INTERFACE"]`.
  const only = words.find((w) => w.startsWith('"'))?.replaceAll('"', '');
  const name = words.find((w) => !w.startsWith('"'));
  const list = chosen(bird, name);
  if ('exit' in list) return list;
  const of = (p: Protocol): string =>
    bird
      .found()
      .filter((f) => f.protocol === p && (only ?? f.device.name) === f.device.name)
      .map(interfaceText)
      .join('');
  return say(list.map((p) => `${p.name}:\n${of(p)}`).join('\n'));
}

function showRoutes(bird: Bird): CommandResult {
  const found = bird.found();
  const routes = bird.machine.kernel.routes.main.filter((r) => r.proto === 'bird');
  const rows = routes.map((r) => {
    const at = found.find((f) => f.port.interface === r.interface);
    const via = r.gateway === undefined ? `\tdev ${r.interface}\n` : `\tvia ${r.gateway} on ${r.interface}\n`;
    return `${`${r.dest}/${r.prefix}`.padEnd(20)} unicast [${at?.protocol.name ?? ''} ${time(bird.since.get(at?.protocol.name ?? '') ?? 0)}] * I (150/${at?.port.cost ?? 10}) [${bird.routerId()}]\n${via}`;
  });
  return say(rows.length === 0 ? '' : `Table master4:\n${rows.join('')}`);
}

function show(bird: Bird, words: readonly string[]): CommandResult {
  const [what = '', ...rest] = words;
  if (what === 'protocols') return showProtocols(bird, rest);
  if (what === 'route') return showRoutes(bird);
  if (what === 'status') {
    return say(`BIRD 2.0.12\nRouter ID is ${bird.routerId()}\nHostname is ${bird.stack.host}\nDaemon is up and running\n`);
  }
  if (what === 'ospf' && /^neighbors?$/.test(rest[0] ?? '')) return showNeighbours(bird, rest[1]);
  if (what === 'ospf' && rest[0] === 'interface') return showInterfaces(bird, rest.slice(1));
  return refuse('syntax error, unexpected CF_SYM_UNDEFINED');
}

function parsed(bird: Bird, path: string): Config | string {
  try {
    return bird.parse(path, false);
  } catch (error) {
    return (error as Error).message;
  }
}

/** `configure [soft] [check] ["FILE"] [timeout N]`, `configure undo`, `configure confirm`. */
function configure(bird: Bird, words: readonly string[]): CommandResult {
  const [first, second] = words;
  if (first === 'confirm') return say('Reconfiguration confirmed\n');
  if (first === 'undo') return bird.undo() ? say('Undo requested\nReconfigured\n') : refuse('Undo requested\nNothing to do');
  if (first === 'soft' && second === 'check') return refuse('syntax error, unexpected CHECK, expecting END or TEXT or TIMEOUT');
  const path = words.find((w) => w.startsWith('/') || w.startsWith('"'))?.replaceAll('"', '') ?? CONFIG_FILE;
  const reading = `Reading configuration from ${path}\n`;
  const config = parsed(bird, path);
  if (typeof config === 'string') return refuse(`${reading}${config}`);
  if (first === 'check') return say(`${reading}Configuration OK\n`);
  const at = words.indexOf('timeout');
  const undo = at < 0 ? '' : `Undo scheduled in ${/^\d+$/.test(words[at + 1] ?? '') ? words[at + 1] : '300'} s\n`;
  return say(`${reading}${undo}${bird.apply(config) ? 'Reconfiguration in progress' : 'Reconfigured'}\n`);
}

function turn(bird: Bird, verb: string, name: string): CommandResult {
  if (!bird.config.protocols.some((p) => p.name === name))
    return refuse('syntax error, unexpected CF_SYM_UNDEFINED, expecting ALL or CF_SYM_KNOWN or TEXT');
  if (verb === 'disable') bird.off.add(name);
  else bird.off.delete(name);
  bird.since.set(name, bird.stack.internet.clock());
  return say(`${name}: ${verb === 'restart' ? 'restarted' : `${verb}d`}\n`);
}

export function birdc(bird: Bird, all: readonly string[]): CommandResult {
  if (!bird.running) return fail(1, 'Unable to connect to server control socket (/run/bird/bird.ctl): No such file or directory');
  const [verb = '', ...words] = all
    .filter((w) => w !== '-r')
    .flatMap((w) => w.split(/\s+/))
    .filter((w) => w !== '');
  if (verb === 'configure') return configure(bird, words);
  if (verb === 'show') return show(bird, words);
  if (['enable', 'disable', 'restart'].includes(verb)) return turn(bird, verb, words[0] ?? '');
  return refuse('syntax error, unexpected CF_SYM_UNDEFINED');
}

/** `bird -p [-c FILE]`: read as root, nothing is started. */
export function birdCommand(bird: Bird, words: readonly string[]): CommandResult {
  if (!words.includes('-p')) return fail(1, 'bird: I found another BIRD running.');
  const at = words.indexOf('-c');
  try {
    bird.parse(at < 0 ? CONFIG_FILE : (words[at + 1] ?? ''), true);
    return ok();
  } catch (error) {
    return fail(1, `bird: ${(error as Error).message}`);
  }
}
