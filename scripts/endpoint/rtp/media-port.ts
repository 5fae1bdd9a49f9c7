import type { Clock } from '../../../src/base/clock.js';
import { Disposables } from '../../../src/base/disposables.js';
import { systemChance } from '../../../src/base/ids.js';
import type { Datagrams, Endpoint, Net } from '../../../src/base/net.js';
import {
  emptyRtpHeader,
  isRtcp,
  readRtp,
  RTP_HEADER,
  writeRtpHeader,
  type RtpHeader,
} from '../../../src/protocol/rtp/header.js';
import { ntpMiddle, toNtp } from '../../../src/protocol/rtp/ntp.js';
import { Reception } from '../../../src/protocol/rtp/reception.js';
import { decodeRtcp } from '../../../src/protocol/rtp/rtcp-decode.js';
import { encodeRtcp } from '../../../src/protocol/rtp/rtcp-encode.js';
import { cnameOf, type RtcpPacket } from '../../../src/protocol/rtp/rtcp.js';
import { LineCipher } from '../../../src/media/io/line-cipher.js';
import { Drops } from '../../../src/media/io/drops.js';
import { NatHole } from './nat-hole.js';

/** Where a line's media goes. */
export interface Destination {
  address: string;
  rtp: number;
  rtcp: number;
}

/** Counters of one port pair. */
export interface PortStats {
  packetsIn: number;
  bytesIn: number;
  packetsOut: number;
  bytesOut: number;
  lost: number;
  reports: number;
  /** Packets that no key fits. */
  undeciphered: number;
}

/** What a port tells its line. */
export interface PortListener {
  /** `packet` is the whole datagram and stays valid. */
  packet(header: RtpHeader, packet: Buffer): void;
  /** The other side asked for a keyframe by PLI or FIR. */
  keyframe(): void;
  /** A sender report: RTP timestamp `rtp` was captured at `wallMs`, by the participant of this CNAME. */
  clock?(report: { rtp: number; ntp: { seconds: number; fraction: number }; cname: string }): void;
}

/** How a port is opened. */
export interface PortOptions {
  net: Net;
  clock: Clock;
  /** Address to bind. */
  address: string;
  /** RTP clock of what is received and sent, Hz; may change with the answer. */
  rate: number;
  cname: string;
  listener: PortListener;
}

const reportEvery = 1000;

/** One RTP and RTCP port pair that sends from where it receives (RFC 4961). */
export class MediaPort {
  readonly ssrc = systemChance.int(1, 0xfffffffe);
  readonly stats: PortStats = {
    packetsIn: 0,
    bytesIn: 0,
    packetsOut: 0,
    bytesOut: 0,
    lost: 0,
    reports: 0,
    undeciphered: 0,
  };
  /** RTP clock, Hz. */
  rate: number;
  destination: Destination | null = null;
  /** How it gets through a NAT. */
  readonly hole: NatHole;
  /** Enciphers and deciphers packets where there are keys (H.235.6). */
  readonly cipher: LineCipher;
  private seq = systemChance.int(0, 0xffff);
  private readonly header = emptyRtpHeader();
  private reception: Reception | null = null;
  private cname = '';
  private firSeq = 0;
  private sent = { timestamp: 0, at: 0 };
  private readonly bag = new Disposables();

  private constructor(
    private readonly options: PortOptions,
    private readonly rtp: Datagrams,
    private readonly rtcp: Datagrams,
  ) {
    this.rate = options.rate;
    this.hole = new NatHole(options.clock, rtp, rtcp);
    this.bag.defer(() => this.hole.close());
    const through = (parts: Uint8Array[], port: number, address: string): void =>
      this.hole.send(rtp, Buffer.concat(parts), { address, port });
    this.cipher = new LineCipher({ port: rtp.local.port, send: through, close: () => undefined }, new Drops());
    rtp.onMessage((data) => this.onRtp(this.hole.open(data)));
    rtcp.onMessage((data) => this.onRtcp(this.hole.open(data)));
    // A port that nobody listens on yet answers with ICMP: normal while the far end sets up.
    for (const socket of [rtp, rtcp]) socket.onError(() => undefined);
    const timer = options.clock.every(reportEvery, () => this.report([]));
    this.bag.defer(() => timer.cancel());
  }

  /** Binds an even port and the odd one above it. Rejects when no pair is free after 50 tries. */
  static async open(options: PortOptions): Promise<MediaPort> {
    for (let tries = 0; ; tries++) {
      const port = 2 * systemChance.int(16_500, 30_000);
      try {
        const rtp = await options.net.udp({ address: options.address, port });
        try {
          return new MediaPort(options, rtp, await options.net.udp({ address: options.address, port: port + 1 }));
        } catch (error) {
          rtp.close();
          throw error;
        }
      } catch (error) {
        if (tries >= 50) throw error;
      }
    }
  }

  /** RTP port. */
  get port(): number {
    return this.rtp.local.port;
  }

  /** SSRC that the other side sends, or null before its first packet. */
  get remoteSsrc(): number | null {
    return this.reception?.ssrc ?? null;
  }

  /** Sends one packet; nothing happens while there is no destination. */
  send(pt: number, marker: boolean, timestamp: number, payload: Buffer): void {
    const to = this.destination;
    if (!to) return;
    const header = Buffer.allocUnsafe(RTP_HEADER);
    writeRtpHeader(header, pt, marker, this.seq, timestamp >>> 0, this.ssrc);
    this.seq = (this.seq + 1) & 0xffff;
    this.stats.packetsOut++;
    this.stats.bytesOut += payload.length;
    this.sent = { timestamp, at: this.options.clock.now() };
    this.cipher.send([header, payload], to.rtp, to.address);
  }

  /** Asks for a keyframe; `fir` uses a Full Intra Request in place of Picture Loss Indication. */
  requestKeyframe(fir = false): void {
    const media = this.remoteSsrc;
    if (media === null) return;
    const sender = this.ssrc;
    if (fir) this.report([{ type: 'fir', sender, requests: [{ ssrc: media, seq: this.firSeq++ & 0xff }] }]);
    else this.report([{ type: 'pli', sender, media }]);
  }

  close(): void {
    if (this.bag.disposed) return;
    this.report([{ type: 'bye', ssrcs: [this.ssrc] }]);
    this.bag.dispose();
    this.rtp.close();
    this.rtcp.close();
  }

  private onRtp(data: Buffer | null): void {
    if (data === null) return;
    if (isRtcp(data)) return this.onRtcp(data);
    if (this.cipher.open(data) !== null) return void this.stats.undeciphered++;
    if (readRtp(data, this.header) !== null) return;
    const { ssrc, seq, timestamp } = this.header;
    if (this.reception?.ssrc !== ssrc) this.reception = new Reception(ssrc, this.rate);
    this.reception.input(seq, timestamp, this.options.clock.now());
    this.stats.packetsIn++;
    this.stats.bytesIn += this.header.payloadEnd - this.header.payloadStart;
    this.stats.lost = this.reception.lost;
    this.options.listener.packet(this.header, data);
  }

  private onRtcp(data: Buffer | null): void {
    if (data === null) return;
    const result = decodeRtcp(data);
    if ('fault' in result) return;
    this.stats.reports++;
    for (const packet of result.packets) {
      if (packet.type === 'sdes') this.cname = cnameOf(packet) ?? this.cname;
      else if (packet.type === 'pli' || packet.type === 'fir') this.options.listener.keyframe();
    }
    for (const packet of result.packets) {
      if (packet.type !== 'sr') continue;
      this.reception?.senderReport(ntpMiddle(packet.ntp), this.options.clock.now());
      this.options.listener.clock?.({ rtp: packet.rtp, ntp: packet.ntp, cname: this.cname });
    }
  }

  private report(extra: RtcpPacket[]): void {
    const to: Endpoint | null = this.destination && {
      address: this.destination.address,
      port: this.destination.rtcp,
    };
    if (!to) return;
    const now = this.options.clock.now();
    const reports = this.reception ? [this.reception.report(now)] : [];
    const { packetsOut: packets, bytesOut: octets } = this.stats;
    const rtp = (this.sent.timestamp + Math.round(((now - this.sent.at) * this.rate) / 1000)) >>> 0;
    const first: RtcpPacket =
      packets > 0
        ? { type: 'sr', ssrc: this.ssrc, ntp: toNtp(this.options.clock.wall()), rtp, packets, octets, reports }
        : { type: 'rr', ssrc: this.ssrc, reports };
    const names: RtcpPacket = {
      type: 'sdes',
      chunks: [{ ssrc: this.ssrc, items: [{ kind: 1, text: this.options.cname }] }],
    };
    this.hole.send(this.rtcp, encodeRtcp([first, names, ...extra]), to);
  }
}
