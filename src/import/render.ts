/**
 * What was imported as an inventory: YAML that `provision check` reads, with comments that name everything that was left out.
 *
 * In: hosts, links, what was left out. Out: text. Values are written so that YAML reads them as text; comments hold one cleaned line each.
 */
import { clean } from '../errors/clean.js';
import { leftOutText } from './left-out.js';
import type { Imported, ImportedHost, ImportedLink } from './model.js';

const PLAIN = /^[A-Za-z~/][A-Za-z0-9._/@~-]*$/;
/** Words that YAML 1.1 or 1.2 reads as something else than text. */
const OTHER = /^(true|false|yes|no|on|off|null|y|n|~)$/i;

/** A value as YAML text; what could be read as anything else is quoted. */
export const scalar = (text: string): string =>
  (PLAIN.test(text) && !OTHER.test(text)) || /^\d{1,3}(\.\d{1,3}){3}(\/\d+)?$/.test(text) ? text : JSON.stringify(text);

const comment = (text: string, indent = ''): string => `${indent}# ${clean(text, { max: 1000 })}`;

function sshLine(ssh: ImportedHost['ssh']): string[] {
  const { host, port, user, identity, jump, become } = ssh;
  const pairs = [
    host === undefined ? '' : `host: ${scalar(host)}`,
    port === undefined ? '' : `port: ${port}`,
    user === undefined ? '' : `user: ${scalar(user)}`,
    identity === undefined ? '' : `identity: ${identity.length === 1 ? scalar(identity[0] ?? '') : `[${identity.map(scalar).join(', ')}]`}`,
    jump === undefined ? '' : `jump: ${JSON.stringify(jump)}`,
    become === undefined ? '' : `become: ${become}`,
  ].filter((p) => p !== '');
  return pairs.length === 0 ? [] : [`    ssh: { ${pairs.join(', ')} }`];
}

function hostLines({ name, hostname, address, ssh, note }: ImportedHost): string[] {
  const body = [
    ...(hostname === undefined ? [] : [`    hostname: ${scalar(hostname)}`]),
    ...(address === undefined ? [] : [`    address: ${address}`]),
    ...sshLine(ssh),
  ];
  const said = note === undefined ? '' : ` # ${clean(note, { max: 300 })}`;
  return [body.length === 0 ? `  ${scalar(name)}: {}${said}` : `  ${scalar(name)}:${said}`, ...body];
}

function linkLines({ name, subnet, ends, note }: ImportedLink): string[] {
  const end = ({ host, inner, interface: on }: ImportedLink['ends'][number]): string =>
    `      ${scalar(host)}: { ${inner === undefined ? '' : `inner: ${inner}, `}interface: ${on} }`;
  const lines = [
    `  ${scalar(name)}:${note === undefined ? '' : ` # ${clean(note, { max: 300 })}`}`,
    '    kind: gre',
    ...(subnet === undefined ? [] : [`    subnet: ${subnet}`]),
    '    ends:',
    ...ends.map(end),
  ];
  // Without its subnet a link is not complete: it is there to be completed.
  return subnet === undefined ? lines.map((l) => `#${l.slice(1)}`) : lines;
}

export function renderImported({ kind, files, hosts, links, leftOut, renamed, notes }: Imported): string {
  const complete = links.some((l) => l.subnet !== undefined);
  const lines = [
    comment(`Made by provision import from ${kind}: ${files.join(', ')}`),
    ...notes.map((n) => comment(n)),
    ...(renamed.length === 0
      ? []
      : ['#', comment('Names that do not fit here and were written in another way:'), ...renamed.map((r) => comment(`  ${r.from} -> ${r.to}`))]),
    ...(leftOut.length === 0 ? [] : ['#', comment('Left out:'), ...leftOut.map((l) => comment(`  ${leftOutText(l)}`))]),
    '',
    hosts.length === 0 ? 'hosts: {}' : 'hosts:',
    ...hosts.flatMap(hostLines),
    ...(links.length === 0 ? [] : ['', complete ? 'links:' : '#links:', ...links.flatMap(linkLines)]),
  ];
  return `${lines.join('\n')}\n`;
}
