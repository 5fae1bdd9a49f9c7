import { systemNet } from '../../src/base/system-net.js';
import type { Datagrams } from '../../src/base/net.js';

/** A bare socket on loopback that remembers what came. */
export class RawUdp {
  readonly received: Buffer[] = [];
  private readonly waiting: (() => void)[] = [];

  static async open(): Promise<RawUdp> {
    return new RawUdp(await systemNet.udp({ address: '127.0.0.1', port: 0 }));
  }

  private constructor(private readonly socket: Datagrams) {
    socket.onMessage((data) => {
      this.received.push(data);
      for (const wake of this.waiting.splice(0)) wake();
    });
    socket.onError(() => undefined);
  }

  get port(): number {
    return this.socket.local.port;
  }

  send(bytes: Uint8Array, port: number): void {
    this.socket.send(bytes, { address: '127.0.0.1', port });
  }

  /** The first datagram that passes `test`, also one that came before. */
  async until(test: (data: Buffer) => boolean): Promise<Buffer> {
    for (let seen = 0; ; seen++) {
      while (seen >= this.received.length) await new Promise<void>((resolve) => this.waiting.push(resolve));
      const data = this.received[seen];
      if (data && test(data)) return data;
    }
  }

  close(): void {
    this.socket.close();
  }
}
