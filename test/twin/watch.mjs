/**
 * Loaded before the program (`node --import`): whatever a command must not do on somebody else's branch is written down, and refused.
 *
 * in:  WATCH_FILE, where each forbidden thing becomes a line; WATCH_PRIVATE, a list of paths (joined by `:`) that must not be read
 * out: the program runs as usual otherwise; sockets to 127.0.0.1 are let through, unless WATCH_LOOPBACK is `refuse`
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const fs = require('node:fs');
const { appendFileSync } = fs;
const file = process.env.WATCH_FILE ?? '/dev/null';
const strict = process.env.WATCH_LOOPBACK === 'refuse';
const hidden = (process.env.WATCH_PRIVATE ?? '').split(':').filter((p) => p !== '');

function refuse(what) {
  appendFileSync(file, `${what}\n`);
  throw new Error(`forbidden: ${what}`);
}

const childProcess = require('node:child_process');
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
  childProcess[name] = (...words) => refuse(`child_process.${name} ${JSON.stringify(words[0])}`);
}
childProcess.ChildProcess.prototype.spawn = () => refuse('ChildProcess.spawn');

for (const dns of [require('node:dns'), require('node:dns').promises, require('node:dns/promises')]) {
  for (const name of Object.keys(dns)) if (/^(lookup|resolve|reverse)/.test(name)) watchDns(dns, name);
}

/** A server that listens on an address asks for it as for a name; nothing is sent for that. */
function watchDns(dns, name) {
  const real = dns[name];
  dns[name] = (host, ...rest) => (host === '127.0.0.1' ? real.call(dns, host, ...rest) : refuse(`dns.${name} ${host}`));
}

const net = require('node:net');
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function watched(...words) {
  const [first] = Array.isArray(words[0]) ? words[0] : words;
  const to = typeof first === 'object' && first !== null ? (first.path ?? first.host ?? 'localhost') : String(first);
  if (to !== '127.0.0.1' || strict) refuse(`connect ${to}`);
  return connect.apply(this, words);
};
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function watched(...words) {
  if (!JSON.stringify(words).includes('127.0.0.1') || strict) refuse(`listen ${JSON.stringify(words)}`);
  return listen.apply(this, words);
};
require('node:dgram').createSocket = () => refuse('dgram.createSocket');

for (const [where, names] of [
  [fs, ['readFileSync', 'openSync', 'createReadStream', 'readFile', 'open']],
  [fs.promises, ['readFile', 'open']],
]) {
  for (const name of names) {
    const real = where[name];
    where[name] = (path, ...rest) => {
      if (typeof path === 'string' && hidden.some((p) => path.startsWith(p))) refuse(`${name} ${path}`);
      return real.call(where, path, ...rest);
    };
  }
}
syncBuiltinESMExports();
