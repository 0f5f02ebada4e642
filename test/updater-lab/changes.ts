/**
 * Changes of h2's address with cuts of the cables around them, and what a ping through the tunnel saw of it.
 *
 * in: a rig whose updater runs every few seconds, random numbers of a seed
 * out: for each change how long the tunnel was away once both ends could reach each other, and how many pings it cost
 */
import { sleep } from '../lab/run.js';
import { HOME, type HostName, INNER, type UpdaterRig } from './rig.js';

/** Random numbers from a seed, 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Cut {
  readonly host: HostName;
  /** Seconds after the change; below 0: before it. */
  readonly after: number;
  readonly seconds: number;
}

/** Three of four changes have a cut, from 3 s before to 8 s after the change, 1 to 20 s long. */
function randomCut(random: () => number): Cut | undefined {
  const [some, host, after, seconds] = [random(), random(), random(), random()];
  return some < 0.25 ? undefined : { host: host < 0.5 ? 'h1' : 'h2', after: after * 11 - 3, seconds: 1 + seconds * 19 };
}

/** Seconds from the order to the change, so that a cut can come first. */
const NOTICE = 4;
const UNITS = { loop: 'lab-loop', ping: 'lab-ping', monitor: 'lab-monitor' } as const;

/** The updater every `seconds`, as cron would: on the clock, but never two at once. @param must - Runs a line on the host. */
export async function startUpdater(must: (command: string) => Promise<string>, seconds: number): Promise<void> {
  const loop = `while :; do sleep ${seconds} & a=$(date +%s.%N); sh ${HOME}/updater; echo "$a $(date +%s.%N) $?" >>/run/lab.runs; wait; done`;
  // A file: systemd would put its own values in for what begins with a dollar sign.
  await must(`echo '${loop}' >/run/lab.loop; systemd-run --quiet --collect --unit=${UNITS.loop} /bin/sh /run/lab.loop`);
}

export async function stopUpdater(must: (command: string) => Promise<string>): Promise<void> {
  await must(`systemctl stop ${UNITS.loop}`);
}

/** The updater of h2, pings through the tunnel, and what the kernel of h1 says of its end. */
export async function startWatching(rig: UpdaterRig, seconds: number): Promise<void> {
  await startUpdater((command) => rig.must('h2', command), seconds);
  await rig.must('h2', `systemd-run --quiet --collect --unit=${UNITS.ping} /bin/sh -c 'exec ping -n -D -O -i 0.25 ${INNER.h1} >/run/lab.ping 2>&1'`);
  await rig.must('h1', `systemd-run --quiet --collect --unit=${UNITS.monitor} /bin/sh -c 'exec ip -o monitor link dev gre1 >/run/lab.monitor 2>&1'`);
}

export async function stopWatching(rig: UpdaterRig): Promise<void> {
  await rig.must('h2', `systemctl stop ${UNITS.loop} ${UNITS.ping}`);
  await rig.must('h1', `systemctl stop ${UNITS.monitor}`);
}

/** The peers that the kernel of h1 gave gre1, one for each of its messages. */
export async function peers(rig: UpdaterRig): Promise<string[]> {
  return [...(await rig.must('h1', 'cat /run/lab.monitor')).matchAll(/ peer ([0-9.]+)/g)].map((m) => m[1] ?? '');
}

/** The way of one change: when it was made, and when the last thing in its way was gone. Seconds since 1970. */
interface Struck {
  readonly changed: number;
  readonly free: number;
}

async function cutCable(rig: UpdaterRig, cut: Cut, at: number): Promise<number> {
  await sleep(Math.max(0, at * 1000 - Date.now()));
  await rig.lab.cable(cut.host, 'down');
  await sleep(cut.seconds * 1000);
  await rig.lab.cable(cut.host, 'up');
  return Date.now() / 1000;
}

/** The change is ordered before, so that it happens whether the cable is in or not. */
async function strike(rig: UpdaterRig, from: string, to: string, cut: Cut | undefined): Promise<Struck> {
  const change = `ip addr add ${to}/32 dev vec0; ip addr del ${from}/32 dev vec0; date +%s.%N >/run/lab.changed`;
  await rig.must('h2', `rm -f /run/lab.changed; (trap "" HUP; sleep ${NOTICE}; ${change}) >/dev/null 2>&1 </dev/null &`);
  const due = Date.now() / 1000 + NOTICE;
  const plugged = cut === undefined ? 0 : await cutCable(rig, cut, due + cut.after);
  const wait = 'for i in $(seq 100); do [ -s /run/lab.changed ] && exec cat /run/lab.changed; sleep 0.2; done; exit 1';
  const changed = Number(await rig.must('h2', wait));
  return { changed, free: Math.max(changed, plugged) };
}

interface Pings {
  /** When an answer came, by number. */
  readonly answered: ReadonlyMap<number, number>;
  /** When each was given up or known to be lost, by number. */
  readonly missed: ReadonlyMap<number, number>;
}

/** What the ping has seen so far. */
async function pingsSeen(rig: UpdaterRig): Promise<Pings> {
  const answered = new Map<number, number>();
  const missed = new Map<number, number>();
  for (const [, time, rest = '', seq] of (await rig.must('h2', 'tail -n 1500 /run/lab.ping')).matchAll(/^\[([0-9.]+)\] (.*icmp_seq=(\d+).*)$/gm)) {
    (rest.includes('bytes from') ? answered : missed).set(Number(seq), Number(time));
  }
  return { answered, missed };
}

/** Seconds from when both ends could reach each other to the first answer; undefined while there is none. */
function backAfter({ answered }: Pings, { free }: Struck): number | undefined {
  const later = [...answered.values()].filter((time) => time >= free);
  return later.length === 0 ? undefined : Math.min(...later) - free;
}

/** Pings between two moments that never got an answer. */
function lost({ answered, missed }: Pings, from: number, to: number): number {
  return [...missed].filter(([seq, time]) => !answered.has(seq) && time >= from && time <= to).length;
}

/** Waits until a ping is answered after all obstacles are gone and h2 has it in writing that h1 knows. @returns seconds until the first answer. */
async function backAgain(rig: UpdaterRig, address: string, struck: Struck): Promise<number> {
  for (const until = Date.now() + 180_000; ; await sleep(2000)) {
    const back = backAfter(await pingsSeen(rig), struck);
    const outers = await rig.outers();
    if (back !== undefined && outers.state.includes(` ${address} told `)) return back;
    if (Date.now() > until) throw new Error(`not back after 180 s: ${JSON.stringify(outers)}\n${(await rig.logged()).slice(-10).join('\n')}`);
  }
}

/** One change, until the tunnel is back. @returns seconds without a tunnel, from when both ends could reach each other; and all of it in words. */
export async function oneChange(
  rig: UpdaterRig,
  from: string,
  to: string,
  random: () => number,
): Promise<{ readonly back: number; readonly text: string }> {
  const cut = randomCut(random);
  const struck = await strike(rig, from, to, cut);
  const back = await backAgain(rig, to, struck);
  // The next change comes at any moment of the period.
  await sleep(random() * 5000);
  const missed = lost(await pingsSeen(rig), struck.changed - 5, Date.now() / 1000);
  const what = cut === undefined ? 'no cut' : `cable of ${cut.host} out ${cut.after.toFixed(1)} s after it for ${cut.seconds.toFixed(1)} s`;
  const whole = (struck.free + back - struck.changed).toFixed(1);
  return { back, text: `${what}; back after ${back.toFixed(1)} s, ${whole} s after the change; ${missed} pings of four a second lost` };
}
