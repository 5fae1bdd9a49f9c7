import type { ByteStream, Datagrams, Endpoint, MessageStream } from '../../../src/base/net.js';
import { Framer } from '../../../src/base/framer.js';
import { maxFrame, wireFrames, frame } from '../../../src/protocol/drachtio/wire.js';
import { sipFrames } from '../../../src/protocol/sip/stream-framing.js';
import { embeddedStage, type ListenedAt, type Stage } from './stage.js';
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

/**
 * Plays peers and application of one transcript, by default against a fresh embedded engine; resolves with every
 * difference found.
 */
export async function replay(
  name: string,
  deviations: Deviation[] = [],
  stageFor: (listen: ListenedAt[]) => Promise<Stage> | Stage = embeddedStage,
): Promise<string[]> {
  const steps = readTranscript(name);
  const listen = listeners(steps);
  return new Replay(steps, deviations, listen, await stageFor(listen)).play();
}

/** Where the recorded server took SIP, as it told its applications. */
function listeners(steps: Step[]): ListenedAt[] {
  const text = steps.map((step) => step.text).join('\n');
  const ports = /(?:\w+\/127\.0\.0\.1:\d+,?)+/.exec(text)?.[0] ?? 'tcp/127.0.0.1:5070,udp/127.0.0.1:5070';
  return [...ports.matchAll(/\b(udp|tcp|tls)\/([\d.]+):(\d+)/g)].map(([, transport, address, port]) => ({
    transport: transport as ListenedAt['transport'],
    address: address ?? '',
    port: Number(port),
  }));
}

class Replay {
  private readonly channels = new Map<string, Channel>();
  private readonly inventions = new Inventions();
  private readonly differences: string[] = [];
  private readonly recorded = new Map<string, Set<string>>();

  constructor(
    private readonly steps: Step[],
    private readonly deviations: Deviation[],
    private readonly listen: ListenedAt[],
    private readonly stage: Stage,
  ) {}

  async play(): Promise<string[]> {
    for (const step of this.steps) {
      if (step.kind === 'note') await this.note(step);
      else if (step.toServer) await this.input(this.moved(step));
      else await this.expectation(this.moved(step));
    }
    this.leftovers();
    for (const channel of this.channels.values()) channel.close();
    return [...this.differences, ...(await this.stage.close())];
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
    const text = this.inventions.translate(step.text);
    channel.send(
      step.kind === 'admin' ? text.replace(/(?<=^[^|]*\|authenticate\|)cymru(?=\|)/, this.stage.secret) : text,
    );
    await this.stage.pass(0);
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
      await this.stage.pass(100);
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
    while (this.stage.now() < at) await this.stage.pass(Math.min(250, at - this.stage.now()));
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
    const stream = await this.stage.admin();
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
    const listening = this.listen.find((each) => each.transport === transport);
    if (transport === 'ws' || transport === 'wss') return this.webSocket(transport === 'wss', local);
    if (!listening) throw new Error(`no ${transport} listener`);
    if (transport === 'udp') return udpChannel(await this.stage.udp(local), listening);
    return streamChannel(await this.stage.stream(listening, local));
  }

  private webSocket(secure: boolean, remote: Endpoint): Channel {
    const near = this.stage.webSocket(secure, remote);
    if (!near) throw new Error('no WebSockets on this stage');
    return messageChannel(near);
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

function messageChannel(stream: MessageStream): Channel {
  const channel = collector(
    (text) => stream.send(text),
    () => stream.close(),
  );
  stream.onMessage((data) => arrive(channel, data.toString()));
  return channel;
}
