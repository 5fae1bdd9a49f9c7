import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { LineParams } from '../../../src/media/plane.js';
import type { AudioFormat, H264Format } from '../../../src/media/vocabulary.js';
import { emptyRtpHeader, isRtcp, readRtp, writeRtpHeader } from '../../../src/protocol/rtp/header.js';
import { decodeRtcp } from '../../../src/protocol/rtp/rtcp-decode.js';
import { encodeRtcp } from '../../../src/protocol/rtp/rtcp-encode.js';
import type { RtcpPacket } from '../../../src/protocol/rtp/rtcp.js';
import { untilFound } from '../../support/wait.js';

/** A received RTP packet. */
export interface Received {
  pt: number;
  marker: boolean;
  seq: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
  at: number;
  /** All of it. */
  packet: Buffer;
}

/** A UDP endpoint that sends and records RTP and RTCP. */
export class Peer {
  readonly rtp: Received[] = [];
  readonly rtcp: RtcpPacket[] = [];
  private constructor(
    private readonly media: Socket,
    private readonly control: Socket,
  ) {
    media.on('message', (data) => this.take(data));
    control.on('message', (data) => this.take(data));
  }

  static async open(): Promise<Peer> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    for (const socket of sockets) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    return new Peer(...sockets);
  }

  get rtpPort(): number {
    return this.media.address().port;
  }

  get rtcpPort(): number {
    return this.control.address().port;
  }

  send(
    to: number,
    packet: { pt: number; seq: number; timestamp: number; ssrc: number; marker?: boolean },
    payload: Uint8Array,
  ): void {
    const data = Buffer.alloc(12 + payload.length);
    writeRtpHeader(data, packet.pt, packet.marker ?? false, packet.seq, packet.timestamp, packet.ssrc);
    data.set(payload, 12);
    this.media.send(data, to, '127.0.0.1');
  }

  sendRtcp(to: number, packets: RtcpPacket[]): void {
    this.control.send(encodeRtcp(packets), to, '127.0.0.1');
  }

  sendRaw(to: number, data: Uint8Array): void {
    this.media.send(data, to, '127.0.0.1');
  }

  close(): void {
    this.media.close();
    this.control.close();
  }

  private take(data: Buffer): void {
    if (isRtcp(data)) {
      const result = decodeRtcp(data);
      if ('packets' in result) this.rtcp.push(...result.packets);
      return;
    }
    const header = emptyRtpHeader();
    if (readRtp(data, header) !== null) return;
    const { pt, marker, seq, timestamp, ssrc, payloadStart, payloadEnd } = header;
    this.rtp.push({
      pt,
      marker,
      seq,
      timestamp,
      ssrc,
      payload: data.subarray(payloadStart, payloadEnd),
      at: performance.now(),
      packet: data,
    });
  }
}

/** Resolves as soon as `test` holds; rejects after `ms` with what was awaited. */
export async function until(what: string, test: () => boolean | Promise<boolean>, ms = 3000): Promise<void> {
  const found = async (): Promise<true | null> => ((await test()) ? true : null);
  await untilFound(ms, found, () => `waited ${ms} ms for: ${what}`, 5);
}

export function h264(pt: number, mode: 0 | 1 = 1, parameterSets: Uint8Array[] = []): H264Format {
  return {
    kind: 'video',
    name: 'H264',
    pt,
    clock: 90000,
    profileIdc: 0x42,
    profileIop: 0xe0,
    levelIdc: 31,
    mode,
    levelAsymmetry: true,
    maxMbps: 108000,
    maxFs: 3600,
    maxBr: 14000,
    parameterSets,
  };
}

export function pcmu(): AudioFormat {
  return { kind: 'audio', name: 'PCMU', pt: 0, clock: 8000, channels: 1, params: {} };
}

/** Parameters of a line whose peer is on loopback. */
export function params(rtpPort: number, rtcpPort: number, more: Partial<LineParams> = {}): LineParams {
  return {
    direction: 'sendrecv',
    remote: { address: '127.0.0.1', rtpPort, rtcpPort },
    receive: [],
    send: [],
    events: { receive: [], send: [] },
    feedback: { pli: true, fir: false, nack: false, remb: false },
    cname: 'someone@dualstream',
    maxKbps: null,
    held: false,
    ...more,
  };
}

/** Single NAL unit payloads: an IDR slice, a P slice, SPS, PPS. */
export const idr = Uint8Array.of(0x65, 1, 2, 3);
export const slice = Uint8Array.of(0x41, 4, 5, 6);
export const sps = Uint8Array.of(0x67, 0x42, 0xe0, 0x1f);
export const pps = Uint8Array.of(0x68, 0xce, 0x06);
/** A whole keyframe as one STAP-A: parameter sets and an IDR slice. */
export const keyframe = Uint8Array.of(24, 0, sps.length, ...sps, 0, pps.length, ...pps, 0, idr.length, ...idr);
