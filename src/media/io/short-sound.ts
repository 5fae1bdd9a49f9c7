import type { RtpHeader } from '../../protocol/rtp/header.js';
import type { LineParams } from '../plane.js';
import type { Latch } from './latch.js';
import type { Receiver } from './receiver.js';
import type { Sender } from './sender.js';
import type { ShortTraffic, ShortWay } from './short-way.js';

/** That of one line, and whether each packet of it is to be written down now. */
export interface ShortWayOfLine {
  way: ShortWay;
  watched: () => boolean;
}

/**
 * When the sound of one line takes the short way: where nothing stands between socket and mixer, from the packet after one
 * that went there as ever, until anything else has to be done with it.
 */
export class ShortSound implements ShortTraffic {
  private possible = false;

  private readonly way: ShortWay;
  private readonly watched: () => boolean;

  constructor(
    { way, watched }: ShortWayOfLine,
    private readonly slot: number,
    private readonly receiver: Receiver,
    private readonly sender: Sender,
    private readonly latch: Latch,
  ) {
    this.way = way;
    this.watched = watched;
    way.traffic = this;
  }

  describe({ keys, traversal }: Pick<LineParams, 'keys' | 'traversal'>): void {
    this.possible = keys === undefined && traversal === undefined;
  }

  /** That packet went to the mixer. */
  mixed({ pt, seq, ssrc }: RtpHeader): void {
    const { slot, latch } = this;
    if (!this.possible || this.watched() || latch.sourceAddress === null) return;
    this.way.listen({ slot, ssrc }, pt, seq, latch.sourceAddress, latch.sourcePort);
  }

  /** Frames of the mixer were sent, and none is left. */
  drained(): void {
    if (this.possible && !this.watched()) this.sender.handOver(this.way, this.slot);
  }

  /** Everything goes the long way, until it may be shortened again. */
  leave(): void {
    this.way.deafen();
    this.sender.takeBack();
  }

  heard(seq: number, timestamp: number, octets: number, at: number): void {
    this.receiver.took(seq, timestamp, octets, at);
  }

  sent(packets: number, octets: number, timestamp: number, at: number): void {
    this.sender.sent(packets, octets, timestamp, at);
  }
}
