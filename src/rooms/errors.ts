import { DualstreamError, type Verdict } from '../base/errors.js';

/** The room has as many participants as it takes. */
export class RoomFull extends DualstreamError {
  readonly verdict: Verdict = { sip: 486, h225: 'inConf', bfcp: 0, http: 409, label: 'room_full', retry: true };
  constructor(room: string, capacity: number) {
    super(`room ${room} is full (${capacity} participants)`);
  }
}

/** A moderator locked the room. */
export class RoomLocked extends DualstreamError {
  readonly verdict: Verdict = { sip: 403, h225: 'noPermission', bfcp: 0, http: 403, label: 'room_locked', retry: true };
  constructor(room: string) {
    super(`room ${room} is locked`);
  }
}

/** No such room, and it may not be made on the fly. */
export class RoomNotFound extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 404,
    h225: 'unreachableDestination',
    bfcp: 1,
    http: 404,
    label: 'not_found',
    retry: false,
  };
  constructor(room: string) {
    super(`there is no room ${room}`);
  }
}

/** The room is closing. */
export class RoomClosed extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 1,
    http: 503,
    label: 'unavailable',
    retry: true,
  };
  constructor(room: string) {
    super(`room ${room} is closing`);
  }
}

/** The caller comes from afar or the room has a PIN, and none was given. */
export class PinRequired extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 403,
    h225: 'noPermission',
    bfcp: 0,
    http: 401,
    label: 'pin_required',
    retry: true,
  };
  constructor(room: string) {
    super(`room ${room} needs its PIN or an invitation`);
  }
}

/** The PIN given is not the room's. */
export class WrongPin extends DualstreamError {
  readonly verdict: Verdict = { sip: 403, h225: 'securityDenied', bfcp: 0, http: 401, label: 'wrong_pin', retry: true };
  constructor() {
    super('wrong PIN');
  }
}

/** No such participant in the room. */
export class NoSuchParticipant extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 404,
    h225: 'undefinedReason',
    bfcp: 2,
    http: 404,
    label: 'not_found',
    retry: false,
  };
  constructor(room: string, id: number) {
    super(`there is no participant ${id} in room ${room}`);
  }
}

/** No such live floor request. */
export class NoSuchTicket extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 404,
    h225: 'undefinedReason',
    bfcp: 7,
    http: 409,
    label: 'no_such_request',
    retry: false,
  };
  constructor() {
    super('there is no such floor request');
  }
}

/** The participant has no audio to mute. */
export class NoAudio extends DualstreamError {
  readonly verdict: Verdict = { sip: 488, h225: 'undefinedReason', bfcp: 0, http: 409, label: 'no_audio', retry: true };
  constructor(id: number) {
    super(`participant ${id} has no audio`);
  }
}

/** The peer can be told no keys. */
export class CannotPress extends DualstreamError {
  readonly verdict: Verdict = { sip: 488, h225: 'undefinedReason', bfcp: 0, http: 409, label: 'no_dtmf', retry: false };
  constructor(why: string) {
    super(`keys cannot be pressed at this participant: ${why}`);
  }
}

/** An engine did not confirm in time. */
export class NotConfirmed extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 504,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 504,
    label: 'timed_out',
    retry: true,
  };
  constructor(what: string, ms: number) {
    super(`${what} was not confirmed within ${ms} ms`);
  }
}

/** The role does not carry the right. */
export class NotAllowed extends DualstreamError {
  readonly verdict: Verdict = { sip: 403, h225: 'noPermission', bfcp: 5, http: 403, label: 'forbidden', retry: false };
  constructor(what: string) {
    super(`not allowed to ${what}`);
  }
}
