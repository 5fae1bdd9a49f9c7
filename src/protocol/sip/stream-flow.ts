import type { Clock, Timer } from '../../base/clock.js';
import { Framer, FramingError } from '../../base/framer.js';
import type { ByteStream, Endpoint, MessageStream } from '../../base/net.js';
import { Closers, type DropReason, type Flow, type FlowReceiver, type TransportName } from './flow.js';
import { sipFrames } from './stream-framing.js';

/** What a connection's flow needs. */
export interface StreamFlowOptions {
  advertised: Endpoint;
  listener: string | null;
  /** Largest message, bytes. */
  maxMessage: number;
  /** Most bytes that wait for a peer that does not read. */
  maxQueued: number;
  clock: Clock;
  receive: FlowReceiver;
  /** A whole message came in, or other bytes; `blank` when they begin with a line end. */
  heard(flow: Flow, what: 'message' | 'bytes' | 'blank'): void;
  /** A connection that is ended because it cannot be used. */
  unusable(flow: Flow, reason: DropReason, why: string): void;
  /** A message goes out. */
  sent?(flow: Flow, data: Buffer): void;
  /** The connection is gone; with the error that ended it, if any. */
  ended(flow: Flow, error: Error | undefined): void;
}

/** A begun message must be complete within this time, milliseconds. */
const unfinishedMs = 32_000;
/** A peer that does not close its end when we have closed ours is cut off, milliseconds. */
const lingerMs = 5000;
const pong = Buffer.from('\r\n');

/** SIP over TCP or TLS (RFC 3261 §18.3). Double CRLF is answered with CRLF (RFC 5626 §4.4.1). */
export function streamFlow(transport: 'tcp' | 'tls', stream: ByteStream, options: StreamFlowOptions): Flow {
  const { flow, state } = makeFlow(transport, stream, options, {
    write: (data) => void stream.write(data),
    end: () => stream.end(),
    destroy: () => stream.destroy(),
  });
  let unfinished: Timer | null = null;
  const settle = (): void => {
    unfinished?.cancel();
    unfinished = null;
  };
  const notices = {
    ping: () => flow.send(pong),
    partial(yes: boolean): void {
      if (!yes) settle();
      else unfinished ??= options.clock.after(unfinishedMs, () => state.drop('unfinished', 'message never finished'));
    },
  };
  const framer = new Framer(sipFrames(notices, options.maxMessage), options.maxMessage);
  stream.onData((chunk) => {
    options.heard(flow, chunk[0] === 13 ? 'blank' : 'bytes');
    try {
      for (const frame of framer.push(chunk)) if (flow.open) deliver(frame, flow, options);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      for (const frame of error.frames) if (flow.open) deliver(frame, flow, options);
      state.drop(framer.overflown ? 'framing' : 'junk', error.message);
    }
  });
  stream.onClose((error) => {
    settle();
    state.closed(error);
  });
  return flow;
}

/** SIP over a WebSocket: one message a frame, CRLF keep-alives answered (RFC 7118 §5). */
export function webSocketFlow(secure: boolean, stream: MessageStream, options: StreamFlowOptions): Flow {
  const { flow, state } = makeFlow(secure ? 'wss' : 'ws', stream, options, {
    write: (data) => stream.send(data.toString('utf8')),
    end: () => stream.close(),
    destroy: () => (stream.destroy ? stream.destroy() : stream.close()),
  });
  stream.onMessage((data) => {
    if (!flow.open) return;
    if (data.length > options.maxMessage) return state.drop('too_long', 'message too long');
    const blank = isKeepAlive(data);
    options.heard(flow, blank ? 'blank' : 'bytes');
    if (!blank) deliver(data, flow, options);
    else if (data.length >= 4) flow.send(pong);
  });
  stream.onClose((error) => state.closed(error));
  return flow;
}

interface Ends {
  write: (data: Buffer) => void;
  end: () => void;
  destroy: () => void;
}

function deliver(message: Buffer, flow: Flow, options: StreamFlowOptions): void {
  options.heard(flow, 'message');
  options.receive(message, flow);
}

/** What both kinds of connection have in common. */
function makeFlow(
  transport: Exclude<TransportName, 'udp'>,
  stream: ByteStream | MessageStream,
  options: StreamFlowOptions,
  ends: Ends,
) {
  const closers = new Closers();
  let open = true;
  let lingering: Timer | null = null;
  const state = {
    drop(reason: DropReason, why: string): void {
      if (!open) return;
      open = false;
      options.unusable(flow, reason, why);
      ends.destroy();
    },
    closed(error: Error | undefined): void {
      open = false;
      lingering?.cancel();
      options.ended(flow, error);
      closers.run();
    },
  };
  const flow: Flow = {
    transport,
    reliable: true,
    local: stream.local,
    remote: stream.remote,
    advertised: options.advertised,
    listener: options.listener,
    peer: stream.peer ?? null,
    get open() {
      return open;
    },
    onClose: (listener) => closers.add(listener),
    send(data) {
      if (!open) return;
      // the rest of a message cannot be left out: a peer that does not read loses its connection
      if ((stream.queued?.() ?? 0) + data.length > options.maxQueued) return state.drop('slow_reader', 'does not read');
      options.sent?.(flow, data);
      ends.write(data);
    },
    close() {
      ends.end();
      if (open) lingering ??= options.clock.after(lingerMs, ends.destroy);
    },
    abort: ends.destroy,
  };
  return { flow, state };
}

/** CRLFs or zero octets alone, as phones send to hold NAT bindings open. */
export function isKeepAlive(data: Buffer): boolean {
  return data.length <= 8 && data.every((octet) => octet === 13 || octet === 10 || octet === 0);
}
