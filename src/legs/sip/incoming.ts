import { messageOf } from '../../base/errors.js';
import { isBrowser } from '../../media/keying.js';
import type { Secure } from '../../media/negotiate.js';
import type { AudioCodecName, PassedCodecName } from '../../media/vocabulary.js';
import type { EarlySound } from '../../rooms/dialer.js';
import type { Room } from '../../rooms/room.js';
import type { Destination } from '../admission/destination.js';
import { CallerGone } from '../admission/errors.js';
import type { GatewayParts } from './gateway-parts.js';
import { NoAnchor, UnsupportedBody } from './errors.js';
import { Exchanges, type SdpAnchor } from './exchanges.js';
import { floorOffers } from './floor-offers.js';
import { allowedEvents, focusContact } from './focus.js';
import { allowedMethods, supported } from './in-dialog.js';
import { LegMedia } from './leg-media.js';
import { isBehindNat, keepPathOpen } from './nat.js';
import type { SipLegParts } from './parts.js';
import { peerInfoOf } from './peer-info.js';
import { checkInvite, descriptionOf } from './request-checks.js';
import { sessionTimerHeaders } from './session-timer.js';
import { SipLeg } from './sip-leg.js';
import { SrtpGuard } from './srtp-policy.js';
import type { SipDialog, SipRequest, SipResponse } from './srf.js';

/** A call that waits for its answer. */
export interface Waiting {
  /** Codecs that its sound can have; none where that is not known yet. */
  sounds: readonly AudioCodecName[];
  /**
   * Its sound before the answer, in this codec alone where it is one that is only passed on, and the description that the
   * caller is to be told it by; the answer will have the same. Null where the caller left the offer to us, or has no sound.
   */
  early(passed: PassedCodecName | null): Promise<{ sound: EarlySound; sdp: string } | null>;
}

/** What a call that waits is answered with: a codec of sound that is only passed on, or null, and headers of its own. */
export interface Awaited {
  passed: PassedCodecName | null;
  headers: Record<string, string>;
}

/** Waited for before a call is answered. */
type Before = (call: Waiting) => Promise<Awaited>;

/** Without rules of the operator, what the caller wants. */
const openGuard = new SrtpGuard('optional', true, false);
/** An engine says at once what became of our 200; one that is lost meanwhile never does. */
const acceptMs = 10_000;
/** Everything offered when the caller leaves the offer to us. */
const everything = { audio: true, video: true, content: true, fecc: true } as const;

/**
 * Takes one INVITE from admission to its destination. Whatever goes wrong on the way is thrown as a DualstreamError
 * and leaves no port behind.
 */
export class IncomingCall {
  private gone = false;
  /** The description the caller offers; empty where it leaves the offer to us. */
  private offer = '';
  private timer: Record<string, string> = {};
  /** The answer's own headers. */
  private more: Record<string, string> = {};

  constructor(
    private readonly parts: GatewayParts,
    private readonly request: SipRequest,
    private readonly response: SipResponse,
  ) {
    request.on('cancel', () => (this.gone = true));
  }

  /**
   * `before` is waited for when the description is understood and before the call is answered.
   * @throws SessionTooBrief, EncryptionRequired, EncryptionRefused, MalformedSdp, NoCommonMedia, OutOfPorts, NoAnchor, RoomFull, RoomLocked, CallerGone
   */
  async answer(to: Destination<SipLeg>, before?: Before): Promise<SipLeg> {
    const { request, parts } = this;
    to.ready();
    checkInvite(request);
    this.offer = descriptionOf(request);
    this.timer = sessionTimerHeaders(request);
    const guard = parts.srtpFor ? SrtpGuard.of(parts.srtpFor(request, to.room), request) : openGuard;
    this.offer &&= guard.first(this.offer);
    const secure = this.offer ? parts.keyingOf(this.offer) : 'none';
    const id = parts.chance.hex(6);
    const anchor = await this.openAnchor(id, secure, guard);
    const media = new LegMedia(id, parts.mediaFor(request, anchor !== null));
    const exchanges = new Exchanges(parts.newSession(), media, anchor, `${id}@dualstream`, parts.longest, guard);
    exchanges.hear(request);
    try {
      let sdp = this.offer ? await exchanges.answer(this.offer) : await this.offerAll(exchanges, media, guard.required);
      if (before && !this.gone) sdp = await this.wait(before, sdp, { id, exchanges, media });
      if (this.gone) throw new CallerGone();
      // a telephone may have DTLS too; what makes a browser is ICE beside it
      const web = secure === 'dtls' && isBrowser(this.offer);
      return await this.confirm(to, sdp, { id, web, anchored: anchor !== null, media, exchanges });
    } catch (error) {
      await exchanges.close();
      throw error;
    }
  }

  /** The INVITE has no offer: ours is in the answer. */
  private offerAll(exchanges: Exchanges, media: LegMedia, encrypted: boolean): Promise<string> {
    media.floorOffers = floorOffers(this.parts.floorOffers, encrypted);
    return exchanges.offer({ ...everything, floor: media.floorOffers[0] ?? null });
  }

  /** The answer after that; what went before it is as it was (RFC 3261 §13.2.1). */
  private async wait(
    before: Before,
    sdp: string,
    { id, exchanges, media }: Pick<SipLegParts, 'id' | 'exchanges' | 'media'>,
  ): Promise<string> {
    let told: Promise<string> | null = null;
    const settled = async (passed: PassedCodecName | null): Promise<string> => {
      if (passed === null || this.gone) return sdp;
      media.settleSound(passed);
      return exchanges.answer(this.offer);
    };
    const early: Waiting['early'] = async (passed) => {
      const line = media.lines.audio;
      if (!this.offer || !line || this.gone) return null;
      const said = await (told ??= settled(passed));
      return this.gone ? null : { sound: { leg: id, line }, sdp: said };
    };
    const sounds = [...(this.offer ? exchanges.passedIn(this.offer) : []), ...soundOf(media)];
    const { passed, headers } = await before({ sounds, early }).catch((error: unknown) => this.unlessGone(error));
    this.more = headers;
    return told ?? settled(passed);
  }

  private unlessGone(error: unknown): never {
    throw this.gone ? new CallerGone() : error;
  }

  /** Keys that an offer merely names beside a plain profile are used where the media engine is there. */
  private async openAnchor(id: string, demanded: Secure, guard: SrtpGuard): Promise<SdpAnchor | null> {
    const { request, parts } = this;
    if (demanded === 'sdes' && !guard.secret) parts.metrics.count('dualstream_srtp_keys_in_clear_total');
    if (demanded !== 'none') return parts.openAnchor(id, demanded, request);
    if (!this.offer && guard.required) {
      guard.offering();
      return parts.openAnchor(id, 'sdes', request);
    }
    if (!guard.takesBestEffort(this.offer)) return null;
    try {
      return await parts.openAnchor(id, 'sdes', request);
    } catch (error) {
      if (error instanceof NoAnchor && !guard.required) return null;
      throw error;
    }
  }

  private async confirm(
    to: Destination<SipLeg>,
    sdp: string,
    made: Pick<SipLegParts, 'id' | 'web' | 'anchored' | 'media' | 'exchanges'>,
  ): Promise<SipLeg> {
    const { clock, chance, log, metrics } = this.parts;
    const who = peerInfoOf(this.request, to.name);
    const leg = new SipLeg({
      ...made,
      who,
      source: this.request.source_address,
      clock,
      chance,
      log: log.child({ call: this.request.get('Call-ID') }),
      metrics,
    });
    const late = !this.offer;
    if (late) leg.glare.offeredInAnswer();
    else to.take(leg);
    try {
      await this.accept(sdp, to.room, (dialog) => {
        leg.confirm(dialog);
        if (leg.over) return;
        this.parts.conference?.confirmed(leg, dialog);
        if (isBehindNat(this.request)) keepPathOpen(dialog, leg, clock);
        if (late) dialog.on('ack', (ack) => void this.lateAnswer(leg, to, ack));
        else leg.settleIn();
      });
      return leg;
    } catch (error) {
      void leg.end({ kind: 'failed', why: messageOf(error) });
      throw isGone(error) ? new CallerGone() : error;
    }
  }

  /** Sends the 200; `confirmed` gets the dialog before anything else happens in it. */
  private accept(sdp: string, room: Room | null, confirmed: (dialog: SipDialog) => void): Promise<void> {
    const headers = {
      Allow: allowedMethods,
      'Allow-Events': allowedEvents,
      Supported: supported,
      ...(room ? focusContact(room.name, this.request) : {}),
      ...this.timer,
      ...this.more,
    };
    let done = false;
    return new Promise((resolve, reject) => {
      const deadline = this.parts.clock.after(acceptMs, () => reject(new CallerGone()));
      this.parts.signalling.createUAS(this.request, this.response, { localSdp: sdp, headers }, (error, dialog) => {
        // after a CANCEL the library calls twice
        if (done) return;
        done = true;
        deadline.cancel();
        if (!dialog) return reject(error instanceof Error ? error : new Error(String(error)));
        confirmed(dialog);
        resolve();
      });
    });
  }

  /** The answer to our offer came with the ACK, once; an ACK without one ends the call (RFC 3261 §13.2.2.4). */
  private async lateAnswer(leg: SipLeg, to: Destination<SipLeg>, ack: SipRequest): Promise<void> {
    const { exchanges, log } = leg.parts;
    if (exchanges.current) return;
    try {
      if (!ack.body) throw new UnsupportedBody('none');
      await exchanges.accept(ack.body);
      leg.glare.oursDone();
      leg.linesChanged();
      to.take(leg);
      leg.settleIn();
    } catch (error) {
      log.warn({ leg: leg.id, error: messageOf(error) }, 'The late answer was not usable');
      await leg.end({ kind: 'failed', why: messageOf(error) });
    }
  }
}

/** What is agreed on for the caller's sound; none where the caller leaves the offer to us. */
function soundOf({ lines }: LegMedia): AudioCodecName[] {
  const format = lines.audio?.params?.send[0];
  return format?.kind === 'audio' ? [format.name] : [];
}

/** The engine or the library says so in words; a drachtio-server knows a cancelled transaction no more. */
function isGone(error: unknown): boolean {
  return error instanceof CallerGone || /terminated|cancel|unknown transaction/i.test(messageOf(error));
}
