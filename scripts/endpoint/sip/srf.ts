import Srf from 'drachtio-srf';

/** The part of a drachtio-srf message that the endpoint reads. */
export interface SipMessage {
  readonly body: string;
  get(name: string): string | undefined;
}

export interface SipRequest extends SipMessage {
  readonly method: string;
}

/** A response, to send or received. */
export interface SipResponse extends SipMessage {
  readonly status: number;
  readonly reason: string;
  send(status: number, options?: { headers?: Record<string, string>; body?: string }): void;
}

/** A confirmed dialog. */
export interface SipDialog {
  local: { sdp: string };
  readonly remote: { sdp: string };
  on(event: 'destroy', listener: (request: SipRequest | undefined) => void): void;
  on(event: 'modify' | 'info' | 'update', listener: (request: SipRequest, response: SipResponse) => void): void;
  request(
    options: { method: string; headers?: Record<string, string>; body?: string },
    callback: (error: unknown, response?: SipResponse) => void,
  ): void;
  destroy(): Promise<unknown>;
}

/** The part of the signalling library that the endpoint uses. */
export interface Caller {
  on(event: 'connect', listener: (error: Error | null) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  connect(options: { host: string; port: number; secret: string }): void;
  disconnect(): void;
  invite(handler: (request: SipRequest, response: SipResponse) => void): void;
  options(handler: (request: SipRequest, response: SipResponse) => void): void;
  createUAS(
    request: SipRequest,
    response: SipResponse,
    options: { localSdp: string; headers: Record<string, string> },
    callback: (error: unknown, dialog?: SipDialog) => void,
  ): void;
  createUAC(uri: string, options: { localSdp: string; headers: Record<string, string> }): Promise<SipDialog>;
}

/** One instance of the library behind our own types. */
export function createCaller(): Caller {
  return new Srf() as unknown as Caller;
}
