/**
 * The Prometheus text page of the updaters of this process, on 127.0.0.1 and nowhere else.
 *
 * In: a port and what makes the text. Out: a server that stops at once. It tells times and counts only, and takes nothing from who asks.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MetricsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** @param port - 0 takes a free one. @throws the system's error where the port is taken. */
export async function serveMetrics(port: number, text: () => string): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 5000, maxHeaderSize: 8192 }, (request, response) => {
    const found = request.method === 'GET' && request.url?.split('?')[0] === '/metrics';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(found ? text() : 'GET /metrics\n');
  });
  server.maxConnections = 16;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  server.on('error', () => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
