/** What the lab's tests ask of a host, and the inventory they use. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab, Ran } from './lab.js';

export const ADDRESS: Readonly<Record<string, string>> = { h1: '198.51.100.1', h2: '198.51.100.2', h3: '198.51.100.3' };

/** Writes an inventory of the link h1-h2 and returns its path. `ssh` replaces the ssh values of h1 (flow YAML). */
export function inventoryFile(lab: Lab, name: string, ssh = '', ends: readonly [string, string] = ['h1', 'h2']): string {
  const path = join(lab.folder, `${name}.yaml`);
  const [a, b] = ends;
  const host = (h: string): string => `  ${h}: { address: ${ADDRESS[h]}${h === a && ssh !== '' ? `, ssh: { ${ssh} }` : ''} }`;
  writeFileSync(
    path,
    `hosts:\n${host(a)}\n${host(b)}\nlinks:\n  pair:\n    subnet: 10.1.12.36/30\n    ends:\n      ${a}: { inner: 10.1.12.37, interface: gre1 }\n      ${b}: { inner: 10.1.12.38, interface: gre1 }\n`,
  );
  return path;
}

/** sysctls that change by themselves. */
const VOLATILE =
  /^(kernel\.random|kernel\.ns_last_pid|kernel\.pty|fs\.(dentry|inode|file|quota)|net\.netfilter|kernel\.sched|vm\.stat|dev\.cdrom|.*(nr_open|_count|stat_refresh|flush))/;

/** Links, addresses, routes, modules, sysctls: all that a dry run must not touch. Routes and neighbours that age are left out. */
export async function stateOf(lab: Lab, host: string): Promise<Record<string, string>> {
  const said = await lab.must(
    host,
    'ip -d link; echo ==; ip -o addr | sed "s/ *valid_lft.*//"; echo ==; ip route show table all | sed "s/ expires [^ ]*//"; echo ==; cut -d" " -f1 /proc/modules | sort; echo ==; sysctl -a 2>/dev/null; echo ==; ls -A /tmp /var/tmp /run | grep -E "pv-|provision" || true',
  );
  const [links = '', addresses = '', routes = '', modules = '', sysctls = '', left = ''] = said.split('==\n');
  const steady = sysctls
    .split('\n')
    .filter((line) => !VOLATILE.test(line))
    .join('\n');
  return { links, addresses, routes, modules, sysctls: steady, left };
}

interface PlanDocument {
  readonly links: readonly { readonly ends: readonly { readonly host: string; readonly steps: readonly { readonly id: string }[] }[] }[];
}

/** Ids of the steps that the JSON of `plan` or `link` holds, as `host step`. */
export function stepsOf(ran: Ran): string[] {
  const document = JSON.parse(ran.stdout) as PlanDocument;
  if (document.links[0] === undefined || document.links[0].ends.length === 0) throw new Error(ran.stdout + ran.stderr);
  return document.links[0].ends.flatMap((end) => end.steps.map((s) => `${end.host} ${s.id}`));
}
