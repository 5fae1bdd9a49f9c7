import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Framer, FramingError } from '../../../src/base/framer.js';
import type { ByteStream } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { frame, maxFrame, wireFrames } from '../../../src/protocol/drachtio/wire.js';
import type { Control } from '../../support/engine-elsewhere.js';
import { until } from '../../journeys/support/until.js';
import { Aliases } from './aliases.js';
import { arrive, channelName, collector, type Channel, type Message, type Stage } from './channel.js';
import { streamChannel, udpChannel } from './memory-stage.js';
import type { Step } from './transcript.js';

const here = '127.0.0.1';
/** SIP leaves it out of its headers, unlike that of the recordings. */
const unsaid = 5060;

/** A running drachtio-server at 127.0.0.1, in its own time. */
export class ServerStage implements Stage {
  readonly orderly = false;
  private readonly began = performance.now();
  private readonly peers = new Map<string, Channel>();

  private constructor(
    private readonly control: Control,
    private readonly ports: ReadonlyMap<string, number>,
    private readonly aliases: Aliases,
  ) {}

  static async start(steps: readonly Step[], control: Control): Promise<ServerStage> {
    const ports = await placesOf(control);
    if ([...ports.values()].includes(unsaid)) throw new Error(`the server has to take SIP elsewhere than at ${unsaid}`);
    const stage = new ServerStage(control, ports, new Aliases(steps, ports, control.secret));
    // peers must be there before they are called
    for (const step of steps) {
      if (step.kind !== 'sip' || stage.peers.has(step.peer)) continue;
      stage.peers.set(step.peer, await stage.peer(steps, step.peer));
    }
    return stage;
  }

  async until(at: number): Promise<void> {
    const rest = at - (performance.now() - this.began);
    if (rest > 0) await pause(rest);
  }

  wait(ms: number): Promise<void> {
    return pause(ms);
  }

  /** Messages take different ways: the next must not overtake this one. */
  settle(): Promise<void> {
    return pause(10);
  }

  async open(step: Message): Promise<Channel> {
    return this.peers.get(channelName(step)) ?? this.translated(await this.admin());
  }

  close(): Promise<string[]> {
    for (const channel of this.peers.values()) channel.close();
    return Promise.resolve([]);
  }

  private async admin(): Promise<Channel> {
    const stream = await dial(this.control);
    const channel = collector(
      (text) => void stream.write(frame(text, null)),
      () => stream.end(),
    );
    readFrames(stream, (text) => channel.arrived.push(text));
    return channel;
  }

  private async peer(steps: readonly Step[], peer: string): Promise<Channel> {
    const transport = /^client\/(\w+)$/.exec(peer)?.[1] ?? 'udp';
    const port = this.ports.get(transport);
    if (port === undefined) throw new Error(`the server does not take ${transport}`);
    const to = { address: here, port };
    if (transport === 'udp') {
      const socket = await systemNet.udp({ address: here, port: 0 });
      this.aliases.place(steps, peer, socket.local.port);
      return this.translated(udpChannel(socket, to));
    }
    if (transport === 'ws' || transport === 'wss') {
      const socket = new WebSocket(`${transport}://${here}:${port}`, 'sip', { rejectUnauthorized: false });
      await once(socket, 'open');
      const channel = collector(
        (text) => socket.send(text),
        () => socket.close(),
      );
      socket.on('message', (data: Buffer) => arrive(channel, data.toString()));
      const under = (socket as unknown as { _socket: { localPort: number } })._socket;
      this.aliases.place(steps, peer, under.localPort);
      return this.translated(channel);
    }
    const stream = await systemNet.connect(to, transport === 'tls' ? { type: 'tls', verify: false } : { type: 'tcp' });
    this.aliases.place(steps, peer, stream.local.port);
    return this.translated(streamChannel(stream));
  }

  /** What arrives as the recording would say it, what is sent as the server knows it. */
  private translated(channel: Channel): Channel {
    const { aliases } = this;
    const seen: string[] = [];
    return {
      seen: channel.seen,
      get arrived() {
        seen.push(...channel.arrived.splice(0).map((text) => aliases.fromWire(text)));
        return seen;
      },
      send: (text) => channel.send(aliases.toWire(text)),
      close: () => channel.close(),
    };
  }
}

/** Where the server takes SIP. */
async function placesOf(control: Control): Promise<Map<string, number>> {
  const stream = await dial(control);
  const heard: string[] = [];
  readFrames(stream, (text) => heard.push(text));
  stream.write(frame(`00000000-0000-4000-8000-000000000000|authenticate|${control.secret}|`, null));
  await until('an answer of the server', 5000, () => heard.length > 0 || null);
  stream.end();
  const places = [...(heard[0] ?? '').matchAll(/(\w+)\/127\.0\.0\.1:(\d+)/g)];
  return new Map(places.map(([, transport = '', port]) => [transport, Number(port)]));
}

function dial({ host, port }: Control): Promise<ByteStream> {
  return systemNet.connect({ address: host, port }, { type: 'tcp' });
}

function readFrames(stream: ByteStream, read: (text: string) => void): void {
  const framer = new Framer(wireFrames, maxFrame);
  stream.onData((chunk) => {
    try {
      for (const each of framer.push(chunk)) read(each.toString());
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      read(`not framed: ${error.message}`);
    }
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
