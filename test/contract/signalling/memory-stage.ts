import type { ByteStream, Datagrams, Endpoint, MessageStream } from '../../../src/base/net.js';
import { Framer } from '../../../src/base/framer.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { startEngine, type Engine } from '../../../src/protocol/drachtio/server.js';
import { maxFrame, wireFrames, frame } from '../../../src/protocol/drachtio/wire.js';
import { sipFrames } from '../../../src/protocol/sip/stream-framing.js';
import { ManualClock } from '../../support/manual-clock.js';
import { MemoryNet } from '../../support/memory-net.js';
import { messagePipe } from '../../support/message-pipe.js';
import { arrive, collector, portOf, type Channel, type Message, type Stage } from './channel.js';
import type { Step } from './transcript.js';

/** A fresh embedded engine on a network in memory, its time made by hand. */
export class MemoryStage implements Stage {
  readonly orderly = true;
  private readonly clock = new ManualClock();
  private readonly net = new MemoryNet();
  private readonly metrics = createMetrics();
  private engine: Engine | null = null;

  private constructor(private readonly steps: readonly Step[]) {}

  static async start(steps: readonly Step[]): Promise<MemoryStage> {
    const stage = new MemoryStage(steps);
    stage.engine = await stage.startEngine();
    return stage;
  }

  async until(at: number): Promise<void> {
    while (this.clock.now() < at) {
      this.clock.advance(Math.min(250, at - this.clock.now()));
      await this.settle();
    }
  }

  async wait(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settle();
  }

  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  async open(step: Message): Promise<Channel> {
    return step.kind === 'admin' ? this.admin() : this.peer(step);
  }

  async close(): Promise<string[]> {
    await this.engine?.close();
    const differences: string[] = [];
    if (this.metrics.counted('dualstream_sip_internal_errors_total') > 0) differences.push('internal error');
    if (this.clock.pending > 0) differences.push(`${this.clock.pending} timers left`);
    return differences;
  }

  private startEngine(): Promise<Engine> {
    const text = this.steps.map((step) => step.text).join('\n');
    const ports = /(?:\w+\/127\.0\.0\.1:\d+,?)+/.exec(text)?.[0] ?? 'tcp/127.0.0.1:5070,udp/127.0.0.1:5070';
    const listen = [...ports.matchAll(/\b(udp|tcp|tls)\/([\d.]+):(\d+)/g)].map(([, transport, address, port]) => ({
      transport: transport as 'udp' | 'tcp' | 'tls',
      address: address ?? '',
      port: Number(port),
    }));
    const { clock, net, metrics } = this;
    const control = { address: '127.0.0.1', port: 9022, secret: 'cymru' };
    return startEngine({ net, clock, metrics, chance: systemChance, log: silentLog, control, listen });
  }

  private async admin(): Promise<Channel> {
    const stream = await this.net.connect({ address: '127.0.0.1', port: 9022 });
    const framer = new Framer(wireFrames, maxFrame);
    const channel = collector(
      (text) => void stream.write(frame(text, null)),
      () => stream.end(),
    );
    stream.onData((chunk) => channel.arrived.push(...framer.push(chunk).map(String)));
    return channel;
  }

  private async peer(step: Message & { kind: 'sip' }): Promise<Channel> {
    const transport = /^client\/(\w+)$/.exec(step.peer)?.[1] ?? 'udp';
    const local = { address: '127.0.0.1', port: portOf(this.steps, step.peer) };
    const listening = this.engine?.listening.find((each) => each.transport === transport)?.local;
    if (transport === 'ws' || transport === 'wss') return this.webSocket(transport === 'wss', local);
    if (!listening) throw new Error(`no ${transport} listener`);
    if (transport === 'udp') return udpChannel(await this.net.udp(local), listening);
    return streamChannel(await this.net.dial(listening, local));
  }

  private webSocket(secure: boolean, remote: Endpoint): Channel {
    const [near, far] = messagePipe();
    this.engine?.acceptWebSocket(placed(far, remote, { address: '127.0.0.1', port: secure ? 5273 : 5272 }), secure);
    const channel = collector(
      (text) => near.send(text),
      () => near.close(),
    );
    near.onMessage((data) => arrive(channel, data.toString()));
    return channel;
  }
}

export function udpChannel(socket: Datagrams, to: Endpoint): Channel {
  const channel = collector(
    (text) => socket.send(Buffer.from(text), to),
    () => socket.close(),
  );
  socket.onMessage((data) => arrive(channel, data.toString()));
  return channel;
}

export function streamChannel(stream: ByteStream): Channel {
  const framer = new Framer(sipFrames({ ping: () => undefined, partial: () => undefined }, 65536), 65536);
  const channel = collector(
    (text) => void stream.write(text),
    () => stream.end(),
  );
  stream.onData((chunk) => framer.push(chunk).forEach((data) => arrive(channel, data.toString())));
  return channel;
}

function placed(stream: MessageStream, remote: Endpoint, local: Endpoint): MessageStream {
  return {
    remote,
    local,
    send: (data) => stream.send(data),
    onMessage: (listener) => stream.onMessage(listener),
    onClose: (listener) => stream.onClose(listener),
    close: () => stream.close(),
  };
}
