import type { Disposable } from '../../base/disposables.js';
import type { Line } from '../../media/plane.js';
import type { Dialling, DialRequest, EarlySound, Passage, PassedCall } from '../../rooms/dialer.js';
import type { EndReason, Leg } from '../../rooms/leg.js';
import type { Room } from '../../rooms/room.js';
import type { CallFacts } from '../admission/verdict.js';

/** A call that came in, whatever protocol brought it, and goes on to somebody else. */
export interface ArrivedCall {
  readonly facts: CallFacts;
  /** Who calls, as the far end is told. */
  readonly caller: PassedCall['caller'];
  /** Address of who calls, for knowing the same call when it comes again. */
  readonly from: string;
  /** Codecs of sound that the caller has, or may have, the best first; asked for when the far end is called. */
  readonly sounds: PassedCall['sounds'];
  /** See `PassedCall`; absent where the caller's description tells. */
  readonly later?: boolean;
  /** Notes where it goes. @throws LoopDetected when it was there already, or may not go on */
  passage(place: string): Passage;
  /** The far end rings; the caller is told once. */
  ringing(): void;
  /** The far end says that the call goes on. */
  progress(): void;
  /**
   * The far end is heard before it answers, on its line `far`; `rings` where it rings as well. Tells the caller so, and
   * resolves with the caller's side of that; null where the caller can hear nothing before it is answered. Called once.
   */
  early(far: Line, rings: boolean): Promise<EarlySound | null>;
  /** Tells when the caller gives up before it is answered. */
  onGone(told: (why: EndReason) => void): Disposable;
  /**
   * Waits for `far`, the leg that answered and sits in the room; then the call is answered and takes the other seat.
   * Rejects when the caller gave up or is gone again, and with what `far` rejects with.
   */
  answer(room: Room, far: () => Promise<Leg>): Promise<Leg>;
}

/** Whom an arrived call is connected with. */
export interface FarEnd {
  /** Names it, for recognising circles: `trunk:main:+49301234`, `h323:room7@192.0.2.5`. */
  readonly place: string;
  /** What it is counted under: the name of a trunk, or a scheme with its colon. */
  readonly label: string;
  /** Whether it is as safe as a `sips:` caller wants (RFC 4123 §11.4). */
  readonly secure: boolean;
  /** It costs nobody anything, and that this caller may call it is decided: it need not be known otherwise. */
  readonly free?: boolean;
  /** Begins the call. @throws DualstreamError when there is nobody to call, or it may not be called; nothing was sent then */
  dial(request: DialRequest): Dialling;
}
