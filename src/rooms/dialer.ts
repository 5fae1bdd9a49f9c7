import { DualstreamError, type Verdict } from '../base/errors.js';
import type { Line } from '../media/plane.js';
import type { AudioCodecName } from '../media/vocabulary.js';
import type { EndReason, Leg, LegId } from './leg.js';
import type { Participant } from './participant.js';
import type { Room } from './room.js';

/** Where a call that is passed on has been, so that it does not go in circles. */
export interface Passage {
  /** Places it may still pass, 0-254. */
  hops: number;
  /** Ways it may still go at once (RFC 5393), 1-60. */
  breadth: number;
  /** Gateways of this kind that it passed, hashed. */
  path: readonly string[];
}

/** Somebody's call that is passed on to somebody else. */
export interface PassedCall {
  /** Who calls, as the far end is told: display name, and user part or number. */
  caller: { name: string; user: string };
  passage: Passage;
  /** Where it goes, by a name of ours. */
  place: string;
  /** Codecs of sound that the caller has, or may have, the best first. */
  sounds: readonly AudioCodecName[];
  /**
   * What sound the caller takes is known after the answer only: a far end whose sound can be changed is offered all that may
   * come of it, one of the same protocol is told of ours then, by who answers the caller.
   */
  later?: boolean;
  /** The caller wants signalling that nobody reads on the way (`sips:`). */
  secure?: boolean;
}

/** Sound of a call that is not answered yet. */
export interface EarlySound {
  /** The leg that it will be the sound of. */
  leg: LegId;
  line: Line;
  /** By which keys come and go where there are other ways than the line. */
  keys?: Pick<Leg, 'on' | 'press'>;
}

/** A call that a room is to make. */
export interface DialRequest {
  /** Whom to call: an address like `sip:room7@example.org`, or `user:NAME` for a registered user. */
  to: string;
  room: Room;
  /** Takes the leg that answered into the room. Throws RoomFull, RoomLocked, RoomClosed. */
  seat(leg: Leg): Participant;
  /** The far end rings; may come again. */
  ringing(): void;
  /** It says that the call goes on; `sound` where it sends tones or announcements. May come again. */
  progress?(how: { sound: boolean }): void;
  /**
   * What the far end sends can be heard before it answers; told before `ringing` or `progress` of the same message, of which
   * `rings` says whether it is the first of these. May come again, of another line too.
   */
  early?(sound: EarlySound, rings: boolean): void;
  /** That has ended, without an answer. */
  earlyOver?(leg: LegId): void;
  /**
   * The call is somebody's whom the operator lets call there, and not the room's own: the lists of whom rooms may call are
   * not asked. Absent for calls of rooms.
   */
  passed?: PassedCall;
  /** How long it may ring, milliseconds; by default what is configured. */
  ringMs?: number;
}

/** A call on its way. */
export interface Dialling {
  /** Settles once: the leg is seated, or a DialFailed or another DualstreamError says why not. */
  readonly done: Promise<void>;
  /** Gives up; `done` rejects soon after. Without effect once the call was answered. */
  cancel(why: EndReason): void;
  /** The same because somebody else answered, where the far end can be told that. */
  lose?(): void;
}

/** Places calls of some URI schemes; implemented by the legs. */
export interface Dialer {
  /** Schemes without colon, e.g. `sip`. */
  readonly schemes: readonly string[];
  /**
   * Begins a call.
   * @throws DualstreamError when the target is not allowed or makes no sense; nothing was sent then
   */
  dial(request: DialRequest): Dialling;
}

/** The far end did not take the call. */
export class DialFailed extends DualstreamError {
  readonly verdict: Verdict;

  constructor(
    /** SIP status of the far end, or what stands for it: 408 nobody answered, 487 given up, 503 not reached. */
    readonly status: number,
    /** For people. */
    readonly words: string,
    /** What the caller of a forwarded call is told by SIP. */
    told = passedOn(status),
  ) {
    super(`the call failed: ${status} ${words}`);
    this.verdict = {
      sip: told,
      h225: 'unreachableDestination',
      bfcp: 0,
      http: 502,
      label: 'call_failed',
      retry: ![404, 410, 484, 604].includes(status),
    };
  }
}

/** Statuses that are about our own dealing with the far end and mean nothing to the caller of a forwarded call. */
const local: Readonly<Record<number, number>> = {
  401: 502,
  407: 502,
  422: 502,
  423: 502,
  491: 480,
  494: 502,
  503: 500,
};

/** What a caller is told whose call was forwarded (RFC 3261 §16.7 for 503, RFC 7092 for what ends here). */
function passedOn(status: number): number {
  if (status >= 300 && status < 400) return 480;
  return local[status] ?? status;
}

/** Nobody may be called there from here. */
export class TargetNotAllowed extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 403,
    h225: 'noPermission',
    bfcp: 0,
    http: 403,
    label: 'target_not_allowed',
    retry: false,
  };
  constructor(why: string) {
    super(`this may not be called: ${why}`);
  }
}

/** The target cannot be read, or nothing here can call it. */
export class BadTarget extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 404,
    h225: 'unreachableDestination',
    bfcp: 0,
    http: 400,
    label: 'bad_target',
    retry: false,
  };
  constructor(why: string) {
    super(`this cannot be called: ${why}`);
  }
}

/** The call would come back to where it started. */
export class LoopDetected extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 482,
    h225: 'hopCountExceeded',
    bfcp: 0,
    http: 409,
    label: 'loop',
    retry: false,
  };
  constructor(why: string) {
    super(`the call goes in a circle: ${why}`);
  }
}

/** As many calls go out as may. */
export class TooManyCalls extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 429,
    label: 'too_many_calls',
    retry: true,
  };
  constructor(what: string, most: number) {
    super(`${what} has ${most} calls already, no more may be made`);
  }
}
