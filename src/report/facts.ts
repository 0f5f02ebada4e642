/**
 * What a survey found on one host, for people and for JSON.
 *
 * In: Facts. Out: lines, or plain data (maps become objects, bytes become text). A value that could not be read is said to be unknown, with the reason.
 */
import { clean } from '../errors/clean.js';
import type { Facts, InnerPair, Known, OuterPair } from '../model/facts.js';
import { type Paint, wrap } from './paint.js';
import { commandLine } from './words.js';

const told = <T>(fact: Known<T>, text: (value: T) => string): string => (fact.known ? text(fact.value) : `unknown: ${fact.why}`);

const outerText = (pair: OuterPair | null): string => (pair === null ? 'not set' : `${pair.local} -> ${pair.remote}`);
const innerText = (pair: InnerPair | null): string =>
  pair === null ? 'not set' : `${pair.local} -> ${pair.peer}${pair.prefix === undefined ? '' : `/${pair.prefix}`}`;

function pairs(facts: Facts): (readonly [string, string])[] {
  const { live, driver } = facts;
  return [
    ['system', `${facts.system} ${facts.release} on ${facts.machine}`],
    ['account', facts.uid === 0 ? 'root' : `uid ${facts.uid}`],
    ['playbook', facts.playbook],
    ['driver', `${driver.state}: ${driver.how}`],
    ...(facts.bootManager === undefined ? [] : [['boot', facts.bootManager] as const]),
    ['interface', told(live.exists, (v) => (v ? 'there' : 'not there'))],
    ['up', told(live.up, (v) => (v ? 'yes' : 'no'))],
    ['outer', told(live.outer, outerText)],
    ['inner', told(live.inner, innerText)],
    ['mtu', told(live.mtu, (v) => (v === null ? 'not set' : `${v} bytes`))],
    ['ttl', told(live.ttl, (v) => v ?? 'not set')],
    ...Object.entries(live.settings).map(([name, v]) => [name, told(v, (x) => x ?? 'not set')] as const),
    ...[...facts.files.values()].map(
      (f) => [f.path, f.state === 'file' ? `${f.content.length} bytes, ${f.mode ?? 'mode unknown'}` : f.state] as const,
    ),
  ];
}

/** @param verbose - Also every command that was asked, with its answer. */
export function renderFacts(facts: Facts, paint: Paint, verbose = false): string {
  const rows = pairs(facts).map(([label, text]) => [clean(label, { max: 60 }), clean(text)] as const);
  const wide = Math.max(...rows.map((r) => r[0].length).filter((n) => n <= 18));
  const lines = rows.flatMap(([label, text]) => wrap(text, paint.width, ' '.repeat(wide + 4), `  ${label.padEnd(wide)}  `));
  const asked = verbose ? Object.values(facts.probes).flatMap((p) => probeLines(p, paint)) : [];
  return [paint.bold(clean(facts.host)), ...lines, ...asked].join('\n');
}

function probeLines(probe: Facts['probes'][string], paint: Paint): string[] {
  const said = `${probe.stdout}${probe.stderr}`.split('\n').filter((l) => l !== '');
  return [
    `  $ ${commandLine(probe.words)}  ${paint.dim(`exit ${probe.exit}`)}`,
    ...said.slice(0, 60).map((l) => paint.dim(`    | ${clean(l, { max: 300 })}`)),
  ];
}

/** Facts as plain data. File contents are UTF-8 text; bytes that are not become U+FFFD. */
export function factsDocument(facts: Facts): Record<string, unknown> {
  const files = [...facts.files.values()].map((f) => ({
    ...f,
    content: f.state === 'file' && f.beside !== true ? Buffer.from(f.content).toString('utf8') : null,
  }));
  return { ...facts, files };
}
