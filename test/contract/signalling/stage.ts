import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { ByteStream, Datagrams, Endpoint, MessageStream, Net } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startEngine, type Engine } from '../../../src/protocol/drachtio/server.js';
import { ManualClock } from '../../support/manual-clock.js';
import { MemoryNet } from '../../support/memory-net.js';
import { messagePipe } from '../../support/message-pipe.js';

/** A SIP listener as the record names it. */
export interface ListenedAt extends Endpoint {
  transport: 'udp' | 'tcp' | 'tls';
}

/** Where a conversation is played: an engine or a server, and the network and time around it. */
export interface Stage {
  /** Word that applications authenticate with. */
  readonly secret: string;
  /** Milliseconds since it began. */
  now(): number;
  /** Lets this much time pass, and everything happen that is due by then. */
  pass(ms: number): Promise<void>;
  /** An application's connection. */
  admin(): Promise<ByteStream>;
  udp(local: Endpoint): Promise<Datagrams>;
  /** A peer's connection to a listener. */
  stream(to: ListenedAt, local: Endpoint): Promise<ByteStream>;
  /** A peer's WebSocket; null where there is none. */
  webSocket(secure: boolean, remote: Endpoint): MessageStream | null;
  /** Ends it; what was left that should not be. */
  close(): Promise<string[]>;
}

/** The embedded engine on a network in memory whose time passes only when told to. */
export async function embeddedStage(listen: ListenedAt[]): Promise<Stage> {
  const [clock, net, metrics] = [new ManualClock(), new MemoryNet(), createMetrics()];
  const control = { address: '127.0.0.1', port: 9022, secret: 'cymru' };
  const engine = await startEngine({ net, clock, metrics, chance: systemChance, log: silentLog, control, listen });
  return {
    secret: control.secret,
    now: () => clock.now(),
    async pass(ms) {
      clock.advance(ms);
      await settle();
    },
    admin: () => net.connect(control),
    udp: (local) => net.udp(local),
    stream: (to, local) => net.dial(to, local),
    webSocket: (secure, remote) => webSocketOf(engine, secure, remote),
    async close() {
      await engine.close();
      const left: string[] = [];
      if (metrics.counted('dualstream_sip_internal_errors_total') > 0) left.push('internal error');
      if (clock.pending > 0) left.push(`${clock.pending} timers left`);
      return left;
    },
  };
}

/**
 * A drachtio-server that runs elsewhere, by `host:port` of its application port, in its own time. It must listen where the
 * record says that its server did.
 */
export function serverStage(server: string, secret: string, net: Net = systemNet): Stage {
  const [host = '', port = ''] = server.split(/:(?=\d+$)/);
  const begun = systemClock.now();
  const open: { close?(): void; destroy?(): void }[] = [];
  const kept = async <T extends { close(): void } | { destroy(): void }>(opening: Promise<T>): Promise<T> => {
    const one = await opening;
    open.push(one);
    return one;
  };
  return {
    secret,
    now: () => systemClock.now() - begun,
    pass: (ms) => new Promise((resolve) => void systemClock.after(ms, resolve)),
    admin: () => kept(net.connect({ address: host, port: Number(port) }, { type: 'tcp' })),
    udp: (local) => kept(net.udp(local)),
    stream: ({ transport, ...to }) =>
      kept(net.connect(to, transport === 'tls' ? { type: 'tls', verify: false } : { type: 'tcp' })),
    webSocket: () => null,
    close() {
      for (const one of open) (one.close ?? one.destroy)?.call(one);
      return Promise.resolve([]);
    },
  };
}

function webSocketOf(engine: Engine, secure: boolean, remote: Endpoint): MessageStream {
  const [near, far] = messagePipe();
  const local = { address: '127.0.0.1', port: secure ? 5273 : 5272 };
  engine.acceptWebSocket(
    {
      remote,
      local,
      send: (data) => far.send(data),
      onMessage: (listener) => far.onMessage(listener),
      onClose: (listener) => far.onClose(listener),
      close: () => far.close(),
    },
    secure,
  );
  return near;
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
