import Srf from 'drachtio-srf';

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
  on(event: 'ack' | 'destroy', listener: (request: SipRequest, reason?: string) => void): void;
  on(
    event: 'modify' | 'info' | 'update' | 'options' | 'refer' | 'message',
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
  on(event: 'connect', listener: (error: Error | null, hostports: string) => void): void;
  on(event: 'error' | 'disconnect', listener: (error?: Error) => void): void;
  connect(options: { host: string; port: number; secret: string }): void;
  disconnect(): void;
  invite(handler: (request: SipRequest, response: SipResponse) => void): void;
  register(handler: (request: SipRequest, response: SipResponse) => void): void;
  options(handler: (request: SipRequest, response: SipResponse) => void): void;
  /** With a callback, since a BYE right behind the 200 is told before a promise would be kept. */
  createUAS(
    request: SipRequest,
    response: SipResponse,
    options: { localSdp: string; headers?: Record<string, string> },
    callback: (error: unknown, dialog?: SipDialog) => void,
  ): void;
}

/** One instance of the library behind our own types; its published ones do not cover what it does. */
export function createSignalling(): Signalling {
  return new Srf() as unknown as Signalling;
}
