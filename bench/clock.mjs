/**
 * A clock that is moved by hand, and an interface `wan0`, for a program that bench/updater.mjs runs: `node --import clock.mjs PROGRAM`.
 *
 * In: `BENCH_ADDRESS`, the first IPv4 address of wan0. Where there is a parent to talk to: `{ address }` changes it, `{ advance }` runs the timers of so many
 * milliseconds, each once the process has nothing else under way, `{ look }` runs the next timers until something is. Out: after each `{ cpu, rss, ran }`: ms of CPU
 * since the start, KiB, timers run.
 * Why: an hour in some seconds, by the code that runs in real life. Connections from an address that no interface of this machine has are made without it.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const [net, os] = [require('node:net'), require('node:os')];
const RealDate = Date;
const real = { setTimeout, clearTimeout, setImmediate };
let address = process.env.BENCH_ADDRESS;
let now = RealDate.now();
const waiting = new Set();

const { networkInterfaces } = os;
const { connect } = net;
os.networkInterfaces = () => ({ ...networkInterfaces(), wan0: [{ family: 'IPv4', address }] });
net.connect = ({ localAddress: _none, ...options }, ...rest) => connect(options, ...rest);
syncBuiltinESMExports();

class Timer {
  constructor(run, ms, every) {
    Object.assign(this, { run, every, at: now + Math.max(1, ms || 0) });
    waiting.add(this);
  }
  ref = () => this;
  unref = () => this;
}

function takeClock() {
  globalThis.setTimeout = (run, ms, ...args) => new Timer(() => run(...args), ms);
  globalThis.setInterval = (run, ms, ...args) => new Timer(() => run(...args), ms, ms);
  // Timers of Node's own parts are real ones.
  const clear = (timer) => waiting.delete(timer) || timer instanceof Timer || real.clearTimeout(timer);
  globalThis.clearTimeout = clear;
  globalThis.clearInterval = clear;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [now] : parts));
    }
    static now = () => now;
  };
}

const AT_WORK = new Set(['ProcessWrap', 'TCPSocketWrap', 'TCPConnectWrap']);
const atWork = () => process.getActiveResourcesInfo().some((name) => AT_WORK.has(name));
const turns = async () => {
  for (let i = 0; i < 4; i += 1) await new Promise((done) => real.setImmediate(done));
};

async function settle() {
  await turns();
  while (atWork()) {
    await new Promise((done) => real.setTimeout(done, 1));
    await turns();
  }
}

/** @param busy - Ends it as soon as something is under way. */
async function advance(ms, busy = false) {
  const end = now + ms;
  let ran = 0;
  for (;;) {
    const next = [...waiting].reduce((first, timer) => (first === undefined || timer.at < first.at ? timer : first), undefined);
    if (next === undefined || next.at > end) break;
    now = Math.max(now, next.at);
    if (next.every === undefined) waiting.delete(next);
    else next.at += next.every;
    next.run();
    ran += 1;
    await (busy ? turns() : settle());
    if (busy && atWork()) return ran;
  }
  now = end;
  return ran;
}

if (process.channel !== undefined) {
  takeClock();
  process.on('message', async (told) => {
    address = told.address ?? address;
    const ran = told.look ? await advance(1000, true) : await advance(told.advance ?? 0);
    const { user, system } = process.cpuUsage();
    process.send({ cpu: (user + system) / 1000, rss: process.memoryUsage().rss / 1024, ran });
  });
  process.channel.unref();
}
