import type { Disposable } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import { aliasOf } from '../../protocol/h323/aliases.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';
import type { FeatureSet } from '../../protocol/h323/h225/schema.js';
import { isPassed } from '../../media/passed-sound.js';
import type { Line } from '../../media/plane.js';
import type { AudioCodecName } from '../../media/vocabulary.js';
import { LoopDetected, type EarlySound, type Passage } from '../../rooms/dialer.js';
import type { EndReason, Leg, PeerInfo } from '../../rooms/leg.js';
import type { Room } from '../../rooms/room.js';
import { CallerGone } from '../admission/errors.js';
import { roomSeat, type Seating } from '../admission/room-seat.js';
import type { CallFacts } from '../admission/verdict.js';
import type { ArrivedCall } from '../through/arrived-call.js';
import type { AnsweredKeys } from './call-keys.js';
import { chooseSound, isOpen } from './choose-sound.js';
import { H323Leg } from './h323-leg.js';
import type { LegWish } from './leg-wish.js';
import { meetSound } from './meet-sound.js';
import { peerInfoOf } from './peer-info.js';
import { passedIn } from './passed-sound.js';
import { endOf, releaseOfError } from './reasons.js';
import { soundOf } from './sound-wait.js';
import { deviceSounds } from './told-sound.js';

/** Gatekeepers and gateways that a call may pass (H.225.0 hopCount), where its caller does not say. */
const mostHops = 31;

/** What makes a leg of a call. */
export interface LegMaker {
  legOf(call: SignalledCall, who: PeerInfo, how: LegWish): H323Leg;
  /** What its tokens come to in this room. @throws EncryptionRequired, EncryptionRefused, KeyFault */
  keysOf(call: SignalledCall, room: Room | null): AnsweredKeys;
  keep(leg: H323Leg): void;
  readonly seating: Seating<H323Leg>;
  /** What we offer the caller of H.460. */
  featuresFor(call: SignalledCall): FeatureSet | undefined;
  /** Whether a call of ours has this identifier. */
  isOurs(callIdentifier: string): boolean;
}

/** An H.323 caller who goes on to somebody else. */
export class ArrivedH323Call implements ArrivedCall {
  readonly from: string;
  readonly sounds: ArrivedCall['sounds'];
  readonly later: boolean;
  readonly caller: ArrivedCall['caller'];
  private rings = false;
  /** Its leg, where there is one before the answer. */
  private begun: H323Leg | null = null;

  constructor(
    private readonly call: SignalledCall,
    readonly facts: CallFacts,
    private readonly gateway: LegMaker,
  ) {
    const { name, uri } = peerInfoOf(call, null);
    this.sounds = [...passedIn(call.proposals), ...deviceSounds];
    this.later = call.proposals.length === 0;
    this.from = uri;
    const user = userOf(facts.user ?? call.peer.number, uri);
    this.caller = call.peer.hidden ? { name: 'Anonymous', user: 'anonymous' } : { name, user };
  }

  passage(): Passage {
    if (this.gateway.isOurs(this.call.callIdentifier)) throw new LoopDetected('it was sent out from here');
    const hops = (this.call.setup?.hopCount ?? mostHops) - 1;
    if (hops < 1) throw new LoopDetected('it passed too many places (hopCount)');
    return { hops, breadth: 60, path: [] };
  }

  ringing(): void {
    if (this.rings) return;
    this.rings = true;
    this.call.alerting();
  }

  progress(): void {
    if (!this.rings) this.call.progress({}, false);
  }

  /**
   * By the channels of fast start, or of H.245 where the caller has begun it: its device gets the indicator that there is
   * something to hear. One that begins slowly can have no sound before the answer (H.323 §8.1.7.2, §8.2.4).
   */
  async early(far: Line, rings: boolean): Promise<EarlySound | null> {
    const { call } = this;
    if ((call.proposals.length === 0 && !call.controlOffered) || call.setup?.mediaWaitForConnect) return null;
    const sounds = soundsIn(far);
    // what it is only passed on in nobody may have
    if (this.later && sounds.some(isPassed)) return null;
    const leg = (this.begun = this.begin(sounds));
    if (!leg) return null;
    const opened = await leg.fastAnswer();
    const fast = opened.fastStart !== undefined && opened.fastStart.length > 0;
    if (!fast) {
      if (rings) this.ringing();
      call.startControl();
    }
    const line = await soundOf(leg);
    if (!line || call.state === 'active') return null;
    if (rings && !this.rings) this.call.alerting(opened);
    else this.call.progress(opened);
    this.rings ||= rings;
    return { leg: leg.id, line, keys: leg };
  }

  /** The leg, before the answer; null where its media may be encrypted, which begins with the answer. */
  private begin(sounds: readonly AudioCodecName[]): H323Leg | null {
    const { call, gateway } = this;
    const keys = gateway.keysOf(call, null);
    if (keys.secret !== null || keys.required) return null;
    return gateway.legOf(call, peerInfoOf(call, null), { keys, sounds, agreed: true });
  }

  onGone(told: (why: EndReason) => void): Disposable {
    return this.call.on.on('released', (release) => told(endOf(release)));
  }

  async answer(room: Room, far: () => Promise<Leg>): Promise<Leg> {
    const { call, gateway } = this;
    const other = await far();
    if (call.state === 'released') throw new CallerGone();
    const keys = gateway.keysOf(call, room);
    const unsaid = other instanceof H323Leg && other.parts.session.state === 'new' ? other : null;
    const sound = this.later ? other.sound : undefined;
    const open = sound !== undefined && isOpen(sound);
    const leg = this.begun ?? this.legFor(other, unsaid !== null || open, keys);
    try {
      roomSeat(gateway.seating, { room, role: 'participant', grant: null, name: null }).take(leg);
    } catch (error) {
      leg.refuse({ kind: 'failed', why: messageOf(error) }, releaseOfError(error));
      throw error;
    }
    const { identity, name: display } = other.who;
    const who = identity === 'hidden' ? {} : { display, aliases: [aliasOf(connectedOf(other))] };
    await leg.connect({ ...who, features: gateway.featuresFor(call), tokens: keys.tokens });
    gateway.keep(leg);
    if (unsaid) void meetSound(leg, unsaid);
    else if (open) void chooseSound(leg, other, sound);
    else void sound?.settle(sound.has);
    return leg;
  }

  /** A leg that has begun H.245, unless it `waits` for what sound is settled on with the far end. */
  private legFor(other: Leg, waits: boolean, keys: AnsweredKeys): H323Leg {
    const { call, gateway } = this;
    const who = peerInfoOf(call, null);
    if (!waits) return gateway.legOf(call, who, { keys, sounds: soundsIn(other.lines.audio), agreed: true });
    const leg = gateway.legOf(call, who, { keys: null, sounds: deviceSounds });
    leg.agreed(keys);
    return leg;
  }
}

/** What the far end is sent, so that it need not be mixed. */
function soundsIn(line: Line | null): AudioCodecName[] {
  return (line?.params?.send ?? []).flatMap((format) => (format.kind === 'audio' ? [format.name] : []));
}

/** A name or number that any protocol takes as it is. */
function userOf(...wished: string[]): string {
  const users = wished.map((one) => one.replace(/^(?:h323|sips?):/i, '').replace(/@.*$/, ''));
  return users.find((one) => /^\+?\w[\w.*~!-]{0,63}$/.test(one)) ?? 'anonymous';
}

/** Who answered, as an alias: the user part of its address. */
function connectedOf({ who }: Leg): string {
  return /^(?:sips?|h323|tel):([^@;]+)/i.exec(who.uri)?.[1] ?? who.name;
}
