import type { Clock, Timer } from '../../base/clock.js';
import { Framer, FramingError } from '../../base/framer.js';
import type { ByteStream, Endpoint, MessageStream } from '../../base/net.js';
import { Closers, type Flow, type FlowReceiver } from './flow.js';
import { sipFrames } from './stream-framing.js';

/** What a connection's flow needs. */
export interface StreamFlowOptions {
  advertised: Endpoint;
  /** Largest message, bytes. */
  maxMessage: number;
  clock: Clock;
  receive: FlowReceiver;
  /** A stream that cannot be cut into messages, or that never finishes one. */
  unusable(why: string): void;
}

/** A begun message must be complete within this time, milliseconds. */
const unfinishedMs = 32_000;
const pong = Buffer.from('\r\n');

/** SIP over TCP or TLS (RFC 3261 §18.3). Double CRLF is answered with CRLF (RFC 5626 §4.4.1). */
export function streamFlow(transport: 'tcp' | 'tls', stream: ByteStream, options: StreamFlowOptions): Flow {
  const closers = new Closers();
  let open = true;
  let unfinished: Timer | null = null;
  const settle = (): void => {
    unfinished?.cancel();
    unfinished = null;
  };
  const drop = (why: string): void => {
    options.unusable(why);
    stream.destroy();
  };
  const flow: Flow = {
    transport,
    reliable: true,
    local: stream.local,
    remote: stream.remote,
    advertised: options.advertised,
    get open() {
      return open;
    },
    send: (data) => void (open && stream.write(data)),
    onClose: (listener) => closers.add(listener),
    close: () => stream.end(),
    abort: () => stream.destroy(),
  };
  const notices = {
    ping: () => flow.send(pong),
    partial(yes: boolean): void {
      if (!yes) settle();
      else unfinished ??= options.clock.after(unfinishedMs, () => drop('message never finished'));
    },
  };
  const framer = new Framer(sipFrames(notices, options.maxMessage), options.maxMessage);
  stream.onData((chunk) => {
    try {
      for (const frame of framer.push(chunk)) if (open) options.receive(frame, flow);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      drop(error.message);
    }
  });
  stream.onClose(() => {
    open = false;
    settle();
    closers.run();
  });
  return flow;
}

/** SIP over a WebSocket: one message a frame, CRLF keep-alives answered (RFC 7118 §5). */
export function webSocketFlow(secure: boolean, stream: MessageStream, options: StreamFlowOptions): Flow {
  const closers = new Closers();
  let open = true;
  const flow: Flow = {
    transport: secure ? 'wss' : 'ws',
    reliable: true,
    local: stream.local,
    remote: stream.remote,
    advertised: options.advertised,
    get open() {
      return open;
    },
    send(data) {
      if (open) stream.send(data.toString('utf8'));
    },
    onClose: (listener) => closers.add(listener),
    close: () => stream.close(),
    abort: () => stream.close(),
  };
  stream.onMessage((data) => {
    if (!open) return;
    if (data.length > options.maxMessage) {
      options.unusable('message too long');
      stream.close();
    } else if (isKeepAlive(data)) {
      if (data.length >= 4) flow.send(pong);
    } else options.receive(data, flow);
  });
  stream.onClose(() => {
    open = false;
    closers.run();
  });
  return flow;
}

/** CRLFs or zero octets alone, as phones send to hold NAT bindings open. */
export function isKeepAlive(data: Buffer): boolean {
  return data.length <= 8 && data.every((octet) => octet === 13 || octet === 10 || octet === 0);
}
