import type { Disposable } from '../../base/disposables.js';
import { isPassed } from '../../media/passed-sound.js';
import type { Line } from '../../media/plane.js';
import type { DialRequest, EarlySound } from '../../rooms/dialer.js';
import type { Leg } from '../../rooms/leg.js';
import type { Room } from '../../rooms/room.js';
import type { ArrivedCall } from './arrived-call.js';
import { relayEarlyKeys } from './early-keys.js';

/**
 * What a caller is told and hears while nobody has answered: tones and announcements of the far end, where both ends can
 * have sound before the answer; else the caller's device plays a tone of its own. Who is heard is told of the caller's keys.
 */
export class BeforeAnswer {
  /** Whose sound the caller hears, of several that ring at once the first. */
  private far: EarlySound | null = null;
  private near: EarlySound | null = null;
  /** It has answered. */
  private leg: Leg | null = null;
  private keys: Disposable | null = null;
  private asked = false;
  /** The caller's side is being opened; it rings besides. */
  private asking = false;
  private rings = false;
  private closed = false;
  private readonly gone: Disposable;

  constructor(
    private readonly call: ArrivedCall,
    private readonly room: Pick<Room, 'hear'>,
    private readonly failed: (error: unknown) => void,
    private readonly keyLost: () => void,
  ) {
    // before its lines are closed
    this.gone = call.onGone(() => this.close());
  }

  /** What the far end tells. */
  readonly told: Pick<DialRequest, 'ringing'> & Required<Pick<DialRequest, 'progress' | 'early' | 'earlyOver'>> = {
    ringing: () => {
      if (this.asking) this.rings = true;
      else this.call.ringing();
    },
    progress: ({ sound }) => {
      if (!sound) this.call.progress();
      else if (!this.asked) this.call.ringing();
    },
    early: (sound, rings) => {
      const { leg, line } = sound;
      if ((this.far !== null && this.far.leg !== leg) || !this.decided(line)) return;
      this.far = sound;
      this.room.hear(leg, line);
      if (!this.asked) void this.ask(line, rings);
    },
    earlyOver: (leg) => {
      if (this.far?.leg === leg) this.quiet();
    },
  };

  /** This leg answered: it is heard from its seat. */
  answered(leg: Leg): void {
    if (this.far?.leg !== leg.id) this.quiet();
    this.far = null;
    this.leg = leg;
  }

  /** Nobody is heard any more but from seats; idempotent. */
  close(): void {
    this.closed = true;
    this.gone.dispose();
    this.quiet();
    if (this.near) this.room.hear(this.near.leg, null);
    this.near = null;
    this.keys?.dispose();
  }

  /** Where a codec is in play that cannot be mixed, both ways have to be known first. */
  private decided({ params }: Line): boolean {
    if (!this.call.sounds.some(isPassed)) return true;
    return params !== null && params.send.length > 0 && params.receive.length > 0;
  }

  private quiet(): void {
    if (this.far !== null) this.room.hear(this.far.leg, null);
    this.far = null;
  }

  private async ask(line: Line, rings: boolean): Promise<void> {
    this.asked = this.asking = true;
    const near = await this.call.early(line, rings).catch((error: unknown) => {
      this.failed(error);
      return null;
    });
    this.asking = false;
    if (this.closed) return;
    if (!near || (this.rings && !rings)) this.call.ringing();
    this.near = near;
    if (!near) return;
    this.room.hear(near.leg, near.line);
    this.keys = relayEarlyKeys(near, () => this.leg ?? this.far, this.keyLost);
  }
}
