import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../../src/base/net.js';
import type { Roll } from './seeded.js';

const here = '127.0.0.1';

/** Stands between a peer and a TCP listener, and can be cut, in the middle of a message too, or go dark. */
export class TcpRelay {
  private readonly pairs = new Set<[Socket, Socket]>();
  private left = Number.POSITIVE_INFINITY;
  /** How often connections were reset. */
  resets = 0;

  private constructor(
    private readonly server: Server,
    readonly local: Endpoint,
  ) {}

  static async open(to: Endpoint): Promise<TcpRelay> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, here);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const relay = new TcpRelay(server, { address: here, port });
    server.on('connection', (near) => relay.join(near, connect({ host: to.address, port: to.port })));
    return relay;
  }

  /** Lets so many more bytes of the peer through, then resets both connections. */
  cutAfter(bytes: number): void {
    this.left = bytes;
  }

  /** Both sides keep their connection and hear nothing any more. */
  goDark(): void {
    for (const one of [...this.pairs].flat()) one.pause();
  }

  reset(): void {
    this.resets += 1;
    for (const one of [...this.pairs].flat()) one.resetAndDestroy();
    this.pairs.clear();
    this.left = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.reset();
    this.server.close();
  }

  private join(near: Socket, far: Socket): void {
    const pair: [Socket, Socket] = [near, far];
    this.pairs.add(pair);
    near.on('data', (data: Buffer) => {
      far.write(data.subarray(0, this.left), () => void (this.left <= 0 && this.reset()));
      this.left -= Math.min(this.left, data.length);
    });
    far.on('data', (data: Buffer) => void near.write(data));
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  }
}

/** What a UDP relay does to what passes; times in milliseconds. */
export interface Weather {
  /** Of 100 datagrams, so many are lost. */
  lossPercent: number;
  delayMs: number;
  /** Up to so much is added at random. */
  jitterMs: number;
}

/** Stands between peers and a UDP socket: loses, delays and reorders both ways. One socket a peer, as a NAT has. */
export class UdpRelay {
  private readonly flows = new Map<string, UdpSocket>();
  private readonly late = new Set<NodeJS.Timeout>();
  passed = 0;
  lost = 0;

  private constructor(
    private readonly socket: UdpSocket,
    private readonly to: Endpoint,
    private readonly roll: Roll,
    private weather: Weather,
  ) {
    socket.on('message', (data, from) => this.outward(data, from));
  }

  static async open(to: Endpoint, roll: Roll, weather: Weather): Promise<UdpRelay> {
    const socket = createSocket('udp4');
    socket.bind(0, here);
    await once(socket, 'listening');
    return new UdpRelay(socket, to, roll, weather);
  }

  get local(): Endpoint {
    return { address: here, port: this.socket.address().port };
  }

  change(weather: Weather): void {
    this.weather = weather;
  }

  close(): void {
    for (const timer of this.late) clearTimeout(timer);
    for (const one of [this.socket, ...this.flows.values()]) one.close();
    this.flows.clear();
  }

  private outward(data: Buffer, from: RemoteInfo): void {
    const key = `${from.address}:${from.port}`;
    let flow = this.flows.get(key);
    if (!flow) {
      flow = createSocket('udp4');
      flow.on('message', (back) => this.pass(() => this.socket.send(back, from.port, from.address)));
      this.flows.set(key, flow);
    }
    const out = flow;
    this.pass(() => out.send(data, this.to.port, this.to.address));
  }

  private pass(send: () => void): void {
    const { lossPercent, delayMs, jitterMs } = this.weather;
    if (this.roll(100) < lossPercent) {
      this.lost += 1;
      return;
    }
    this.passed += 1;
    const timer = setTimeout(
      () => {
        this.late.delete(timer);
        send();
      },
      delayMs + this.roll(jitterMs + 1),
    );
    this.late.add(timer);
  }
}
