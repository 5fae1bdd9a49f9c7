import { emptyH264View, fuNalHeader, inspectH264, stapEnd } from '../../../src/protocol/rtp/h264.js';
import type { RtpHeader } from '../../../src/protocol/rtp/header.js';

/** One received picture. */
export interface AccessUnit {
  nals: Buffer[];
  timestamp: number;
  /** Holds a slice of an IDR picture. */
  idr: boolean;
  /** Packets were missing before or within it. */
  damaged: boolean;
}

/** Rebuilds access units from RTP payloads in order (RFC 6184 §5.6-5.8). */
export class Depacketizer {
  private nals: Buffer[] = [];
  private fragments: Buffer[] = [];
  private timestamp = -1;
  private expected = -1;
  private damaged = false;
  private readonly view = emptyH264View();
  /** Packets that were no valid payload of modes 0 and 1. */
  malformed = 0;
  /** Forms of payload seen, so that a test can tell that a mode 0 receiver got no FU-A. */
  readonly forms = { single: 0, stap: 0, fu: 0 };

  constructor(private readonly onUnit: (unit: AccessUnit) => void) {}

  /** Feeds one packet; `packet` is the whole datagram. */
  push(header: RtpHeader, packet: Buffer): void {
    if (header.payloadEnd === header.payloadStart) {
      this.expected = (header.seq + 1) & 0xffff;
      return;
    }
    if (this.timestamp !== header.timestamp) this.flush();
    this.timestamp = header.timestamp;
    if (this.expected >= 0 && this.expected !== header.seq) this.damaged = true;
    this.expected = (header.seq + 1) & 0xffff;
    if (inspectH264(packet, header.payloadStart, header.payloadEnd, this.view)) this.take(header, packet);
    else this.malformed++;
    if (header.marker) this.flush();
  }

  private take(header: RtpHeader, packet: Buffer): void {
    const { payloadStart: start, payloadEnd: end } = header;
    this.forms[this.view.kind]++;
    switch (this.view.kind) {
      case 'single':
        this.nals.push(packet.subarray(start, end));
        return;
      case 'stap':
        for (let at = start + 1; at < end;) {
          const next = stapEnd(packet, at, end);
          this.nals.push(packet.subarray(at + 2, next));
          at = next;
        }
        return;
      case 'fu':
        if (this.view.first) this.fragments = [Buffer.from([fuNalHeader(packet, start)])];
        // its beginning is lost, and what is left of it is no NAL unit
        if (this.fragments.length === 0) {
          this.damaged = true;
          return;
        }
        this.fragments.push(packet.subarray(start + 2, end));
        if (!this.view.last) return;
        this.nals.push(Buffer.concat(this.fragments));
        this.fragments = [];
    }
  }

  private flush(): void {
    const { nals, damaged } = this;
    if (nals.length === 0) return;
    this.nals = [];
    this.fragments = [];
    this.damaged = false;
    const idr = nals.some((nal) => ((nal[0] ?? 0) & 31) === 5);
    this.onUnit({ nals, timestamp: this.timestamp, idr, damaged });
  }
}
