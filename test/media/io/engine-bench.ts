import { createRingMemory, FrameRing } from '../../../src/media/frames.js';
import { Drops } from '../../../src/media/io/drops.js';
import { Engine } from '../../../src/media/io/engine.js';
import { defaultLimits, type FromWorker, type LineEvent } from '../../../src/media/io/messages.js';
import type { OnDatagram } from '../../../src/media/io/sockets.js';
import type { LineParams, LineStats } from '../../../src/media/plane.js';
import { emptyRtpHeader, isRtcp, readRtp, writeRtpHeader } from '../../../src/protocol/rtp/header.js';
import { decodeRtcp } from '../../../src/protocol/rtp/rtcp-decode.js';
import { encodeRtcp } from '../../../src/protocol/rtp/rtcp-encode.js';
import type { RtcpPacket } from '../../../src/protocol/rtp/rtcp.js';
import { ManualClock } from '../../support/manual-clock.js';
import { params } from './peer.js';

/** Something the engine sent. */
export interface Sent {
  fromPort: number;
  toPort: number;
  toAddress: string;
  /** What it begins with (H.460.19). */
  identifier: number | null;
  at: number;
  rtp: { pt: number; marker: boolean; seq: number; timestamp: number; ssrc: number; payload: Buffer } | null;
  rtcp: RtcpPacket[] | null;
  /** The datagram. */
  raw: Buffer;
}

/** An engine on a manual clock and a network that records. Line `n` has RTP port 1000n and RTCP port 1000n+1. */
export class EngineBench {
  readonly clock = new ManualClock();
  readonly sent: Sent[] = [];
  readonly events: { slot: number; event: LineEvent }[] = [];
  readonly drops = new Drops();
  readonly toMixer = createRingMemory(1 << 16);
  readonly fromMixer = createRingMemory(1 << 16);
  readonly open = new Set<number>();
  /** Before packets to peers that want it there. */
  identifier: number | null = null;
  /** Told of everything that is sent. */
  onSent: ((sent: Sent) => void) | null = null;
  private readonly handlers = new Map<number, OnDatagram>();
  private readonly told: FromWorker[] = [];
  readonly engine = new Engine({
    clock: this.clock,
    chance: { int: (min, max) => Math.floor((min + max) / 2), hex: () => '', uuid: () => '' },
    sockets: {
      bind: (_address, port, onDatagram) => {
        if (this.open.has(port)) return Promise.reject(new Error('taken'));
        this.handlers.set(port, onDatagram);
        this.open.add(port);
        return Promise.resolve({
          port,
          send: (parts: Uint8Array[], toPort: number, toAddress: string) =>
            this.record(port, Buffer.concat(parts), toPort, toAddress),
          close: () => void this.open.delete(port),
        });
      },
    },
    drops: this.drops,
    toMixer: this.toMixer,
    fromMixer: this.fromMixer,
    frameOrigin: 1_000_000,
    limits: defaultLimits,
    tell: (message) => {
      this.told.push(message);
      if (message.type === 'event') this.events.push(message);
    },
  });

  /** Opens line `slot` towards a peer at 10.0.0.`slot`, ports 5000 and 5001. */
  async line(slot: number, id: string, more: Partial<LineParams> = {}): Promise<void> {
    const kind = id.endsWith('audio') ? 'audio' : 'video';
    const rtpPort = slot * 1000;
    this.engine.handle({
      type: 'open',
      slot,
      id,
      kind,
      ssrc: slot,
      resendSsrc: slot + 50,
      bind: '127.0.0.1',
      rtpPort,
      rtcpPort: rtpPort + 1,
    });
    for (let i = 0; i < 5; i++) await Promise.resolve();
    this.update(slot, more);
  }

  update(slot: number, more: Partial<LineParams> = {}): void {
    const remote = { address: `10.0.0.${slot}`, rtpPort: 5000, rtcpPort: 5001 };
    this.engine.handle({ type: 'update', slot, params: params(0, 0, { remote, cname: `cname${slot}`, ...more }) });
  }

  /** A port that lines share, and the next one; resolves with what the engine said. */
  async share(port: number): Promise<FromWorker | undefined> {
    this.engine.handle({ type: 'share', request: 7, bind: '127.0.0.1', port });
    for (let i = 0; i < 5; i++) await Promise.resolve();
    return this.told.findLast(({ type }) => type === 'shared' || type === 'unshared');
  }

  route(sink: number, source: number | null): void {
    this.engine.handle({ type: 'route', routes: [{ sink, source }] });
  }

  /** A packet from the peer of line `slot`, or from elsewhere. */
  rtp(
    slot: number,
    packet: { pt: number; seq: number; timestamp: number; ssrc?: number; marker?: boolean },
    payload: Uint8Array,
    from: { address?: string; port?: number } = {},
  ): void {
    const data = Buffer.alloc(12 + payload.length);
    const ssrc = packet.ssrc ?? slot * 100;
    writeRtpHeader(data, packet.pt, packet.marker ?? true, packet.seq & 0xffff, packet.timestamp >>> 0, ssrc);
    data.set(payload, 12);
    this.deliver(slot * 1000, data, from.address ?? `10.0.0.${slot}`, from.port ?? 5000);
  }

  rtcp(slot: number, packets: RtcpPacket[], from: { address?: string; port?: number; mux?: boolean } = {}): void {
    const port = from.mux ? slot * 1000 : slot * 1000 + 1;
    const source = from.port ?? (from.mux ? 5000 : 5001);
    this.deliver(port, encodeRtcp(packets), from.address ?? `10.0.0.${slot}`, source);
  }

  deliver(port: number, data: Buffer, address: string, fromPort: number): void {
    // memory that is used again: who keeps anything of it without a copy is found out
    const arrived = Buffer.from(data);
    this.handlers.get(port)?.(arrived, address, fromPort);
    arrived.fill(0xaa);
  }

  stats(slot: number): LineStats {
    this.engine.handle({ type: 'stats', slot, request: 1 });
    const last = this.told.at(-1);
    if (last?.type !== 'stats') throw new Error('no stats');
    return last.stats;
  }

  /** RTP sent by line `slot`. */
  media(slot: number): NonNullable<Sent['rtp']>[] {
    return this.sent.flatMap((sent) => (sent.fromPort === slot * 1000 && sent.rtp ? [sent.rtp] : []));
  }

  /** RTCP packets of one type sent by line `slot`. */
  control<T extends RtcpPacket['type']>(slot: number, type: T): Extract<RtcpPacket, { type: T }>[] {
    return this.sent
      .filter((sent) => sent.fromPort === slot * 1000 || sent.fromPort === slot * 1000 + 1)
      .flatMap((sent) => sent.rtcp ?? [])
      .filter((packet): packet is Extract<RtcpPacket, { type: T }> => packet.type === type);
  }

  named(slot: number, name: LineEvent['name']): unknown[] {
    return this.events.filter((e) => e.slot === slot && e.event.name === name).map((e) => e.event.value);
  }

  mixer(): { heard: FrameRing; made: FrameRing } {
    return { heard: new FrameRing(this.toMixer), made: new FrameRing(this.fromMixer) };
  }

  private record(fromPort: number, octets: Buffer, toPort: number, toAddress: string): void {
    const identifier = octets.readUInt32BE(0) === this.identifier ? this.identifier : null;
    const data = identifier === null ? octets : octets.subarray(4);
    const entry: Sent = {
      fromPort,
      toPort,
      toAddress,
      identifier,
      at: this.clock.now(),
      rtp: null,
      rtcp: null,
      raw: data,
    };
    if (isRtcp(data)) {
      const result = decodeRtcp(data);
      if ('packets' in result) entry.rtcp = result.packets;
    } else {
      const header = emptyRtpHeader();
      readRtp(data, header);
      const { pt, marker, seq, timestamp, ssrc, payloadStart } = header;
      entry.rtp = { pt, marker, seq, timestamp, ssrc, payload: data.subarray(payloadStart) };
    }
    this.sent.push(entry);
    this.onSent?.(entry);
  }
}
