import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { loadLibopus } from 'libopus-wasm';
import { createDecoder, createEncoder } from '../../src/media/mixer/codecs/factory.js';
import type { Decoder, Encoder } from '../../src/media/mixer/codecs/codec.js';
import type { MixedFormat } from '../../src/media/vocabulary.js';
import { emptyRtpHeader, readRtp, writeRtpHeader } from '../../src/protocol/rtp/header.js';
import { atMost, inform, median, pause, percentile, tell, type Figure } from './figures.js';
import { GatewayProcess, here } from './gateway-process.js';
import { voiceOnly } from './offers.js';
import { Uac } from './uac.js';

// Mouth to ear through the mixer: from the packet whose first sample begins a tone burst, as it enters the gateway, to
// the first sample of the burst that leaves it (time of its packet plus its place in the packet).
// `node --import tsx scripts/bench/tone.ts [bursts] [pairs]`

const bursts = Number(process.argv[2] ?? 15);
const pairs = Number(process.argv[3] ?? 4);
const frameMs = 20;
const burstFrames = 10;
const periodFrames = 45;
/** Loud enough to be a tone, below what a decoder makes of silence. */
const threshold = 0.03;

const formats: MixedFormat[] = [
  { kind: 'audio', name: 'PCMU', pt: 0, clock: 8000, channels: 1, params: {} },
  { kind: 'audio', name: 'G722', pt: 9, clock: 8000, channels: 1, params: {} },
  { kind: 'audio', name: 'opus', pt: 111, clock: 48000, channels: 2, params: { useinbandfec: '1' } },
];

/** One call with a plain RTP socket; says silence and bursts, and listens for the other's. */
class Peer {
  /** When each burst of ours went out, and when each burst of the other side began, milliseconds. */
  readonly sent: number[] = [];
  readonly heard: number[] = [];
  /** How late each packet of ours went out, milliseconds: jitter that the gateway has to buffer. */
  readonly lateness: number[] = [];
  private readonly encoder: Encoder;
  private readonly decoder: Decoder;
  private readonly header = emptyRtpHeader();
  private readonly out = new Float32Array(48 * 120);
  private to = 0;
  private frame = 0;
  private silentMs = 0;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly format: MixedFormat,
    private readonly talks: boolean,
  ) {
    this.encoder = createEncoder(format);
    this.decoder = createDecoder(format);
    socket.on('message', (data) => this.hear(data, performance.now()));
  }

  static async open(format: MixedFormat, talks: boolean): Promise<Peer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    socket.bind(0, here);
    await once(socket, 'listening');
    const peer = new Peer(socket, format, talks);
    await pause(20);
    return peer;
  }

  get offer(): string {
    const { name, clock, channels, pt, params } = this.format;
    const rtpmap = `${name}/${clock}${channels === 2 ? '/2' : ''}`;
    const fmtp = Object.entries(params).map(([key, value]) => `${key}=${value}`);
    return voiceOnly(this.socket.address().port, { pt, rtpmap, ...(fmtp.length > 0 ? { fmtp: fmtp.join(';') } : {}) });
  }

  begin(answer: string, phaseMs: number): void {
    this.to = Number(/^m=audio (\d+)/m.exec(answer)?.[1] ?? 0);
    const start = performance.now() + phaseMs;
    const next = (): void => {
      this.timer = setTimeout(
        () => {
          this.lateness.push(performance.now() - start - this.frame * frameMs);
          this.speak();
          next();
        },
        start + this.frame * frameMs - performance.now(),
      );
    };
    next();
  }

  close(): void {
    clearTimeout(this.timer);
    this.socket.close();
    this.encoder.close();
    this.decoder.close();
  }

  private speak(): void {
    const { rate, step } = this.encoder;
    const place = this.frame % periodFrames;
    const loud = this.talks && place < burstFrames && this.frame >= periodFrames;
    const pcm = Float32Array.from({ length: rate / 50 }, (_, i) =>
      loud ? 0.4 * Math.cos((2 * Math.PI * 1000 * i) / rate) : 0,
    );
    const payload = this.encoder.encode(pcm);
    const packet = Buffer.alloc(12 + payload.length);
    writeRtpHeader(packet, this.format.pt, this.frame === 0, this.frame & 0xffff, (this.frame * step) >>> 0, 4711);
    packet.set(payload, 12);
    if (loud && place === 0) this.sent.push(performance.now());
    this.socket.send(packet, this.to, here);
    this.frame++;
  }

  private hear(data: Buffer, now: number): void {
    if (readRtp(data, this.header) !== null || this.header.pt !== this.format.pt) return;
    const count = this.decoder.decode(data.subarray(this.header.payloadStart, this.header.payloadEnd), this.out);
    const onset = this.out.subarray(0, count).findIndex((sample) => Math.abs(sample) > threshold);
    if (onset < 0) {
      this.silentMs += frameMs;
      return;
    }
    if (this.silentMs >= 100) this.heard.push(now + (onset * 1000) / this.decoder.rate);
    this.silentMs = 0;
  }
}

interface Run {
  /** Of every burst of the talker; null was not heard. */
  delays: (number | null)[];
  lateness: number[];
}

/** One talker and one listener in a room of their own. */
async function measure(gateway: GatewayProcess, format: MixedFormat, index: number): Promise<Run> {
  const uac = await Uac.open(gateway.sip);
  const peers = [await Peer.open(format, true), await Peer.open(format, false)];
  const calls = [];
  for (const peer of peers) {
    const { answer, call } = await uac.call(`tone-${format.name.toLowerCase()}-${index}`, peer.offer);
    if (answer.status !== 200) throw new Error(`the call was answered with ${answer.status}`);
    // Each pair meets the mixer's tick at another moment.
    peer.begin(answer.sdp, (index * frameMs) / pairs);
    calls.push(call);
  }
  await pause((bursts + 2) * periodFrames * frameMs);
  for (const call of calls) await call.bye();
  for (const peer of peers) peer.close();
  uac.close();
  const [talker, listener] = peers;
  const delays = (talker?.sent ?? []).slice(0, bursts).map((at) => {
    const heard = listener?.heard.find((time) => time > at && time < at + 500);
    return heard === undefined ? null : heard - at;
  });
  return { delays, lateness: talker?.lateness ?? [] };
}

function figuresOf(name: string, runs: Run[]): Figure[] {
  const delays = runs.flatMap((run) => run.delays);
  const lateness = runs.flatMap((run) => run.lateness);
  const found = delays.filter((delay) => delay !== null);
  const spread = `p5 ${percentile(found, 0.05).toFixed(1)}, p95 ${percentile(found, 0.95).toFixed(1)} ms`;
  return [
    atMost(`tone burst in to tone burst out, ${name}, median`, median(found), 60, 'ms'),
    inform(`spread over ${found.length} bursts, ${name}`, `${spread}, ${delays.length - found.length} not heard`),
    inform(
      `lateness of the bench's own packets, ${name}`,
      `p98 ${percentile(lateness, 0.98).toFixed(1)}, worst ${Math.max(...lateness).toFixed(0)} ms`,
    ),
  ];
}

await loadLibopus();
const gateway = await GatewayProcess.start();
try {
  const figures: Figure[] = [];
  for (const format of formats) {
    const runs = Array.from({ length: pairs }, (_, index) => measure(gateway, format, index));
    figures.push(...figuresOf(format.name, await Promise.all(runs)));
  }
  tell({ bench: 'tone', figures });
} finally {
  await gateway.stop();
}
