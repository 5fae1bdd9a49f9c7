import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { MessageStream } from '../../base/net.js';
import { callerOf, endsOf, isForeign, local, offers, type Caller } from './caller.js';
import type { BfcpAccess } from './contract.js';
import { EventsFeed } from './events-feed.js';
import { LiveSockets } from './live-sockets.js';
import { messageStreamOf } from './message-stream.js';
import type { ApiOptions } from './options.js';
import { Buckets } from '../../base/buckets.js';

const mostSockets = 5000;
const largestMessage = 64 << 10;

const protocolOf: Readonly<Record<string, string | null>> = { '/sip': 'sip', '/bfcp': 'bfcp', '/api/v1/events': null };

/** Takes HTTP upgrades of `/sip`, `/bfcp` and `/api/v1/events` and keeps their WebSockets alive. */
export class Upgrades {
  private readonly server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: largestMessage,
    handleProtocols: (offered, request) => {
      const wanted = protocolOf[pathOf(request) ?? ''];
      return wanted && offered.has(wanted) ? wanted : false;
    },
  });
  private readonly live: LiveSockets;
  private readonly opening: Buckets;

  constructor(private readonly options: ApiOptions) {
    this.opening = new Buckets(options.clock, 60, 2);
    this.live = new LiveSockets(options.clock);
  }

  /** `known` says whether the `Host` may be used with this listener. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, how: { secure: boolean; known: boolean }): void {
    socket.on('error', () => socket.destroy());
    const url = urlOf(request);
    if (!url) return this.refuse(socket, '400 Bad Request');
    const protocol = protocolOf[url.pathname];
    const caller = callerOf(request, how.secure, this.options.tokens, url.searchParams.get('token'));
    const refusal = this.refusal(request, protocol, caller, how.known);
    if (refusal) return this.refuse(socket, refusal);
    this.server.handleUpgrade(request, socket, head, (ws) => {
      this.live.keep(ws);
      if (url.pathname === '/sip') this.options.onSip(messageStreamOf(ws, endsOf(request)), how.secure);
      else if (url.pathname === '/bfcp')
        this.bfcp(messageStreamOf(ws, endsOf(request)), url.searchParams.get('token') ?? '');
      else this.events(ws, caller, url.searchParams.get('room'));
    });
  }

  /** Closes every WebSocket. */
  close(): void {
    this.live.close();
    this.server.close();
  }

  private refusal(
    request: IncomingMessage,
    protocol: string | null | undefined,
    caller: Caller,
    known: boolean,
  ): string | null {
    if (protocol === undefined) return '404 Not Found';
    // pages of others may speak BFCP: the token is the right to it, and no cookie counts
    if (!known || (isForeign(request) && protocol !== 'bfcp')) return '403 Forbidden';
    if (protocol !== null && !offers(request, protocol)) return '400 Bad Request';
    if (!local(caller) && !this.opening.take(caller.address)) return '429 Too Many Requests';
    return this.live.size >= mostSockets ? '503 Service Unavailable' : null;
  }

  private refuse(socket: Duplex, status: string): void {
    this.options.metrics.count('dualstream_websockets_refused_total', { status: status.slice(0, 3) });
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  private bfcp(stream: MessageStream, token: string): void {
    if (this.options.onBfcp(stream, token)) return;
    this.options.metrics.count('dualstream_websockets_refused_total', { status: 'token' });
    stream.close();
  }

  private events(ws: WebSocket, caller: Caller, asked: string | null): void {
    const { rooms, metrics } = this.options;
    const name = caller.grant?.room ?? asked;
    if (!caller.grant || name === null || !rooms.canOpen(name)) {
      metrics.count('dualstream_websockets_refused_total', { status: 'token' });
      ws.close(4401, caller.grant ? 'no such room' : 'token not valid');
      return;
    }
    const room = rooms.open(name);
    const { id } = caller.grant;
    new EventsFeed({
      socket: ws,
      room,
      grant: caller.grant,
      bfcp: (participant) => this.access(room.name, participant, caller),
      valid: () => this.options.tokens.live(id),
      dropped: () => metrics.count('dualstream_events_dropped_total'),
    });
  }

  private access(room: string, participant: number, caller: Caller): BfcpAccess | null {
    const ids = this.options.bfcpFor(room, participant);
    if (!ids) return null;
    const { token, confId, userId, floorId } = ids;
    const url = `${caller.secure ? 'wss' : 'ws'}://${caller.host}/bfcp?token=${encodeURIComponent(token)}`;
    return { token, confId, userId, floorId, url };
  }
}

function urlOf(request: IncomingMessage): URL | null {
  try {
    return new URL(request.url ?? '/', 'http://local');
  } catch {
    // `//` and the like; the caller answers 400.
    return null;
  }
}

function pathOf(request: IncomingMessage): string | null {
  return urlOf(request)?.pathname ?? null;
}
