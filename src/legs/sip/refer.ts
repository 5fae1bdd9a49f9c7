import { DualstreamError, messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import { MalformedSip } from '../../protocol/sip-values/errors.js';
import { parseNameAddr } from '../../protocol/sip-values/name-addr.js';
import { bareHost, isSipUri, parseSipUri, type SipUri } from '../../protocol/sip-values/uri.js';
import type { IsOwn } from './dial-targets.js';
import { BadTarget, TargetNotAllowed } from '../../rooms/dialer.js';
import type { DialOut } from '../../rooms/dial-out.js';
import type { RoomDirectory } from '../../rooms/directory.js';
import { NotAllowed, RoomFull, RoomLocked, RoomNotFound } from '../../rooms/errors.js';
import type { Participant } from '../../rooms/participant.js';
import { may } from '../../rooms/rights.js';
import type { Room } from '../../rooms/room.js';
import type { RoomDoor } from '../admission/room-door.js';
import type { CallFacts, Decide } from '../admission/verdict.js';
import { ask } from './dialog-link.js';
import type { GatewayParts } from './gateway-parts.js';
import { refuse } from './refusals.js';
import type { SipLeg } from './sip-leg.js';
import type { SipDialog, SipRequest, SipResponse } from './srf.js';

/** What REFER is decided with. */
export interface ReferralOptions {
  rooms: Pick<RoomDirectory, 'list'>;
  dialOut: Pick<DialOut, 'call'>;
  seated: GatewayParts['seated'];
  isOwn: IsOwn;
  /** Who may have a room call somebody; administrators have no SIP calls. */
  who: 'admin' | 'moderator';
  decide: Decide;
  log: Log;
  metrics: Metrics;
}

interface Referral {
  leg: SipLeg;
  dialog: SipDialog;
  facts: CallFacts;
  door: RoomDoor;
  from: { room: Room; participant: Participant };
}

/**
 * REFER inside a call (RFC 3515). It dials nothing for who has not proved to be a user. A user may have its own leg taken
 * to another room of ours; one who moderates the room may have it call who the rules of dial-out allow.
 */
export class Referrals {
  constructor(private readonly options: ReferralOptions) {}

  /** From now on the leg's REFERs are decided here. */
  attach(leg: SipLeg, facts: CallFacts, door: RoomDoor): void {
    leg.onRefer = (request, response, dialog) => this.take(request, response, { leg, dialog, facts, door });
  }

  private take(request: SipRequest, response: SipResponse, call: Omit<Referral, 'from'>): void {
    const { metrics, log } = this.options;
    try {
      if (call.facts.user === null) throw new NotAllowed('refer calls without a password');
      const from = this.seatOf(call.leg);
      if (!from) throw new NotAllowed('refer calls from here');
      const act = this.plan(uriOf(request), { ...call, from });
      const silent = /^\s*false\s*$/i.test(request.get('Refer-Sub') ?? '');
      response.send(202, { headers: silent ? { 'Refer-Sub': 'false' } : {} });
      metrics.count('dualstream_sip_referrals_total');
      const tell = (status: string, over: boolean): void => void (silent || notify(call.dialog, status, over));
      tell('100 Trying', false);
      act((status) => tell(status, true));
    } catch (error) {
      if (!(error instanceof DualstreamError)) log.error({ error: messageOf(error) }, 'A REFER failed');
      refuse(response, error, metrics);
    }
  }

  private isOwn({ host, port }: SipUri): boolean {
    return this.options.isOwn(bareHost(host), port);
  }

  /** What is to be done, once it is known that it may be. */
  private plan(uri: string, referral: Referral): (tell: (status: string) => void) => void {
    if (isSipUri(uri) && this.isOwn(parsed(uri))) return this.transfer(uri, referral);
    const { room, participant } = referral.from;
    if (this.options.who !== 'moderator' || !may(participant.role, 'dial')) throw new NotAllowed('call somebody');
    return (tell) => this.dial(uri, room, tell);
  }

  /** @throws RoomNotFound, PinRequired, RoomFull, RoomLocked, EncryptionRequired */
  private transfer(uri: string, referral: Referral): (tell: (status: string) => void) => void {
    const { leg, facts, door, from } = referral;
    const verdict = this.options.decide({ ...facts, uri, alias: null });
    if (verdict?.kind !== 'room') throw new RoomNotFound(uri);
    const { room, role } = door.open(verdict.room, { address: facts.source, direct: true, pin: verdict.pin });
    const as = role ?? verdict.role;
    if (room === from.room) return (tell) => tell('200 OK');
    if (room.size >= room.settings.capacity) throw new RoomFull(room.name, room.settings.capacity);
    if (room.locked && !may(as, 'lock')) throw new RoomLocked(room.name);
    if (room.settings.srtp === 'required') leg.parts.exchanges.requireEncryption();
    return (tell) => {
      from.room.release(from.participant.id);
      try {
        this.options.seated(leg, room, room.join(leg, { role: as, name: from.participant.name }));
        tell('200 OK');
      } catch (error) {
        tell('503 Service Unavailable');
        void leg.end({ kind: 'failed', why: messageOf(error) });
      }
    };
  }

  private dial(uri: string, room: Room, tell: (status: string) => void): void {
    try {
      const id = this.options.dialOut.call(room, { to: uri });
      const joined = room.on.on('participantJoined', (one) => one.id === id && end('200 OK'));
      const failed = room.on.on('participantFailed', (one) => {
        if (one.id === id) end(`${Math.max(400, one.status)} ${one.reason.replace(/[^\x20-\x7e]/g, ' ')}`);
      });
      const end = (status: string): void => {
        joined.dispose();
        failed.dispose();
        tell(status);
      };
    } catch (error) {
      const status = error instanceof TargetNotAllowed || error instanceof BadTarget ? 403 : 503;
      tell(`${status} ${messageOf(error).replace(/[^\x20-\x7e]/g, ' ')}`);
    }
  }

  private seatOf(leg: SipLeg): Referral['from'] | null {
    for (const room of this.options.rooms.list()) {
      const participant = room.seatOf(leg.id);
      if (participant) return { room, participant };
    }
    return null;
  }
}

/** @throws NotAllowed for anything but a plain address to call */
function uriOf(request: SipRequest): string {
  try {
    const { uri } = parseNameAddr(request.get('Refer-To') ?? request.get('r') ?? '');
    // headers would go into our request: Replaces, Route, ...
    if (/[?]|;method=/i.test(uri)) throw new NotAllowed('refer to more than an address');
    return uri;
  } catch (error) {
    if (error instanceof MalformedSip) throw new BadTarget(error.message);
    throw error;
  }
}

function parsed(uri: string): SipUri {
  try {
    return parseSipUri(uri);
  } catch (error) {
    if (error instanceof MalformedSip) throw new BadTarget(error.message);
    throw error;
  }
}

/** Tells how it goes (RFC 3515 §2.4.4). */
function notify(dialog: SipDialog, status: string, over: boolean): void {
  const headers = {
    Event: 'refer',
    'Subscription-State': over ? 'terminated;reason=noresource' : 'active;expires=180',
    'Content-Type': 'message/sipfrag;version=2.0',
  };
  void ask(dialog, 'NOTIFY', headers, `SIP/2.0 ${status}\r\n`);
}
