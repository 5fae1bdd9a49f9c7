import { isRtcp } from '../../protocol/rtp/header.js';
import type { TracedPacket } from '../plane.js';
import { PacketMemory } from './packet-memory.js';
import type { MediaSocket } from './sockets.js';

/** RTCP that a line remembers, bytes. */
const RTCP_BYTES = 6144;
/** Longest RTCP packet that is remembered whole, bytes. */
const RTCP_LONGEST = 1500;
/** RTP headers of one recording. */
const RTP_PACKETS = 8192;
/** A timer may be early by this, ms. */
const EARLY = 20;
/** Header with a few contributing sources and extensions, bytes. */
const RTP_LONGEST = 40;

/**
 * What passed a line's sockets: always its latest RTCP, and headers of RTP while somebody asked for them. It stays in this
 * thread until it is asked for.
 */
export class LineTrace {
  private readonly rtcp = new PacketMemory(RTCP_BYTES, RTCP_LONGEST);
  private rtp: TracedPacket[] = [];
  /** Monotonic milliseconds until which RTP is written down; 0 while it is not. */
  private until = 0;

  /** `wall` tells wall-clock milliseconds. */
  constructor(
    private readonly now: () => number,
    private readonly wall: () => number,
  ) {}

  /** Writes down RTP headers for so long; once more goes on from before. */
  watch(ms: number): void {
    if (this.now() >= this.until) this.rtp = [];
    this.until = Math.max(this.until, this.now() + ms);
  }

  /** Whether headers of RTP are written down now. */
  get watching(): boolean {
    return this.until > 0;
  }

  /** A recording was handed over: its headers are forgotten, unless somebody else's goes on. */
  rest(): void {
    if (this.until - this.now() > EARLY) return;
    this.until = 0;
    this.rtp = [];
  }

  /** In no particular order. */
  packets(): TracedPacket[] {
    return [...this.rtcp.packets, ...this.rtp];
  }

  received(data: Uint8Array, port: number, address: string, from: number): void {
    if (isRtcp(data)) this.keep(data, data.length, false, port, address, from);
    else if (this.until > 0) this.header(data, data.length, false, port, address, from);
  }

  sent(parts: readonly Uint8Array[], port: number, address: string, to: number): void {
    const first = parts[0];
    if (!first) return;
    const control = isRtcp(first);
    if (!control && this.until === 0) return;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (control) this.keep(first, length, true, port, address, to);
    else this.header(first, length, true, port, address, to);
  }

  /** A socket that writes down what it sends. */
  socket(socket: MediaSocket): MediaSocket {
    return new TracedSocket(this, socket);
  }

  private keep(data: Uint8Array, length: number, outgoing: boolean, port: number, address: string, at: number): void {
    this.rtcp.add({ at: this.wall(), outgoing, port, remote: { address, port: at }, bytes: data, length });
  }

  private header(data: Uint8Array, length: number, outgoing: boolean, port: number, address: string, at: number): void {
    if (this.now() >= this.until) {
      this.until = 0;
      return;
    }
    if (this.rtp.length >= RTP_PACKETS || data.length < 12) return;
    const bytes = Uint8Array.prototype.slice.call(data, 0, headerLength(data));
    this.rtp.push({ at: this.wall(), outgoing, port, remote: { address, port: at }, bytes, length });
  }
}

class TracedSocket implements MediaSocket {
  constructor(
    private readonly trace: LineTrace,
    private readonly socket: MediaSocket,
  ) {}

  get port(): number {
    return this.socket.port;
  }

  send(parts: Uint8Array[], port: number, address: string): void {
    this.trace.sent(parts, this.socket.port, address, port);
    this.socket.send(parts, port, address);
  }

  close(): void {
    this.socket.close();
  }
}

/** Of an RTP packet, without anything of its payload. */
function headerLength(data: Uint8Array): number {
  const first = data[0] ?? 0;
  const sources = 12 + (first & 0x0f) * 4;
  const more = first & 0x10 ? 4 + 4 * (((data[sources + 2] ?? 0) << 8) | (data[sources + 3] ?? 0)) : 0;
  return Math.min(sources + more, data.length, RTP_LONGEST);
}
