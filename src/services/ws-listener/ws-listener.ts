import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock, Timer } from '../../base/clock.js';
import type { Metrics } from '../../base/metrics.js';
import type { Endpoint, Listener, ListenOptions, MessageStream, StreamKind } from '../../base/net.js';
import { listenSockets } from '../../base/system-net.js';
import { tlsPeerOf } from '../../base/system-tls.js';
import { TlsTimeout } from '../../base/tls-faults.js';
import { endsOf, isForeign, isKnownHost, offers, plainAddress } from '../api/caller.js';
import { LiveSockets } from '../api/live-sockets.js';
import { messageStreamOf } from '../api/message-stream.js';

/** Who may come in, and how. */
export interface WsListenerOptions {
  clock: Clock;
  metrics: Metrics;
  /** Pages of other sites that may connect, as their `Origin`; `*` is all. */
  origins: readonly string[];
  /** Host names by which a listener without TLS may be addressed, besides `localhost` and addresses. */
  hosts: readonly string[];
  /** Bytes of the largest message. */
  largest: number;
}

const protocol = 'sip';

/** Opens a listener for SIP over WebSocket (RFC 7118); its path does not matter. */
export function openWsListener(
  options: WsListenerOptions,
  at: Endpoint,
  kind: StreamKind,
  on: (stream: MessageStream) => void,
  how: ListenOptions,
): Promise<Listener> {
  return new WsListener(options, kind.type === 'tls', on, how).open(at, kind);
}

class WsListener {
  private readonly http: Server;
  private readonly sockets: WebSocketServer;
  /** Connections in the middle of their handshake. */
  private readonly shaking = new Map<Duplex, Timer>();
  private readonly live: LiveSockets;

  constructor(
    private readonly options: WsListenerOptions,
    private readonly secure: boolean,
    private readonly on: (stream: MessageStream) => void,
    private readonly how: ListenOptions,
  ) {
    this.sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.largest,
      handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
    });
    this.http = createServer({ maxHeaderSize: 16_384, keepAlive: false }, (_request, response) => {
      this.refused('426');
      response.writeHead(426, { Connection: 'close, Upgrade', Upgrade: 'websocket' }).end();
    });
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.http.on('clientError', (_error, socket) => {
      this.refused('400');
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', () => socket.destroy());
    });
    this.live = new LiveSockets(options.clock);
  }

  async open(at: Endpoint, kind: StreamKind): Promise<Listener> {
    try {
      const listener = await listenSockets(at, kind, (socket) => this.accept(socket), this.how);
      return { local: listener.local, dispose: () => this.close(listener) };
    } catch (error) {
      this.live.rest();
      throw error;
    }
  }

  private accept(socket: Socket): void {
    socket.setNoDelay(true);
    const { clock } = this.options;
    const place = { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    const timer = clock.after(this.how.handshakeMs ?? 10_000, () => {
      this.how.failed?.(new TlsTimeout('no WebSocket handshake'), place);
      socket.destroy();
    });
    this.shaking.set(socket, timer);
    socket.once('close', () => this.settle(socket));
    this.http.emit('connection', socket);
  }

  private settle(socket: Duplex): void {
    this.shaking.get(socket)?.cancel();
    this.shaking.delete(socket);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refusal = this.refusal(request);
    if (refusal !== null) {
      this.refused(refusal.slice(0, 3));
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (ws) => {
      this.settle(socket);
      this.live.keep(ws);
      this.on(messageStreamOf(ws, { ...endsOf(request), peer: tlsPeerOf(request.socket) }));
    });
  }

  /** The rules of `/sip` beside the page: no page of another site, unless its origin was named. */
  private refusal(request: IncomingMessage): string | null {
    const { origin, host } = request.headers;
    if (!offers(request, protocol)) return '400 Bad Request';
    if (origin === undefined) return null;
    const { origins, hosts } = this.options;
    if (origins.some((one) => one === '*' || one.toLowerCase() === origin.toLowerCase())) return null;
    return isForeign(request) || !(this.secure || isKnownHost(host, hosts)) ? '403 Forbidden' : null;
  }

  private refused(status: string): void {
    this.options.metrics.count('dualstream_websockets_refused_total', { status });
  }

  /** The WebSockets that were handed over are the engine's to close; none is left here. */
  private close(listener: Listener): void {
    this.live.rest();
    listener.dispose();
    for (const socket of [...this.shaking.keys()]) socket.destroy();
    this.sockets.close();
  }
}
