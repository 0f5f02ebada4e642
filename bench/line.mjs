/**
 * A line with a delay: a TCP proxy for each address given, port 22, that holds what passes for half a round trip in each direction, and a whole one before it dials.
 *
 * In: addresses as arguments; on standard input `delay MS` (round trip), `count`. Out: one JSON line for each: first the ports, then answers. `count` gives connections
 * and bytes since the last one.
 */
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

let delay = 0;
let seen = { connections: 0, bytes: 0 };

function pass(from, to) {
  from.on('data', (data) => {
    seen.bytes += data.length;
    if (delay === 0) to.write(data);
    else setTimeout(() => to.writable && to.write(data), delay / 2);
  });
  from.on('end', () => setTimeout(() => to.end(), delay / 2));
  from.on('error', () => to.destroy());
}

const open = (address) =>
  new Promise((resolve) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) => {
      seen.connections += 1;
      // The three-way handshake, which the kernel has done for us without any delay.
      setTimeout(() => {
        const far = connect({ host: address, port: 22, noDelay: true, allowHalfOpen: true });
        pass(near, far);
        pass(far, near);
        near.resume();
      }, delay);
    });
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });

const tell = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
tell(await Promise.all(process.argv.slice(2).map(open)));
for await (const line of createInterface({ input: process.stdin })) {
  const [word, ms] = line.split(' ');
  const answer = seen;
  if (word === 'delay') delay = Number(ms);
  seen = { connections: 0, bytes: 0 };
  tell(answer);
}
