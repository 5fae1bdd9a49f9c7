import { createRequire } from 'node:module';
import Srf from 'drachtio-srf';
import type { Clock } from '../../base/clock.js';
import type { Endpoint } from '../../base/net.js';
import type { Seen } from '../../base/seen.js';
import type { MessageTooLong } from './errors.js';
import { readHostports, type ListenPoint } from './hostports.js';
import { paceWrites, type Connection } from './paced-writes.js';
import { readWire } from './wire-watch.js';

/** The part of a drachtio-srf message that we read. */
export interface SipMessage {
  readonly body: string;
  get(name: string): string | undefined;
  has(name: string): boolean;
}

/** An incoming or outgoing request. */
export interface SipRequest extends SipMessage {
  readonly method: string;
  readonly uri: string;
  readonly source_address: string;
  readonly source_port: string | number;
  readonly protocol: string;
  readonly receivedOn?: string;
  readonly callId?: string;
  getParsedHeader(name: string): unknown;
  on(event: 'cancel', listener: () => void): void;
}

/** A request of ours outside a dialog, as it was sent. */
export interface SentRequest extends SipMessage {
  readonly uri: string;
  /** Every response, provisional ones included. */
  on(event: 'response', listener: (response: SipResponse) => void): void;
  /** Cancels an INVITE; the engine holds the CANCEL back until a provisional response came. */
  cancel(options: { headers?: Record<string, string> }, callback: (error: unknown) => void): void;
}

/** A request to send outside a dialog. */
export interface RequestOptions {
  method: string;
  headers?: Record<string, string>;
  body?: string;
  /** Next hop instead of the Request-URI. */
  proxy?: string;
}

/** What a refused INVITE is told by. */
export interface InviteRefusal {
  status?: number;
  reason?: string;
  res?: SipResponse;
}

/** Options of a response. */
export interface ResponseOptions {
  headers?: Record<string, string>;
  body?: string;
}

/** A response: to send (incoming request) or received (outgoing request). */
export interface SipResponse extends SipMessage {
  readonly status: number;
  readonly reason: string;
  send(status: number, options?: ResponseOptions): void;
  send(status: number, reason: string, options?: ResponseOptions): void;
}

/** A confirmed dialog. `modify` is not in here on purpose: after a rejected one the library hangs for ever. */
export interface SipDialog {
  readonly id: string;
  readonly sip: { callId: string; localTag: string; remoteTag: string };
  local: { sdp: string; contact: string };
  readonly remote: { sdp: string };
  on(event: 'ack' | 'destroy' | 'unsubscribe', listener: (request: SipRequest, reason?: string) => void): void;
  on(
    event: 'modify' | 'info' | 'update' | 'options' | 'refer' | 'message' | 'subscribe',
    listener: (request: SipRequest, response: SipResponse) => void,
  ): void;
  /** `callback` is called for every response, provisional ones included; the ACK of an INVITE is sent by itself. */
  request(
    options: { method: string; headers?: Record<string, string>; body?: string },
    callback: (error: unknown, response?: SipResponse) => void,
  ): void;
  destroy(options?: { headers?: Record<string, string> }): Promise<unknown>;
}

/** The signalling API as the legs use it. */
export interface Signalling {
  /** Also after every reconnect. `hostports` is where the engine takes SIP, as peers are told; `local` where it is bound. */
  on(
    event: 'connect',
    listener: (error: Error | null, hostports: string, version: string | null, local: string | null) => void,
  ): void;
  on(event: 'error' | 'close', listener: (error?: Error) => void): void;
  connect(options: {
    host: string;
    port: number;
    secret: string;
    /** Without a limit the library waits 1.7 times longer after every failure, for ever. */
    reconnect?: { retryMaxDelay: number };
    enablePing?: boolean;
  }): void;
  /** Ends the connection for good; without one, nothing happens. */
  disconnect(): void;
  invite(handler: (request: SipRequest, response: SipResponse) => void): void;
  register(handler: (request: SipRequest, response: SipResponse) => void): void;
  options(handler: (request: SipRequest, response: SipResponse) => void): void;
  subscribe(handler: (request: SipRequest, response: SipResponse) => void): void;
  /** Requests outside dialogs; `callback` gets the request as sent, or why it could not be. */
  request(uri: string, options: RequestOptions, callback: (error: unknown, sent?: SentRequest) => void): void;
  /** Calls; `callback` gets the dialog of the first 200, acknowledged, or an InviteRefusal or an Error. */
  createUAC(
    uri: string,
    options: { localSdp: string; headers: Record<string, string>; proxy?: string },
    progress: { cbRequest(error: unknown, sent?: SentRequest): void; cbProvisional(response: SipResponse): void },
    callback: (error: unknown, dialog?: SipDialog) => void,
  ): void;
  /** With a callback, since a BYE right behind the 200 is told before a promise would be kept. */
  createUAS(
    request: SipRequest,
    response: SipResponse,
    options: { localSdp: string; headers?: Record<string, string> },
    callback: (error: unknown, dialog?: SipDialog) => void,
  ): void;
}

/**
 * Several lines of one header for a response. The library joins values of a name with commas, which no challenge may be
 * (RFC 3261 §7.3.1); a line break begins a header of its own on either engine.
 */
export function headerLines(name: string, values: readonly string[]): Record<string, string> {
  return values.length === 0 ? {} : { [name]: values.join(`\r\n${name}: `) };
}

/** Who is behind a connection that carries the requests of others; null when it carries none. */
export type CallerAt = (source: Endpoint) => Endpoint | null;

/** How connections to a drachtio-server are paced; `refused` gets what could not be sent. */
export interface Pacing {
  clock: Clock;
  refused(error: MessageTooLong): void;
}

/**
 * One instance of the library behind our own types; its published ones do not cover what it does. `seen` is told of the SIP
 * messages that a drachtio-server takes in and sends.
 */
export function createSignalling(
  callerAt: CallerAt = () => null,
  paced: Pacing | null = null,
  seen: Seen | null = null,
): Signalling {
  const library = new Srf() as unknown as Library;
  const known = new WeakSet<Connection>();
  library.use((request, _response, next) => {
    if (paced && !known.has(request.socket)) {
      known.add(request.socket);
      paceWrites(request.socket, paced.clock, (error) => paced.refused(error));
    }
    const caller = callerAt({ address: request.source_address, port: request.source_port });
    if (caller) {
      request.source_address = caller.address;
      request.source_port = caller.port;
    }
    next();
  });
  mendStatuses();
  mendCreateUas(library);
  mendCreateUac(library);
  // a drachtio-server makes no call of one either, and would acknowledge nothing
  if (!paced) mendSuccess(library);
  mendDisconnect(library);
  if (seen) watchWire(library, callerAt, seen);
  return library;
}

type Library = Signalling & {
  /** Its connection, while there is one. */
  _app: { client?: { wp: { on(event: 'msg', listener: (socket: unknown, message: string) => void): void } } };
  use(handler: (request: Writable<SipRequest>, response: SipResponse, next: () => void) => void): void;
};
type Writable<Request> = Omit<Request, 'source_address' | 'source_port'> & {
  socket: Connection;
  source_address: string;
  source_port: number;
};

/** Its table of responses lacks some that are newer than it, which it then refuses to send. */
function mendStatuses(): void {
  const ofLibrary = createRequire(createRequire(import.meta.url).resolve('drachtio-srf'));
  const statuses = ofLibrary('sip-status') as Record<number, string>;
  statuses[469] ??= 'Bad Info Package';
}

/** A dialog sends by the connection that it came with, also after that is gone: without one the live one is used. */
function mendCreateUas(library: Library): void {
  const createUas = library.createUAS.bind(library);
  library.createUAS = (request, response, options, callback) => {
    if (request.method === 'SUBSCRIBE') acceptWith200(response);
    createUas(request, response, options, (error, dialog) => {
      const { socket } = request as unknown as { socket: { destroyed: boolean } };
      if (dialog) Object.defineProperty(dialog, 'socket', { get: () => (socket.destroyed ? undefined : socket) });
      callback(error, dialog);
    });
  };
}

/** It accepts a SUBSCRIBE with 202, which is of old (RFC 6665 §8.3.1). */
function acceptWith200(response: SipResponse): void {
  const send = response.send.bind(response) as (status: number, ...rest: unknown[]) => void;
  response.send = (status: number, ...rest: unknown[]) => send(status === 202 ? 200 : status, ...rest);
}

/** The same for calls of ours. */
function mendCreateUac(library: Library): void {
  const createUac = library.createUAC.bind(library);
  library.createUAC = (uri, options, progress, callback) =>
    createUac(uri, options, progress, (error, dialog) => {
      if (dialog) {
        const { socket } = (dialog as unknown as { req: { socket: { destroyed: boolean } } }).req;
        Object.defineProperty(dialog, 'socket', { get: () => (socket.destroyed ? undefined : socket) });
      }
      callback(error, dialog);
    });
}

/** It takes 200 for success and any other 2xx for a refusal, against RFC 3261 §13.2.2.4. */
function mendSuccess(library: Library): void {
  const createUac = library.createUAC.bind(library);
  library.createUAC = (uri, options, progress, callback) => {
    const cbRequest: typeof progress.cbRequest = (error, sent) => {
      // told before the library listens itself
      sent?.on('response', asOk);
      progress.cbRequest(error, sent);
    };
    createUac(uri, options, { ...progress, cbRequest }, callback);
  };
}

function asOk(response: { status: number }): void {
  if (response.status > 200 && response.status < 300) response.status = 200;
}

/** Looks on at the messages of its connection, which it tells nobody of. */
function watchWire(library: Library, callerAt: CallerAt, seen: Seen): void {
  let listening: readonly ListenPoint[] = [];
  library.on('connect', (error, hostports, _version, local) => {
    if (!error) listening = readHostports(local ?? hostports);
  });
  const connect = library.connect.bind(library);
  library.connect = (options) => {
    connect(options);
    library._app.client?.wp.on('msg', (_socket, text) => {
      const message = readWire(text, listening);
      if (message) seen({ ...message, remote: callerAt(message.remote) ?? message.remote });
    });
  };
}

/** It throws while there is no connection, and goes on trying to get one. */
function mendDisconnect(library: Library): void {
  const disconnect = library.disconnect.bind(library);
  let over = false;
  library.disconnect = () => {
    over = true;
    try {
      disconnect();
    } catch {
      // not connected: if that comes about, it is ended at once
    }
  };
  library.on('connect', () => {
    if (over) library.disconnect();
  });
}
