import type { Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { passing, preferring } from '../../media/abilities.js';
import type { Secure } from '../../media/negotiate.js';
import type { AudioCodecName, PassedCodecName } from '../../media/vocabulary.js';
import { DialFailed } from '../../rooms/dialer.js';
import type { EndReason } from '../../rooms/leg.js';
import { assertedIn } from './connected-identity.js';
import { EarlyAnswer, type EarlyEvents } from './early-answer.js';
import { Exchanges, type SdpAnchor } from './exchanges.js';
import type { GatewayParts } from './gateway-parts.js';
import { floorOffers } from './floor-offers.js';
import { allowedEvents, calledFocus } from './focus.js';
import { allowedMethods } from './in-dialog.js';
import { NoAnchor } from './errors.js';
import { LegMedia, type MediaMakers } from './leg-media.js';
import type { Credentials } from './outgoing-digest.js';
import { hangUp, OutgoingInvite, type Refused } from './outgoing-invite.js';
import { Remedies } from './outgoing-remedies.js';
import { cleanText } from '../shown-text.js';
import { byeReason } from './reasons.js';
import { SipLeg } from './sip-leg.js';
import type { SentRequest, SipDialog } from './srf.js';
import { SrtpGuard } from './srtp-policy.js';
import { retryAfterMs } from './trunk-server.js';
import type { Wanted } from './wanted.js';

/** Where a call goes and as whom it comes. */
export interface Hop {
  /** Request-URI. */
  uri: string;
  /** Next hop where it is another. */
  proxy: string | null;
  /** Host that our media addresses are chosen for, an address or a name. */
  host: string;
  /** From without tag. */
  from: string;
  headers: Record<string, string>;
  credentials: Credentials | null;
  /** What we offer; `none` is plain RTP. */
  keying: Secure;
  /** Nobody on the way there reads the keys of a description. */
  secret: boolean;
  /** It is reached by the WebSocket that it opened, and in no other way. */
  webSocket?: boolean;
}

/** What a call does for whoever makes it. */
export interface OutgoingEvents extends EarlyEvents {
  /** Name of the room that calls, which is a focus (RFC 4579 §5.2); null for somebody else's call that is passed on. */
  focus: string | null;
  /** Codecs of sound that are offered first. */
  sounds: readonly AudioCodecName[];
  /** Codecs that are only passed on and are offered last, where no keys are between us and the far end. */
  passing: readonly PassedCodecName[];
  ringing(status: number, sound: boolean): void;
  /** True takes the answer; false when another one was first. */
  claim(): boolean;
  /** The leg has its dialog; told before anything else happens in it. */
  confirmed(leg: SipLeg, dialog: SipDialog): void;
  /** Takes the leg into its room. */
  seat(leg: SipLeg): void;
  /** Where a redirection leads, or null when it may not. */
  follow(uri: string): Pick<Hop, 'uri' | 'host'> | null;
}

/** How media is offered. */
interface Offering {
  keying: Secure;
  /** As browsers want it. */
  browser: boolean;
}

/** RFC 3326 §3.1: a phone that was not quick enough has missed no call. */
const elsewhere = 'SIP;cause=200;text="Call completed elsewhere"';

/** How long a call may take. */
export interface OutgoingLimits {
  /** Until the far end says anything at all. */
  firstMs: number;
  /** Until it answers. */
  ringMs: number;
}

/**
 * One call of ours to one place: offers everything, does what refusals ask for, and ends as a leg in its room or as a
 * DialFailed. Lives until then.
 *
 *   offering --18x--> ringing --200--> joined
 *      |  ^--401, 407, 422, 488, 491, 3xx: again--|
 *      |--final refusal, deadline, cancel--> failed (once)
 */
export class OutgoingCall {
  private invite: OutgoingInvite | null = null;
  private last: SentRequest | null = null;
  private given: DialFailed | null = null;
  private fail: ((error: DialFailed) => void) | null = null;
  private readonly timers: Timer[] = [];
  /** It was answered; from then on the leg owns ports and dialog. */
  private leg: SipLeg | null = null;
  /** The far end reacted. */
  private heard = false;
  /** How long its last refusal asked to be left alone, milliseconds. */
  private leaveMs = 0;
  private remedies: Remedies;
  private early: EarlyAnswer | null = null;

  constructor(
    private readonly parts: GatewayParts,
    private hop: Hop,
    private readonly events: OutgoingEvents,
    private readonly limits: OutgoingLimits,
  ) {
    this.remedies = this.remediesFor({ keying: hop.keying, browser: false });
  }

  /** Whether any response came, so that the place is not dead. */
  get reacted(): boolean {
    return this.heard;
  }

  /** How long the place asked to be left alone by a 503, milliseconds; 0 when it did not. */
  get retryMs(): number {
    return this.leaveMs;
  }

  /** Resolves when the leg is seated. Rejects with DialFailed, NoAnchor, OutOfPorts, RoomFull and the like. */
  async run(name: string): Promise<void> {
    const { parts, hop } = this;
    const { clock } = parts;
    const late = new DialFailed(408, `nobody answered within ${Math.round(this.limits.ringMs / 1000)} s`);
    this.timers.push(clock.after(this.limits.ringMs, () => this.give(late, 'SIP;cause=408;text="No answer"')));
    try {
      // also behind a proxy that holds the WebSocket
      if (/;\s*transport=wss?\b/i.test(hop.uri) || hop.webSocket) await this.callBrowser(name);
      else await this.call(name, { keying: hop.keying, browser: false });
    } finally {
      for (const timer of this.timers.splice(0)) timer.cancel();
    }
  }

  /** What hangs on a WebSocket is mostly a browser; else it takes what devices take. */
  private async callBrowser(name: string): Promise<void> {
    try {
      return await this.call(name, { keying: 'dtls', browser: true });
    } catch (first) {
      if (!isUnacceptable(first)) throw first;
      return this.call(name, { keying: this.hop.keying, browser: false }).catch((error: unknown) => {
        throw isUnacceptable(error) ? first : error;
      });
    }
  }

  private async call(name: string, { keying, browser }: Offering): Promise<void> {
    const { parts, hop } = this;
    this.remedies = this.remediesFor({ keying, browser });
    const id = parts.chance.hex(6);
    const peer = { source_address: await parts.lookup(hop.host), body: '' };
    const guard = this.guard(keying);
    const anchor: SdpAnchor | null = keying === 'none' ? null : await parts.openAnchor(id, keying, peer);
    if (browser) anchor?.towardsBrowser();
    const usual = parts.mediaFor(peer, anchor !== null);
    const abilities = passing(preferring(usual.abilities, this.events.sounds), anchor ? [] : this.events.passing);
    const makers = { ...usual, abilities };
    const media = new LegMedia(id, browser ? withFec(makers) : makers);
    media.floorOffers = floorOffers(parts.floorOffers, keying !== 'none');
    const exchanges = new Exchanges(parts.newSession(), media, anchor, `${id}@dualstream`, parts.longest, guard);
    const early = (this.early = new EarlyAnswer(id, exchanges, this.events, parts.log));
    try {
      const made = { id, web: false, anchored: anchor !== null, media, exchanges };
      const legOf = (dialog: SipDialog): SipLeg => (this.leg = this.legOf(made, name, dialog));
      await this.ring(exchanges, browser ? this.remedies.lessAtOnce() : this.remedies.first, legOf);
    } catch (error) {
      early.over();
      if (!this.leg) await exchanges.close();
      throw error;
    }
  }

  /** A browser has no floor control of this kind. */
  private remediesFor({ keying, browser }: Offering): Remedies {
    const { credentials } = this.hop;
    const floors = browser ? [] : floorOffers(this.parts.floorOffers, keying !== 'none');
    return new Remedies(credentials, this.parts.chance, floors);
  }

  /** What is offered encrypted stays so. @throws EncryptionRefused when somebody would read our keys */
  private guard(keying: Secure): SrtpGuard {
    const { secret } = this.hop;
    const keysNeedTls = keying === 'sdes' && this.parts.srtpKeysNeedTls === true;
    const guard = new SrtpGuard(keying === 'none' ? 'optional' : 'required', secret, keysNeedTls);
    guard.offering();
    if (keying === 'sdes' && !secret) this.parts.metrics.count('dualstream_srtp_keys_in_clear_total');
    return guard;
  }

  cancel(why: EndReason): void {
    const words = why.kind === 'removed' ? `given up by ${why.by}` : why.kind === 'left' ? 'given up' : why.kind;
    this.give(new DialFailed(487, words), byeReason(why));
  }

  /** Another one was first. */
  lose(): void {
    this.give(new DialFailed(487, 'answered elsewhere'), elsewhere);
  }

  private give(error: DialFailed, reason: string): void {
    if (this.given) return;
    this.given = error;
    this.invite?.abandon(reason);
    this.fail?.(error);
  }

  private async ring(exchanges: Exchanges, wanted: Wanted, legOf: (dialog: SipDialog) => SipLeg): Promise<void> {
    let body = await exchanges.offer(wanted);
    for (;;) {
      if (this.given) throw this.given;
      const end = await this.attempt(body, (dialog, description) => this.join(legOf, dialog, description));
      if (end === 'joined') return;
      this.early?.over();
      const remedy = this.remedies.for(end, { uri: this.hop.uri, body });
      this.last = end.sent ?? this.last;
      if (!remedy) throw this.failureOf(end);
      if (remedy.kind === 'fewer') {
        exchanges.rollback();
        body = await exchanges.offer(remedy.wanted);
      } else if (remedy.kind === 'elsewhere') this.redirect(end, remedy.contacts);
      else if (remedy.waitMs > 0) await this.pause(remedy.waitMs);
    }
  }

  private failureOf({ status, reason }: Refused): DialFailed {
    // RFC 5626 §5.3: nobody but the device can open it anew
    if (status === 503 && this.hop.webSocket) return new DialFailed(430, 'the connection it registered by is gone');
    return new DialFailed(status, reason);
  }

  /** @throws DialFailed when none of them may be called */
  private redirect(end: Refused, contacts: readonly string[]): void {
    for (const uri of contacts) {
      const next = this.events.follow(uri);
      if (!next) continue;
      this.hop = { ...this.hop, ...next, proxy: null };
      return;
    }
    throw new DialFailed(end.status, 'redirected to where nobody may be called');
  }

  /** One INVITE; resolves with its refusal, or when the leg is seated. */
  private attempt(
    sdp: string,
    joined: (dialog: SipDialog, description: string) => Promise<void>,
  ): Promise<Refused | 'joined'> {
    const { clock, signalling } = this.parts;
    const { uri, proxy } = this.hop;
    return new Promise((resolve, reject) => {
      const silence = clock.after(this.limits.firstMs, () => {
        this.give(new DialFailed(408, 'the far end does not react'), 'SIP;cause=408;text="No reaction"');
      });
      const heard = (): void => {
        this.heard = true;
        silence.cancel();
      };
      this.fail = (error) => {
        silence.cancel();
        reject(error);
      };
      this.invite = new OutgoingInvite(
        signalling,
        { uri, proxy, sdp, headers: this.headers() },
        {
          provisional: (status, description) => {
            heard();
            void this.provisional(status, description);
          },
          answered: (dialog, description) => {
            heard();
            this.fail = null;
            joined(dialog, description).then(() => resolve('joined'), reject);
          },
          refused: (how) => {
            if (how.response && how.response.status !== 503) heard();
            this.leaveMs = retryAfterMs(how.response);
            silence.cancel();
            resolve(how);
          },
        },
      );
      this.invite.send();
    });
  }

  private async provisional(status: number, description: string): Promise<void> {
    if (description !== '') await this.early?.hear(description, status === 180);
    if (!this.leg && !this.given) this.events.ringing(status, description !== '');
  }

  /** A retry is the same call with the next CSeq (RFC 3261 §8.1.3.5, §22.2). */
  private headers(): Record<string, string> {
    const { last, hop } = this;
    const { focus } = this.events;
    const before = /^\s*(\d+)/.exec(last?.get('CSeq') ?? '')?.[1];
    return {
      ...hop.headers,
      ...this.remedies.headers,
      From: last?.get('From') ?? hop.from,
      ...(last && before !== undefined
        ? { 'Call-ID': last.get('Call-ID') ?? '', CSeq: `${Number(before) + 1} INVITE` }
        : {}),
      Allow: allowedMethods,
      'Allow-Events': allowedEvents,
      Supported: 'timer, 100rel',
      ...(focus === null ? {} : calledFocus(focus, hop.uri, hop.proxy)),
      'Content-Type': 'application/sdp',
    };
  }

  private legOf(
    made: { id: string } & Pick<SipLeg['parts'], 'web' | 'anchored' | 'media' | 'exchanges'>,
    name: string,
    dialog: SipDialog,
  ): SipLeg {
    const { clock, chance, log, metrics } = this.parts;
    const agent = cleanText(agentOf(dialog));
    const asserted = this.events.focus === null ? assertedIn(answerOf(dialog)) : {};
    const who = { name, uri: this.hop.uri, agent, ...asserted };
    const common = { clock, chance, log: log.child({ call: dialog.sip.callId }), metrics };
    const source = answerOf(dialog)?.source_address ?? null;
    return new SipLeg({ ...made, ...common, who, source, weCalled: true });
  }

  /** The far end answered: the leg lives from this turn on, and takes its seat when the answer is in force. */
  private async join(legOf: (dialog: SipDialog) => SipLeg, dialog: SipDialog, description: string): Promise<void> {
    if (!this.events.claim()) {
      hangUp(dialog, elsewhere);
      throw new DialFailed(487, 'answered elsewhere');
    }
    const leg = legOf(dialog);
    // the peer's own change has to wait until the answer is in force
    void leg.glare.ours();
    leg.confirm(dialog);
    this.events.confirmed(leg, dialog);
    const { exchanges } = leg.parts;
    exchanges.hear(answerOf(dialog));
    try {
      await exchanges.accept(description);
      leg.glare.oursDone();
      if (leg.over) throw new DialFailed(487, 'hung up at once');
      leg.linesChanged();
      this.events.seat(leg);
      leg.settleIn();
    } catch (error) {
      await leg.end({ kind: 'failed', why: messageOf(error) });
      throw error;
    }
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = this.parts.clock.after(ms, resolve);
      this.fail = (error) => {
        timer.cancel();
        reject(error);
      };
    });
  }
}

/** Whether the description was the trouble, or that there was none. */
/** Browsers know FEC, and are offered it. */
function withFec(makers: MediaMakers): MediaMakers {
  const { abilities } = makers;
  return abilities.fec ? { ...makers, abilities: { ...abilities, fec: 'offer' } } : makers;
}

function isUnacceptable(error: unknown): boolean {
  return error instanceof NoAnchor || (error instanceof DialFailed && [415, 488, 606].includes(error.status));
}

/** Product of the far end as its 200 names it. */
function agentOf(dialog: SipDialog): string {
  const answer = answerOf(dialog);
  return answer?.get('User-Agent') ?? answer?.get('Server') ?? '';
}

/** The 200 that made a dialog of ours. */
function answerOf(dialog: SipDialog): { get(name: string): string | undefined; source_address?: string } | null {
  return (dialog as unknown as { res?: ReturnType<typeof answerOf> }).res ?? null;
}
