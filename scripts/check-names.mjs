/**
 * No system's name stands in src/ outside src/twin/: what one system does differently is a line of a playbook.
 *
 * in: src/**\/*.ts and *.sh
 * out: each place with a name, exit 1; nothing and exit 0 when there is none
 * why: the first `if (system === …)` in the engine is the end of "a new system is one YAML file" (design, section 3).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NAMES = /FreeBSD|NetBSD|OpenBSD|Linux|freebsd|netbsd|openbsd|linux|iproute|systemd/;
const TWIN = join('src', 'twin', '/');

const found = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|sh)$/.test(entry.name))
  .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
  .filter((path) => !path.startsWith(TWIN))
  .sort()
  .flatMap((path) =>
    readFileSync(join(ROOT, path), 'utf8')
      .split('\n')
      .map((line, index) => ({ line, where: `${path}:${index + 1}` }))
      .filter(({ line }) => NAMES.test(line)),
  );

for (const { line, where } of found) process.stderr.write(`${where}: ${line.trim().slice(0, 140)}\n`);
if (found.length > 0) {
  process.stderr.write(`${found.length} lines of src/ name a system. What a system does differently belongs in its playbook.\n`);
  process.exit(1);
}
