/**
 * Simulated hosts as a process of their own, for bench/scale.mjs: their CPU and memory are not those of the program that is measured.
 *
 * in: a JSON file of [name, address] for each host; a folder, where what the first shell of each host was sent is to be kept; ends with standard input
 * out: one line of JSON when all listen: the key to log in with; name, port and host key of each
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTwin } from '../dist/twin/twin.js';

const [list, scripts] = process.argv.slice(2);
const specs = JSON.parse(readFileSync(list, 'utf8'));
const twin = await startTwin(specs.map(([name, address]) => ({ name, system: 'Debian 12', addresses: [address] })));
const heard = new Map();
if (scripts !== undefined) {
  for (const [name, host] of twin.hosts) {
    heard.set(name, []);
    host.onInput = (bytes) => heard.get(name).push(Buffer.from(bytes));
  }
}
process.stdout.write(
  `${JSON.stringify({ key: twin.clientKey.privateKey, hosts: [...twin.endpoints].map(([name, e]) => [name, e.port, e.hostKey]) })}\n`,
);
process.stdin.resume().on('end', () => {
  for (const [name, parts] of heard) writeFileSync(join(scripts, name), Buffer.concat(parts));
  process.exit(0);
});
