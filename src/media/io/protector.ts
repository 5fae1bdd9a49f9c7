import type { LineParams } from '../plane.js';
import { ProtectionRate } from './protection-rate.js';
import type { Sender } from './sender.js';

/** Has what one peer is sent protected by FEC, as far as it was agreed on and helps. */
export class Protector {
  private readonly rate = new ProtectionRate();
  private agreed = false;
  private resends = false;
  private roundTripMs: number | null = null;

  constructor(private readonly sender: Sender) {}

  /** After each negotiation. */
  describe({ fec, feedback }: LineParams): void {
    this.agreed = fec !== undefined;
    this.resends = feedback.nack;
    this.sender.describeFec(fec?.send ?? null);
    this.apply();
  }

  /** The peer asks for a keyframe. */
  pictureLost(): void {
    if (!this.resends) this.rate.pictureLost();
    this.apply();
  }

  /** The peer told what it loses, 0..1. */
  reported({ lossOut, roundTripMs }: { lossOut: number | null; roundTripMs: number | null }): void {
    this.rate.reported(lossOut ?? 0);
    this.roundTripMs = roundTripMs;
    this.apply();
  }

  private apply(): void {
    this.sender.protect(this.agreed ? this.rate.share(this.resends, this.roundTripMs) : 0);
  }
}
