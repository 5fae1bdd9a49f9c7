import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Endpoint, PacedStream } from '../../base/net.js';
import { messageStreamOf } from '../api/message-stream.js';
import { carry } from './carry.js';
import { isResponse, withTransport, type ViaTransport } from './via.js';

/** Where to and with what. */
export interface SipTunnelOptions {
  /** WebSocket listener of the SIP engine, `ws:` or `wss:`. */
  url: string;
  log: Log;
  metrics: Metrics;
  /** How long the engine may take to accept a connection, milliseconds; default 5000. */
  timeoutMs?: number;
}

const timeoutMs = 5000;
const keepAliveMs = 30_000;
const largestMessage = 64 << 10;

/**
 * Carries the SIP WebSockets of browsers to a SIP engine that runs elsewhere, one connection each (RFC 7118). The engine
 * sees them all come from here; `callerAt` tells who they are.
 */
export class SipTunnel {
  private readonly open = new Map<WebSocket, PacedStream>();
  private readonly callers = new Map<string, Endpoint>();

  constructor(private readonly options: SipTunnelOptions) {}

  /** Takes a browser's WebSocket, by TLS or not, whose handshake is done; closes it when the engine cannot be reached. */
  accept(browser: PacedStream, secure: boolean): void {
    // nothing may arrive before there is somebody to take it
    browser.pause();
    const socket = new WebSocket(this.options.url, ['sip'], {
      handshakeTimeout: this.options.timeoutMs ?? timeoutMs,
      perMessageDeflate: false,
      maxPayload: largestMessage,
    });
    this.keep(socket, browser);
    let key: string | null = null;
    socket.once('upgrade', (response) => {
      response.socket.setKeepAlive(true, keepAliveMs);
      const ends = endsOf(response);
      key = keyOf(ends.local);
      this.callers.set(key, browser.remote);
      const engine = messageStreamOf(socket, ends);
      const [near, far] = [viaOf(secure), viaOf(this.options.url.startsWith('wss:'))];
      carry(browser, engine, (text) => (isResponse(text) ? text : withTransport(text, far)));
      carry(engine, browser, (text) => (isResponse(text) ? withTransport(text, near) : text));
    });
    socket.once('open', () => browser.resume());
    socket.on('error', (error) => this.failed(socket, error));
    socket.once('close', () => {
      if (key !== null) this.callers.delete(key);
      this.drop(socket, browser);
      // a close is not seen while nothing is read
      browser.resume();
    });
    browser.onClose(() => this.drop(socket, browser));
  }

  /** Who sends from this address and port of ours; null when it is none of a tunnel. */
  callerAt(source: Endpoint): Endpoint | null {
    return this.callers.get(keyOf(source)) ?? null;
  }

  /** Closes every connection. */
  close(): void {
    for (const [socket, browser] of [...this.open]) this.drop(socket, browser);
  }

  private keep(socket: WebSocket, browser: PacedStream): void {
    this.open.set(socket, browser);
    this.options.metrics.gauge('dualstream_sip_tunnels', this.open.size);
  }

  private drop(socket: WebSocket, browser: PacedStream): void {
    if (!this.open.delete(socket)) return;
    this.options.metrics.gauge('dualstream_sip_tunnels', this.open.size);
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket.close();
    browser.close();
  }

  private failed(socket: WebSocket, error: Error): void {
    // one that we gave up ourselves complains too
    if (!this.open.has(socket)) return;
    const { url, log, metrics } = this.options;
    metrics.count('dualstream_sip_tunnel_failures_total');
    log.warn({ url, error: messageOf(error) }, 'The SIP engine does not take the WebSocket of a browser');
  }
}

function viaOf(secure: boolean): ViaTransport {
  return secure ? 'WSS' : 'WS';
}

function endsOf({ socket }: IncomingMessage): { local: Endpoint; remote: Endpoint } {
  return {
    local: { address: plain(socket.localAddress), port: socket.localPort ?? 0 },
    remote: { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 },
  };
}

function plain(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
