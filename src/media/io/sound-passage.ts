import type { RtpHeader } from '../../protocol/rtp/header.js';
import type { LineParams } from '../plane.js';
import type { SoundRelay } from './sound-relay.js';

/** Passes a line's sound on to another one, and says once when that has no codec for what comes. */
export class SoundPassage {
  private toldOf: SoundRelay | null = null;
  private toldIn: LineParams | null = null;

  constructor(
    private readonly to: () => SoundRelay | null,
    /** What comes is a codec of ours that the other line does not have. */
    private readonly unpassed: () => void,
  ) {}

  /** False where nothing is passed on, so that the packet goes to the mixer. */
  pass(packet: RtpHeader, payload: Uint8Array, from: LineParams | null, now: number): boolean {
    const relay = this.to();
    if (!relay) return false;
    const outcome = relay.pass(packet, payload, from, now);
    if (outcome === 'no-codec' && (this.toldOf !== relay || this.toldIn !== from)) {
      this.toldOf = relay;
      this.toldIn = from;
      this.unpassed();
    }
    return outcome !== 'nowhere';
  }
}
