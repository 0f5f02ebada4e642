/**
 * Which bench: `npm run bench` runs all of them, `npm run bench -- NAME [its arguments]` one.
 *
 * link: one link over native sshd in network namespaces, or between simulated hosts where that cannot be; startup: how soon the program answers, and
 * plans of many links from recorded facts; inventory: large inventories; updater: the updater of a dynamic address; scale: many links at once.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { missing } from './net.mjs';

const [name, ...rest] = process.argv.slice(2);
const why = missing();
const BENCHES = { link: why === undefined ? 'native' : 'link', startup: 'startup', inventory: 'inventory', updater: 'updater', scale: 'scale' };
const wanted = name === undefined ? Object.keys(BENCHES) : [name];
for (const bench of wanted) {
  if (!Object.hasOwn(BENCHES, bench)) {
    console.error(`there is no bench ${bench}; there are ${Object.keys(BENCHES).join(', ')}`);
    process.exit(64);
  }
  console.log(`\n== ${bench}${bench === 'link' && why !== undefined ? ` (simulated hosts: ${why})` : ''}`);
  const ran = spawnSync(process.execPath, [fileURLToPath(new URL(`./${BENCHES[bench]}.mjs`, import.meta.url)), ...rest], { stdio: 'inherit' });
  if (ran.status !== 0) process.exitCode = 1;
}
