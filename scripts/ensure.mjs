/**
 * Makes a fresh clone ready: the right Node, the dependencies of package-lock.json, and a build that is not older than src/.
 *
 * in: `node scripts/ensure.mjs [build]`
 * out: nothing said when all is in place; exit 1 and one clear sentence when it can't be brought about
 * why: `npm test` and `npm run demo` must each be the only command a newcomer types. Plain Node, because nothing is installed yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OLDEST = [20, 19];
const MARK = join(ROOT, 'node_modules/.provision-lock');
const BUILT = join(ROOT, 'dist/.built');

/** Ends with one sentence for people: no stack trace helps somebody who only wanted to see the demo. */
function stop(sentence) {
  process.stderr.write(`provision: ${sentence}\n`);
  process.exit(1);
}

/** Runs one npm command in the project; its output goes to standard error, so a caller's JSON on standard output stays whole. */
function npm(args, failed) {
  const npmCli = process.env.npm_execpath;
  const words = npmCli?.endsWith('.js') ? [process.execPath, npmCli, ...args] : ['npm', ...args];
  const ran = spawnSync(words[0], words.slice(1), { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (ran.error) stop(`npm can't be started (${ran.error.message}); it comes with Node`);
  if (ran.status !== 0) stop(failed);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  stop(
    `Node ${OLDEST.join('.')} or later is needed, this is ${process.versions.node}: install a newer one from https://nodejs.org or your distribution`,
  );
}

/** Installs when node_modules is missing or was installed from another package-lock.json. */
function ensureDependencies() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(MARK) && readFileSync(MARK, 'utf8') === lock) return;
  process.stderr.write(`provision: installing dependencies (${existsSync(MARK) ? 'package-lock.json has changed' : 'first run'}) …\n`);
  npm(['ci', '--no-progress'], 'npm ci failed, its message is above; check the network or the proxy, then try again');
  writeFileSync(MARK, lock);
}

/** When the newest file below a path was changed, in milliseconds; 0 if there is none. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // The folder's own time counts too: it changes when a file in it is deleted.
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function ensureBuild() {
  const inputs = ['src', 'playbooks', 'scripts/build.mjs', 'package.json', 'tsconfig.json'].map((path) => newest(join(ROOT, path)));
  if (existsSync(join(ROOT, 'dist/cli/main.js')) && newest(BUILT) >= Math.max(...inputs)) return;
  process.stderr.write('provision: building …\n');
  npm(['run', '--silent', 'build'], 'the build failed, its message is above');
}

checkNode();
ensureDependencies();
if (process.argv[2] === 'build') ensureBuild();
