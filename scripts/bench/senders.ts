import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { MixedFormat } from '../../src/media/vocabulary.js';
import { writeRtpHeader } from '../../src/protocol/rtp/header.js';
import { here } from './gateway-process.js';
import { voiceIn } from './offers.js';
import type { CallTerms, Uac, UacCall } from './uac.js';

const frameMs = 20;

/** Who calls where, and what they say. */
export interface SendersPlan extends CallTerms {
  room: string;
  format: MixedFormat;
  /** Payloads of 20 ms of each sender, repeated for ever. */
  voices: readonly (readonly Uint8Array[])[];
  /** Into how many moments of a frame's time the senders are divided; 1 has all send at once. */
  moments?: number;
}

/** Callers of one room with plain RTP: one socket for all, as the other side's ports tell them apart. */
export class Senders {
  received = 0;
  sent = 0;
  private turn = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly calls: UacCall[] = [];
  private readonly ports: number[] = [];

  private constructor(
    private readonly socket: ReturnType<typeof createSocket>,
    private readonly plan: SendersPlan,
  ) {
    socket.on('message', () => this.received++);
  }

  /** Calls one after the other; throws when one is not answered with 200. */
  static async call(uac: Uac, plan: SendersPlan): Promise<Senders> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 8 << 20 });
    socket.bind(0, here);
    await once(socket, 'listening');
    const senders = new Senders(socket, plan);
    const offer = voiceIn(plan.format, socket.address().port);
    for (const index of plan.voices.keys()) {
      const { answer, call } = await uac.call(plan.room, offer, `caller${index}`, plan);
      if (answer.status !== 200) {
        await senders.end();
        throw new Error(`call ${index} was answered with ${answer.status}`);
      }
      senders.calls.push(call);
      senders.ports.push(Number(/^m=audio (\d+)/m.exec(answer.sdp)?.[1]));
    }
    return senders;
  }

  start(): void {
    const turnMs = frameMs / this.moments;
    const begin = performance.now();
    const next = (): void => {
      while (begin + this.turn * turnMs <= performance.now()) this.step();
      this.timer = setTimeout(next, begin + this.turn * turnMs - performance.now());
    };
    next();
  }

  /** Stops sending and hangs all up. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    await Promise.all(this.calls.map((call) => call.bye()));
    this.socket.close();
  }

  private get moments(): number {
    return this.plan.moments ?? 1;
  }

  private step(): void {
    const { format, voices } = this.plan;
    const frame = Math.floor(this.turn / this.moments);
    const timestamp = (frame * (format.clock / 50)) >>> 0;
    for (let i = this.turn % this.moments; i < this.ports.length; i += this.moments) {
      const voice = voices[i] ?? [];
      const payload = voice[frame % voice.length] ?? new Uint8Array();
      const packet = Buffer.allocUnsafe(12 + payload.length);
      writeRtpHeader(packet, format.pt, frame === 0, frame & 0xffff, timestamp, 1000 + i);
      packet.set(payload, 12);
      this.socket.send(packet, this.ports[i], here);
      this.sent++;
    }
    this.turn++;
  }
}
