import type { Timer } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { Chance } from '../../base/ids.js';
import type { SrtpPolicy } from '../../media/keying.js';
import { aliasOf } from '../../protocol/h323/aliases.js';
import type { DialOptions, Release, ReleaseRequest, SignalledCall } from '../../protocol/h323/call/contract.js';
import { causes } from '../../protocol/h323/q931-names.js';
import type { Registered } from '../../protocol/h323/ras/contract.js';
import { outgoingPolicy } from '../admission/encryption.js';
import { DialFailed, type Dialer, type Dialling, type DialRequest } from '../../rooms/dialer.js';
import type { EndReason } from '../../rooms/leg.js';
import { offersKeys } from '../../protocol/h323/h235/key-exchange.js';
import { CallerKeys, plainCall } from './call-keys.js';
import { Places, type Place, type PlaceParts, type PlaceTarget, type WayThere } from './dial-places.js';
import { readH323Target } from './dial-target.js';
import { closeLines, type FastOffer } from './fast-offer.js';
import type { H323Gateway } from './gateway.js';
import type { H323Leg } from './h323-leg.js';
import { peerInfoOf } from './peer-info.js';
import { releaseOf, statusOf } from './reasons.js';

/** How calls of ours begin; what a callee does not take of it is done without. */
export interface StartSettings {
  /** Media is proposed in the Setup (H.323 §8.1.7). */
  fastStart: boolean;
  /** H.245 goes within call signalling (§8.2.1). */
  tunnelling: boolean;
  /** H.245 begins in the Setup, beside fast start where there is one (§8.2.4); needs tunnelling. */
  earlyH245: boolean;
}

/** What calls of ours are made with. */
export interface H323DialerOptions extends PlaceParts {
  gateway: Pick<H323Gateway, 'legOf' | 'keep' | 'seating' | 'offerTo' | 'keyFault'>;
  /** Longest ringing, milliseconds. */
  ringMs: number;
  /** What the bearer of our calls says, kbit/s. */
  kbps: number;
  start?: StartSettings | undefined;
  /** The one address of ours that calls leave from, where everything is bound to it: H.245 is listened for there too. */
  from?: string | undefined;
  /** Whether media is encrypted: never, where the peer can, or always; a room with a rule of its own may be stricter. */
  srtp: SrtpPolicy;
  chance: Chance;
  clock: { after(ms: number, fn: () => void): Timer };
}

/** Gatekeepers and gateways that a Setup can be let pass (H.225.0 hopCount). */
const mostHops = 31;

/** Places calls of rooms and of callers who go on, by H.323. */
export class H323Dialer implements Dialer {
  readonly schemes = ['h323'];

  constructor(private readonly options: H323DialerOptions) {}

  /** @throws BadTarget, TargetNotAllowed, LoopDetected, EncryptionRefused */
  dial(request: DialRequest): Dialling {
    const { to, passed } = request;
    const { rules, devices } = this.options;
    const knows = (name: string): boolean => (devices?.locate(name) ?? null) !== null;
    const asksFor = (name: string): boolean => devices?.asksFor(name) ?? false;
    const targets = passed ? ['*@*'] : rules.targets;
    return this.begin(readH323Target(to, { ...rules, targets, asksFor }, knows), request);
  }

  /** By a registration of ours, as by a trunk. @throws BadTarget, EncryptionRefused */
  viaTrunk(registration: string, to: string, request: DialRequest): Dialling {
    this.options.gatekeepers?.get(registration);
    return this.begin({ kind: 'elsewhere', registration, to }, request);
  }

  /** A device that registered with us. @throws EncryptionRefused */
  toDevice(device: Registered, request: DialRequest): Dialling {
    return this.begin({ kind: 'device', device }, request);
  }

  private begin(target: PlaceTarget, request: DialRequest): Dialling {
    const { srtp } = this.options;
    const policy = outgoingPolicy(srtp, request.room.settings.srtp ?? 'optional', 'h323.dialOut.srtp');
    const attempt = new Attempt(this.options, request, policy);
    return {
      done: attempt.run(target),
      cancel: (why) => attempt.cancel(why, releaseOf(why)),
      lose: () =>
        attempt.cancel({ kind: 'left' }, { cause: causes.nonSelectedUserClearing, why: 'answered elsewhere' }),
    };
  }
}

const usualStart: StartSettings = { fastStart: false, tunnelling: true, earlyH245: false };

/** One call of ours until it is answered. */
class Attempt {
  private call: SignalledCall | null = null;
  private given: EndReason | null = null;
  private readonly giving = new AbortController();
  /** Somebody is there: nobody else is tried. */
  private reached = false;
  private failed: Release | null = null;
  /** Of the way that is tried. */
  private bag = new Disposables();
  private readonly start: StartSettings;
  private readonly keys: CallerKeys;
  /** Nothing may be plain, so that media waits for the answer. */
  private readonly required: boolean;
  /** What the callee made of our half keys was settled. */
  private keyed = false;
  /** H.245 of ours begins when the caller's device has said what it takes, which others see to (`meetSound`). */
  private readonly waits: boolean;

  constructor(
    private readonly options: H323DialerOptions,
    private readonly request: DialRequest,
    policy: SrtpPolicy,
  ) {
    this.required = policy === 'required';
    this.start = options.start ?? usualStart;
    this.waits = request.passed?.later === true && !this.start.fastStart && !this.early;
    this.keys = new CallerKeys(policy, options.chance);
  }

  /** Resolves when the leg is seated. Rejects with DialFailed, RoomFull and the like. */
  async run(target: PlaceTarget): Promise<void> {
    const places = new Places(this.options);
    const place = await this.unlessGiven(places.of(target, this.sender.source, this.giving.signal));
    try {
      await this.tryWays(place);
    } catch (error) {
      place.kept?.end(this.failed?.cause);
      throw error;
    }
  }

  /** What was asked for, but for who gives up meanwhile: it is given back then, when it comes. */
  private unlessGiven(asked: Promise<Place>): Promise<Place> {
    const { signal } = this.giving;
    return new Promise((resolve, reject) => {
      const given = (): void => reject(new DialFailed(487, 'given up'));
      signal.addEventListener('abort', given, { once: true });
      asked.then((place) => {
        if (signal.aborted) place.kept?.end();
        else resolve(place);
      }, reject);
    });
  }

  private async tryWays(place: Place): Promise<void> {
    for (const [index, way] of place.ways.entries()) {
      try {
        return await this.ring(place, way);
      } catch (error) {
        if (this.given || this.reached || index === place.ways.length - 1) throw error;
      }
    }
  }

  private async ring(place: Place, way: WayThere): Promise<void> {
    const { start, keys } = this;
    const { gateway } = this.options;
    const sounds = this.request.passed?.sounds ?? [];
    const { host, hidden = false } = way;
    const sealed = keys.offered;
    // H323Plus behind NAT does not outlive encrypted proposals
    const fast = start.fastStart && !(hidden && sealed);
    const offer = fast ? await gateway.offerTo(host, { sounds, hidden, sealed }) : null;
    if (this.given) {
      if (offer) closeLines(offer.lines);
      throw new DialFailed(487, 'given up');
    }
    const call = way.dial({ ...this.how(place.asked, start, offer), numbers: place.numbers });
    this.call = call;
    place.kept?.carry(call);
    this.bag = new Disposables();
    this.keyed = false;
    let leg: H323Leg | null = null;
    // before the leg hears of the same
    this.bag.add(call.on.on('fastStart', () => leg && this.agreeEarly(call, leg)));
    leg = gateway.legOf(call, peerInfoOf(call, null), { keys: null, offer, sounds });
    this.begin(leg);
    place.kept?.media(leg);
    try {
      await this.answered(call, leg);
      place.kept?.follow(call);
    } finally {
      this.bag.dispose();
    }
  }

  /** Who calls: the room, or somebody whose call is passed on. */
  private get sender(): Pick<DialOptions, 'source' | 'display' | 'callingNumber' | 'setup'> {
    const { room, passed } = this.request;
    if (!passed) return { source: [aliasOf(room.name)], display: room.name };
    const { name, user } = passed.caller;
    const number = /^\+?(\d{1,32})$/.exec(user)?.[1];
    return {
      source: [aliasOf(user)],
      display: name,
      ...(number === undefined ? {} : { callingNumber: number }),
      setup: { hopCount: Math.max(1, Math.min(mostHops, passed.passage.hops)) },
    };
  }

  /** Gives up; an answer that crosses is hung up. */
  cancel(why: EndReason, how: ReleaseRequest): void {
    this.given ??= why;
    this.giving.abort();
    this.call?.release(how);
  }

  private how(name: string | null, start: StartSettings, offer: FastOffer | null): DialOptions {
    return {
      ...this.sender,
      destination: name === null ? [] : [aliasOf(name)],
      bearerKbps: this.options.kbps,
      tunnelling: start.tunnelling,
      localAddress: this.options.from,
      tokens: this.keys.tokens,
      ...(offer ? { fastStart: offer.channels } : {}),
      ...(this.early ? { early: offer ? 'parallel' : 'h245Control' } : {}),
    };
  }

  /** H.245 waits for the answer where that tells what keys there are, unless it goes with the Setup. */
  private begin(leg: H323Leg): void {
    const { keys, required } = this;
    if (!keys.offered) return this.waits ? leg.agreed(plainCall) : leg.begin(plainCall);
    leg.keys.expect(required);
    if (this.early) leg.start();
  }

  /** H.245 goes with the Setup. */
  private get early(): boolean {
    return this.start.earlyH245 && this.start.tunnelling;
  }

  private answered(call: SignalledCall, leg: H323Leg): Promise<void> {
    const { clock, ringMs } = this.options;
    return new Promise((resolve, reject) => {
      const timer = clock.after(this.request.ringMs ?? ringMs, () => {
        this.reached = true;
        reject(new DialFailed(408, 'nobody answered'));
        call.release({ cause: causes.noAnswer, why: 'nobody answered' });
      });
      this.bag.defer(() => timer.cancel());
      for (const sign of ['proceeding', 'alerting', 'progress'] as const)
        this.bag.add(call.on.on(sign, () => (this.reached = true)));
      this.bag.add(call.on.on('alerting', () => this.request.ringing()));
      this.hear(call, leg);
      this.bag.add(
        call.on.on('released', (release) => {
          this.failed = release;
          // whom no connection leads to, or who says nothing at all, is not there
          this.reached ||= release.by !== 'connection' && release.by !== 'timer';
          reject(this.failure(release));
        }),
      );
      this.bag.add(
        call.on.on('connected', () => {
          try {
            this.seat(call, leg);
            resolve();
          } catch (error) {
            reject(error instanceof Error ? error : new Error(messageOf(error)));
          }
        }),
      );
    });
  }

  /** What it sends before it answers: by fast start, or by H.245, which begins then. */
  private hear(call: SignalledCall, leg: H323Leg): void {
    const { request } = this;
    if (!request.early)
      return void this.bag.add(call.on.on('progress', ({ inBand: sound }) => request.progress?.({ sound })));
    let sends = false;
    const early = (): void => {
      const { audio: line } = leg.lines;
      if (sends && line && line.params?.receive.length) request.early?.({ leg: leg.id, line, keys: leg }, false);
    };
    this.bag.add(leg.on.on('lines', early));
    this.bag.add(
      call.on.on('progress', ({ inBand }) => {
        sends ||= inBand;
        early();
        request.progress?.({ sound: inBand });
        if (!inBand || leg.lines.audio || this.required) return;
        this.beginMedia(call, leg);
        call.startControl();
      }),
    );
  }

  /** Media may begin: what was agreed on about encryption by now is what counts. */
  private beginMedia(call: SignalledCall, leg: H323Leg): void {
    this.agree(call, leg);
    leg.start();
  }

  private seat(call: SignalledCall, leg: H323Leg): void {
    const { gateway } = this.options;
    this.reached = true;
    this.bag.dispose();
    leg.who = peerInfoOf(call, null);
    try {
      if (this.waits) this.agree(call, leg);
      else this.beginMedia(call, leg);
      gateway.seating.check(leg, this.request.room);
      gateway.keep(leg);
      gateway.seating.seated(leg, this.request.room, this.request.seat(leg));
    } catch (error) {
      void leg.end({ kind: 'failed', why: messageOf(error) });
      throw error;
    }
  }

  /** Its half key may come with what it took of our fast start, or else with Connect. */
  private agreeEarly(call: SignalledCall, leg: H323Leg): void {
    if (!offersKeys(call.peer.tokens)) return;
    try {
      this.agree(call, leg);
    } catch {
      // the call is released, which says why
    }
  }

  /** @throws EncryptionRequired, KeyFault where the callee has no keys and media must have some */
  private agree(call: SignalledCall, leg: H323Leg): void {
    if (this.keyed || !this.keys.offered) return;
    this.keyed = true;
    try {
      leg.agreed(this.keys.answered(call.peer.tokens, this.options.gateway.keyFault));
    } catch (error) {
      call.release({ reason: 'securityDenied', why: messageOf(error) });
      throw error;
    }
  }

  private failure(release: Release): DialFailed {
    if (this.given) return new DialFailed(487, 'given up');
    const status = statusOf(release);
    // statuses of ours mean what they say: no server has sent them (RFC 3398 §7.2.4.1)
    return new DialFailed(status, release.why, status);
  }
}
