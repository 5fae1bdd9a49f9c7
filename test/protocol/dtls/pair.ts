import { X509Certificate } from 'node:crypto';
import { systemChance } from '../../../src/base/ids.js';
import { DtlsClient } from '../../../src/protocol/dtls/client.js';
import type { DtlsConfig, DtlsPeer } from '../../../src/protocol/dtls/peer.js';
import { Cookies, DtlsServer } from '../../../src/protocol/dtls/server.js';

export type Who = 'client' | 'server';

/** What is needed to be an end; the rest is usual. */
export type EndConfig = Partial<DtlsConfig> & Pick<DtlsConfig, 'own'>;

/** Two ends and what is between them: `wire` sees every datagram and says what arrives instead. */
export class Pair {
  readonly log: string[] = [];
  readonly client: DtlsClient;
  readonly server: DtlsServer;
  wire: (datagram: Uint8Array, to: Who) => Uint8Array[] = (datagram) => [datagram];
  now = 0;
  private readonly queue: [Uint8Array, Who][] = [];

  constructor(
    client: EndConfig,
    server: EndConfig,
    Client: typeof DtlsClient = DtlsClient,
    Server: typeof DtlsServer = DtlsServer,
  ) {
    const sink = (who: Who, to: Who): ConstructorParameters<typeof DtlsClient>[1] => ({
      send: (datagram) => this.queue.push([Buffer.from(datagram), to]),
      connected: () => this.log.push(`${who} connected`),
      data: (bytes) => this.log.push(`${who} got ${Buffer.from(bytes).toString()}`),
      closed: (why) => this.log.push(`${who} closed: ${why}`),
    });
    this.client = new Client(full(client), sink('client', 'server'));
    this.server = new Server(
      full(server),
      sink('server', 'client'),
      new Cookies(Buffer.from('a secret'), '192.0.2.1 5000'),
    );
  }

  /** Delivers everything under way, and lets time pass until both ends are content or `ms` are over. */
  run(ms = 60_000): this {
    const end = this.now + ms;
    for (;;) {
      for (let next = this.queue.shift(); next; next = this.queue.shift()) {
        const [datagram, to] = next;
        for (const arrives of this.wire(datagram, to)) this[to].receive(arrives, this.now);
      }
      const due = [this.client, this.server].flatMap((peer): number[] => (peer.due === null ? [] : [peer.due]));
      const at = Math.min(...due);
      if (!(at <= end)) return this;
      this.now = at;
      for (const peer of [this.client, this.server] as DtlsPeer[]) peer.tick(at);
    }
  }

  start(): this {
    this.client.start(this.now);
    return this;
  }
}

function full(config: EndConfig): DtlsConfig {
  return { refusal: () => null, chance: systemChance, ...config };
}

/** Takes one certificate only. */
export function only({ cert }: { cert: string }): (shown: Uint8Array | null) => string | null {
  const { raw } = new X509Certificate(cert);
  return (shown) => (shown && Buffer.compare(shown, raw) === 0 ? null : 'another certificate');
}
