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
import { readTranscript, type Step } from './transcript.js';
import { Inventions, shapeOf } from './unify.js';

/** What may differ from the record, and why. */
export interface Deviation {
  why: string;
  /** Recorded messages of the server that we do not send. */
  missing?: RegExp[];
  /** Messages of ours that were not recorded. */
  extra?: RegExp[];
  /** Headers left out of the comparison, lower case. */
  headers?: string[];
  /** Recorded inputs that are left out. */
  skip?: RegExp[];
  /** Recorded messages of and to applications that go over another connection here. */
  moved?: { message: RegExp; connection: string }[];
}

interface Channel {
  arrived: string[];
  /** Messages seen, to know retransmissions. */
  seen: Set<string>;
  send(text: string): void;
  close(): void;
}

type Message = Exclude<Step, { kind: 'note' }>;

/** Plays peers and application of one transcript against a fresh engine; resolves with every difference found. */
export async function replay(name: string, deviations: Deviation[] = []): Promise<string[]> {
  const run = new Replay(readTranscript(name), deviations);
  return run.play();
}

class Replay {
  private readonly clock = new ManualClock();
  private readonly net = new MemoryNet();
  private readonly channels = new Map<string, Channel>();
  private readonly inventions = new Inventions();
  private readonly differences: string[] = [];
  private readonly recorded = new Map<string, Set<string>>();
  private readonly metrics = createMetrics();
  private engine: Engine | null = null;

  constructor(
    private readonly steps: Step[],
    private readonly deviations: Deviation[],
  ) {}

  async play(): Promise<string[]> {
    this.engine = await this.start();
    for (const step of this.steps) {
      if (step.kind === 'note') await this.note(step);
      else if (step.toServer) await this.input(this.moved(step));
      else await this.expectation(this.moved(step));
    }
    this.leftovers();
    for (const channel of this.channels.values()) channel.close();
    await this.engine.close();
    if (this.metrics.counted('dualstream_sip_internal_errors_total') > 0) this.differences.push('internal error');
    if (this.clock.pending > 0) this.differences.push(`${this.clock.pending} timers left`);
    return this.differences;
  }

  private start(): Promise<Engine> {
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

  private moved(step: Message): Message {
    if (step.kind !== 'admin') return step;
    const found = this.deviations.flatMap((each) => each.moved ?? []).find(({ message }) => message.test(step.text));
    return found ? { ...step, connection: found.connection } : step;
  }

  private async note(step: Step): Promise<void> {
    const closed = /^admin #(\d+): app closed/.exec(step.text);
    if (closed) {
      await this.until(step.at);
      this.channels.get(`admin ${closed[1]}`)?.close();
    }
  }

  private async input(step: Message): Promise<void> {
    await this.until(step.at);
    if (this.deviations.some((each) => each.skip?.some((pattern) => pattern.test(step.text)))) return;
    const channel = await this.channel(step);
    this.inventions.note(step.text);
    channel.send(this.inventions.translate(step.text));
    await settle();
  }

  private async expectation(step: Message): Promise<void> {
    await this.until(step.at);
    const channel = await this.channel(step);
    const again = step.kind === 'sip' && this.isAgain(step);
    const wanted = shapeOf(step.text, step.kind === 'admin', this.ignored());
    let why = 'nothing came';
    for (let waited = 0; waited <= 4500; waited += 100) {
      for (const [index, text] of channel.arrived.entries()) {
        const found = this.inventions.match(wanted, shapeOf(text, step.kind === 'admin', this.ignored()));
        if (found === null) {
          channel.arrived.splice(index, 1);
          return;
        }
        if (index === 0) why = found;
      }
      if (again || this.deviations.some((each) => each.missing?.some((pattern) => pattern.test(step.text)))) return;
      if (channel.arrived.length > 0 && waited > 0) break;
      this.clock.advance(100);
      await settle();
    }
    this.differences.push(
      `${step.at} ms, ${channelName(step)}: ${why}\n   wanted ${step.text.split('\r\n').slice(0, 2).join(' / ')}`,
    );
  }

  private leftovers(): void {
    for (const [name, channel] of this.channels) {
      for (const text of channel.arrived) {
        if (this.deviations.some((each) => each.extra?.some((pattern) => pattern.test(text)))) continue;
        this.differences.push(`${name}: not recorded: ${text.slice(0, 300)}`);
      }
    }
  }

  private ignored(): string[] {
    return this.deviations.flatMap((each) => each.headers ?? []);
  }

  private isAgain(step: Message): boolean {
    const name = channelName(step);
    const set = this.recorded.get(name) ?? new Set();
    this.recorded.set(name, set);
    const again = set.has(step.text);
    set.add(step.text);
    return again;
  }

  private async until(at: number): Promise<void> {
    while (this.clock.now() < at) {
      this.clock.advance(Math.min(250, at - this.clock.now()));
      await settle();
    }
  }

  private async channel(step: Message): Promise<Channel> {
    const name = channelName(step);
    const known = this.channels.get(name);
    if (known) return known;
    const channel = step.kind === 'admin' ? await this.admin() : await this.peer(step);
    this.channels.set(name, channel);
    return channel;
  }

  private async admin(): Promise<Channel> {
    const stream = await this.net.connect({ address: '127.0.0.1', port: 9022 });
    const framer = new Framer(wireFrames, maxFrame);
    const channel: Channel = {
      arrived: [],
      seen: new Set(),
      send: (text) => void stream.write(frame(text, null)),
      close: () => stream.end(),
    };
    stream.onData((chunk) => channel.arrived.push(...framer.push(chunk).map(String)));
    return channel;
  }

  private async peer(step: Message & { kind: 'sip' }): Promise<Channel> {
    const transport = /^client\/(\w+)$/.exec(step.peer)?.[1] ?? 'udp';
    const local = { address: '127.0.0.1', port: this.portOf(step.peer) };
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

  /** Port of a peer, from the addresses the record shows. */
  private portOf(peer: string): number {
    for (const step of this.steps) {
      if (step.kind === 'admin' && /^\w+-.*\|sip\|network\|\d+\|\w+\|/.test(step.text) && peer.startsWith('client/')) {
        return Number(step.text.split('|')[6]);
      }
      if (step.kind !== 'sip' || step.peer !== peer) continue;
      const via = /^(?!SIP\/).*\r\nVia: SIP\/2\.0\/\w+ 127\.0\.0\.1:(\d+)/s.exec(step.text);
      if (step.toServer && via && !step.text.startsWith('SIP/')) return Number(via[1]);
      const target = /^\w+ sip:[^\s]*127\.0\.0\.1:(\d+)/.exec(step.text);
      if (!step.toServer && target) return Number(target[1]);
    }
    return peer === 'alice' ? 6001 : 6002;
  }
}

function channelName(step: Message): string {
  return step.kind === 'admin' ? `admin ${step.connection}` : step.peer;
}

function collector(send: (text: string) => void, close: () => void): Channel {
  return { arrived: [], seen: new Set(), send, close };
}

/** Keeps a message unless it repeats one. */
function arrive(channel: Channel, text: string): void {
  if (text.trim() === '' || channel.seen.has(text)) return;
  channel.seen.add(text);
  channel.arrived.push(text);
}

function udpChannel(socket: Datagrams, to: Endpoint): Channel {
  const channel = collector(
    (text) => socket.send(Buffer.from(text), to),
    () => socket.close(),
  );
  socket.onMessage((data) => arrive(channel, data.toString()));
  return channel;
}

function streamChannel(stream: ByteStream): Channel {
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

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
