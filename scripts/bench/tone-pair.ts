import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createDecoder, createEncoder } from '../../src/media/mixer/codecs/factory.js';
import type { Decoder, Encoder } from '../../src/media/mixer/codecs/codec.js';
import type { MixedFormat } from '../../src/media/vocabulary.js';
import { emptyRtpHeader, readRtp, writeRtpHeader } from '../../src/protocol/rtp/header.js';
import { median, pause, percentile } from './figures.js';
import { here } from './gateway-process.js';
import { voiceIn } from './offers.js';
import { Uac, type CallTerms } from './uac.js';

const frameMs = 20;
const burstFrames = 10;
const periodFrames = 45;
/** Loud enough to be a tone, below what a decoder makes of silence. */
const threshold = 0.03;

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
    return voiceIn(this.format, this.socket.address().port);
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

/** What pairs of callers measured. */
export interface Bursts {
  /** From the packet that begins a burst to the burst at the other side, milliseconds, of every burst that was heard. */
  delays: number[];
  missed: number;
  /** How late the packets of the talkers went out, milliseconds. */
  lateness: number[];
}

/** Where pairs call, and how often each talker says a burst. */
export interface PairPlan extends CallTerms {
  sip: { address: string; port: number };
  /** Begins the names of the rooms. */
  room: string;
  format: MixedFormat;
  bursts: number;
  pairs: number;
}

/** Pairs of one talker and one listener, each in a room of its own, at one time. */
export async function measureBursts(plan: PairPlan): Promise<Bursts> {
  const runs = await Promise.all(Array.from({ length: plan.pairs }, (_, index) => measurePair(plan, index)));
  const delays = runs.flatMap((run) => run.delays);
  const found = delays.filter((delay) => delay !== null);
  return { delays: found, missed: delays.length - found.length, lateness: runs.flatMap((run) => run.lateness) };
}

/** Its middle and its spread in words. */
export function spreadOf({ delays, missed }: Bursts): string {
  const at = (share: number): string => percentile(delays, share).toFixed(1);
  return `median ${median(delays).toFixed(1)}, p5 ${at(0.05)}, p95 ${at(0.95)} ms, ${missed} not heard`;
}

async function measurePair(
  { sip, room, format, bursts, pairs, ...terms }: PairPlan,
  index: number,
): Promise<{ delays: (number | null)[]; lateness: number[] }> {
  const uac = await Uac.open(sip);
  const peers = [await Peer.open(format, true), await Peer.open(format, false)];
  const calls = [];
  for (const peer of peers) {
    const { answer, call } = await uac.call(`${room}-${index}`, peer.offer, 'bench', terms);
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
