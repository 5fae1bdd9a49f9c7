import type { Clock, Timer } from '../../../src/base/clock.js';
import type { Datagrams, Endpoint } from '../../../src/base/net.js';
import { keepAlivePacket, multiplexPacket } from '../../../src/protocol/h323/h460/traversal.js';
import { encodeRtcp } from '../../../src/protocol/rtp/rtcp-encode.js';

/** Signs of life that a server outside wants (H.460.19). */
export interface Signs {
  rtp: Endpoint;
  rtcp: Endpoint;
  payloadType: number;
  everyMs: number;
}

/** How media of one line passes the NAT before it. */
export interface Through {
  signs: Signs | null;
  /** What the server wants before each packet, and what ours begin with that it sends; null for nothing. */
  sendAs: number | null;
  receiveAs: number | null;
}

/** Pauses between the first signs: one of them may be lost. */
const firstMs = [0, 100, 200];

/** Keeps the NAT before a port pair open, and marks packets for a server whose lines share ports. */
export class NatHole {
  private through: Through = { signs: null, sendAs: null, receiveAs: null };
  private timers: Timer[] = [];
  private sequence = 100;

  constructor(
    private readonly clock: Clock,
    private readonly rtp: Datagrams,
    private readonly rtcp: Datagrams,
  ) {}

  /** Signs begin once, and go on until `close`. */
  set(through: Through): void {
    const begins = through.signs !== null && this.through.signs === null;
    this.through = through;
    if (!begins) return;
    this.timers = firstMs.map((ms) => this.clock.after(ms, () => this.sign()));
    this.timers.push(this.clock.every(through.signs?.everyMs ?? 0, () => this.sign()));
  }

  send(by: Datagrams, packet: Uint8Array, to: Endpoint): void {
    const { sendAs } = this.through;
    by.send(sendAs === null ? packet : multiplexPacket(sendAs, packet), to);
  }

  /** The packet of a datagram; null for what is none of this line. */
  open(datagram: Buffer): Buffer | null {
    const { receiveAs } = this.through;
    if (receiveAs === null) return datagram;
    return datagram.length > 4 && datagram.readUInt32BE(0) === receiveAs ? datagram.subarray(4) : null;
  }

  close(): void {
    for (const timer of this.timers.splice(0)) timer.cancel();
  }

  private sign(): void {
    const { signs } = this.through;
    if (!signs) return;
    const { payloadType, rtp, rtcp } = signs;
    // many send no SSRC of their own with it
    this.send(this.rtp, keepAlivePacket({ payloadType, sequence: this.sequence++, timestamp: 0, ssrc: 0 }), rtp);
    this.send(this.rtcp, encodeRtcp([{ type: 'rr', ssrc: 0, reports: [] }]), rtcp);
  }
}
