/**
 * The wire between an ssh client and a port, looked at: bytes, turns of the conversation, and a place to strike in the middle of one.
 *
 * In: where to. Out: a port on 127.0.0.1. A turn is counted where the client speaks after the server has: each costs one round trip.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Line {
  /** Pieces that went either way. */
  pieces = 0;
  /** Round trips of the last connection, TCP's own handshake included. */
  trips = 0;
  /** Called once, before the n-th piece from now on is handed on. */
  private strike: { left: number; readonly run: () => void } | undefined;
  private readonly servers = new Set<Server>();
  private readonly sockets = new Set<Socket>();

  onPiece(nth: number, run: () => void): void {
    this.strike = { left: nth, run };
  }

  forget(): void {
    this.strike = undefined;
  }

  private piece(): void {
    this.pieces += 1;
    if (this.strike === undefined || --this.strike.left > 0) return;
    const { run } = this.strike;
    this.strike = undefined;
    run();
  }

  private join(near: Socket, port: number): void {
    const far = connect(port, '127.0.0.1');
    let last: Socket | undefined = far;
    this.trips = 1;
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('data', (bytes: Buffer) => {
        if (one === near && last === far) this.trips += 1;
        last = one;
        this.piece();
        other.write(bytes);
      });
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroySoon();
      });
    }
  }

  /** For one connection; the port goes with `close`. */
  async open(port: number): Promise<{ readonly port: number; readonly close: () => void }> {
    const server = createServer((near) => this.join(near, port));
    this.servers.add(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = (): void => {
      this.servers.delete(server);
      server.close();
    };
    return { port: (server.address() as AddressInfo).port, close };
  }

  /** The program at the near end has died. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  end(): void {
    for (const server of this.servers) server.close();
    this.drop();
  }
}
