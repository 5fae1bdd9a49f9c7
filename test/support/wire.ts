import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const here = '127.0.0.1';

/** A TCP way to a listener that can be cut. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  /** What came in by each connection, in order. */
  readonly said: string[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(end: { host: string; port: number }): Promise<Wire> {
    const server = createServer();
    server.listen(0, here);
    await once(server, 'listening');
    const wire = new Wire(server, (server.address() as AddressInfo).port);
    server.on('connection', (near) => {
      const far = connect(end.port, end.host);
      const index = wire.said.push('') - 1;
      near.on('data', (chunk: Buffer) => (wire.said[index] += chunk.toString('latin1')));
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        wire.sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          wire.sockets.delete(from);
          to.destroy();
        });
      }
    });
    return wire;
  }

  /** Ends what is connected; new connections pass. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.server.close();
    this.cut();
  }
}
