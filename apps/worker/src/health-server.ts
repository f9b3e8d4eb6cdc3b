import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CheckReadiness } from '#libs/search';

/** A small HTTP server that says whether the worker lives (`/health/live`) and can work (`/health/ready`), no more. */
export class HealthServer {
  private constructor(private readonly server: Server) {}

  /**
   * @param port 0 takes any free one
   * @throws the system's error where it cannot listen
   */
  static async listen(check: CheckReadiness, { host, port }: { host: string; port: number }): Promise<HealthServer> {
    const server = createServer((request, response) => {
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET') return answer(response, 405, { status: 'only GET' });
      if (path === '/health/live') return answer(response, 200, { status: 'up' });
      if (path !== '/health/ready') return answer(response, 404, { status: 'not found' });
      check.readiness().then(
        (readiness) => answer(response, readiness.ready ? 200 : 503, readiness),
        () => answer(response, 503, { ready: false }),
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
    return new HealthServer(server);
  }

  /** Port it listens on. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
