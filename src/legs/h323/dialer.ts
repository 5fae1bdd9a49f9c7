import type { Timer } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { Chance } from '../../base/ids.js';
import type { SrtpPolicy } from '../../media/keying.js';
import { isIP } from 'node:net';
import { aliasOf } from '../../protocol/h323/aliases.js';
import type { DialOptions, Release, SignalledCall, SignallingEndpoint } from '../../protocol/h323/call/contract.js';
import { causes } from '../../protocol/h323/q931-names.js';
import { outgoingPolicy } from '../admission/encryption.js';
import { DialFailed, LoopDetected, type Dialer, type Dialling, type DialRequest } from '../../rooms/dialer.js';
import type { EndReason } from '../../rooms/leg.js';
import { CallerKeys, plainCall, type CallKeys } from './call-keys.js';
import { readH323Target, type H323Address, type H323DialRules, type H323Target } from './dial-target.js';
import type { Devices } from './devices/devices.js';
import { closeLines, type FastOffer } from './fast-offer.js';
import type { ForeignGatekeepers } from './gatekeepers/foreign-gatekeepers.js';
import { KeptCall } from './gatekeepers/kept-call.js';
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
export interface H323DialerOptions {
  endpoint: Pick<SignallingEndpoint, 'dial' | 'numbers'>;
  gateway: Pick<H323Gateway, 'legOf' | 'keep' | 'seating' | 'offerTo' | 'keyFault'>;
  rules: H323DialRules;
  /** Devices that registered with us; by default none. */
  devices?: Pick<Devices, 'locate' | 'call' | 'asksFor' | 'seek'> | undefined;
  /** Gatekeepers elsewhere that we are registered with; by default none. */
  gatekeepers?: Pick<ForeignGatekeepers, 'get'> | undefined;
  /** An address of a host; the name itself when none is found. */
  lookup: (host: string) => Promise<string>;
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

/** Where a call goes. */
interface Place {
  /** An IP literal. */
  host: string;
  /** What is asked for there; null for nothing in particular. */
  asked: string | null;
  dial(how: DialOptions): SignalledCall;
  /** The leave of a gatekeeper, where there was one to ask. */
  kept?: KeptCall;
}

/** Places calls of rooms and of callers who go on, by H.323. */
export class H323Dialer implements Dialer {
  readonly schemes = ['h323'];

  constructor(private readonly options: H323DialerOptions) {}

  /** @throws BadTarget, TargetNotAllowed, LoopDetected, EncryptionRefused */
  dial(request: DialRequest): Dialling {
    const { room, to, passed } = request;
    const { rules, devices, srtp } = this.options;
    const policy = outgoingPolicy(srtp, room.settings.srtp ?? 'optional', 'h323.dialOut.srtp');
    const knows = (name: string): boolean => (devices?.locate(name) ?? null) !== null;
    const asksFor = (name: string): boolean => devices?.asksFor(name) ?? false;
    const targets = passed ? ['*@*'] : rules.targets;
    const target = readH323Target(to, { ...rules, targets, asksFor }, knows);
    const attempt = new Attempt(this.options, request, policy);
    return { done: attempt.run(target), cancel: (why) => attempt.cancel(why) };
  }
}

const usualStart: StartSettings = { fastStart: false, tunnelling: true, earlyH245: false };

/** One call of ours until it is answered. */
class Attempt {
  private call: SignalledCall | null = null;
  private given: EndReason | null = null;
  private readonly bag = new Disposables();
  private readonly start: StartSettings;
  private readonly keys: CallerKeys;
  /** Nothing may be plain, so that media waits for the answer. */
  private readonly required: boolean;
  private begun = false;

  constructor(
    private readonly options: H323DialerOptions,
    private readonly request: DialRequest,
    policy: SrtpPolicy,
  ) {
    const { start = usualStart, chance } = options;
    const early = start.fastStart || (start.earlyH245 && start.tunnelling);
    const required = (this.required = policy === 'required');
    // both begin before there are keys: what is required goes before how a call begins, and that before what may be
    this.start = required ? { ...start, fastStart: false, earlyH245: false } : start;
    this.keys = new CallerKeys(early && !required ? 'off' : policy, chance);
  }

  /** Resolves when the leg is seated. Rejects with DialFailed, RoomFull and the like. */
  async run(target: H323Target): Promise<void> {
    const { start, keys } = this;
    const { gateway } = this.options;
    const sounds = this.request.passed?.sounds ?? [];
    const place = await this.placeOf(target);
    if (this.given) {
      place.kept?.end();
      throw new DialFailed(487, 'given up');
    }
    const offer = start.fastStart ? await gateway.offerTo(place.host, sounds) : null;
    if (this.given) {
      place.kept?.end();
      if (offer) closeLines(offer.lines);
      throw new DialFailed(487, 'given up');
    }
    const call = place.dial(this.how(place.asked, start, offer));
    this.call = call;
    const leg = gateway.legOf(call, peerInfoOf(call, null), { keys: keys.offered ? null : plainCall, offer, sounds });
    place.kept?.media(leg);
    try {
      await this.answered(call, leg);
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
  cancel(why: EndReason): void {
    this.given ??= why;
    this.call?.release(releaseOf(why));
  }

  private placeOf(target: H323Target): Place | Promise<Place> {
    switch (target.kind) {
      case 'name':
        return this.device(target.name);
      case 'elsewhere':
        return this.elsewhere(target.registration, target.to);
      case 'beside':
        return this.beside(target.name);
      case 'address':
        return this.address(target);
    }
  }

  /** By leave of a gatekeeper elsewhere, which says where the call goes. Rejects with RasRefused, RasSilent. */
  private async elsewhere(registration: string, to: string): Promise<Place> {
    const { endpoint, gatekeepers } = this.options;
    const owner = gatekeepers?.get(registration);
    if (!owner) throw new DialFailed(503, `there is no registration ${registration}`);
    const kept = new KeptCall(owner.take());
    try {
      const numbers = endpoint.numbers();
      const asked = await owner.admit({
        ...{ ...numbers, ...kept.hooks, answerCall: false, destination: [aliasOf(to)] },
      });
      kept.admitted(asked);
      const { address, destination, remoteExtension: extension, endpointIdentifier } = asked.admission;
      if (!address) throw new DialFailed(404, 'the gatekeeper gave no address');
      const by = { ...(endpointIdentifier === null ? {} : { endpointIdentifier }) };
      const dial: Place['dial'] = (how) => {
        const setup = { ...how.setup, ...by };
        const call = endpoint.dial(address, {
          ...how,
          numbers,
          destination,
          setup,
          ...(extension ? { extension } : {}),
        });
        kept.follow(call);
        return call;
      };
      return { host: address.address, asked: to, dial, kept };
    } catch (error) {
      kept.end();
      throw error;
    }
  }

  /** A device that registered with us. */
  private device(name: string): Place {
    const { devices } = this.options;
    const location = devices?.locate(name);
    if (!devices || !location) throw new DialFailed(480, `nobody is registered as ${name}`);
    const host = (location.address ?? location.device.ras).address;
    return { host, asked: location.dialled, dial: (how) => devices.call(location, how) };
  }

  /** Where a gatekeeper beside ours has it. Rejects with RasRefused, RasSilent, LoopDetected. */
  private async beside(name: string): Promise<Place> {
    const { devices, endpoint, rules } = this.options;
    const found = await devices?.seek(name, this.sender.source ?? []);
    if (!found) throw new DialFailed(480, `nobody is registered as ${name}`);
    const { address, destination, extension } = found;
    if (rules.isOwn(address.address, address.port)) throw new LoopDetected(`${name} is sent back to this gateway`);
    const to = { destination, ...(extension ? { extension } : {}) };
    return { host: address.address, asked: name, dial: (how) => endpoint.dial(address, { ...how, ...to }) };
  }

  private async address({ user, host, port }: H323Address): Promise<Place> {
    const { endpoint, lookup } = this.options;
    const address = isIP(host) === 0 ? await lookup(host) : host;
    if (isIP(address) === 0) throw new DialFailed(404, `${host} has no address`);
    return { host: address, asked: user, dial: (how) => endpoint.dial({ address, port }, how) };
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
      ...(start.earlyH245 && start.tunnelling ? { early: offer ? 'parallel' : 'h245Control' } : {}),
    };
  }

  private answered(call: SignalledCall, leg: H323Leg): Promise<void> {
    const { clock, ringMs } = this.options;
    return new Promise((resolve, reject) => {
      const timer = clock.after(this.request.ringMs ?? ringMs, () => {
        reject(new DialFailed(408, 'nobody answered'));
        call.release({ cause: causes.noAnswer, why: 'nobody answered' });
      });
      this.bag.defer(() => timer.cancel());
      this.bag.add(call.on.on('alerting', () => this.request.ringing()));
      this.hear(call, leg);
      this.bag.add(call.on.on('released', (release) => reject(this.failure(release))));
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
      if (sends && line && line.params?.receive.length) request.early?.({ leg: leg.id, line }, false);
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
    if (this.begun) return;
    this.begun = true;
    if (this.keys.offered) leg.begin(this.keysOf(call));
  }

  private seat(call: SignalledCall, leg: H323Leg): void {
    const { gateway } = this.options;
    this.bag.dispose();
    leg.who = peerInfoOf(call, null);
    try {
      this.beginMedia(call, leg);
      gateway.seating.check(leg, this.request.room);
      gateway.keep(leg);
      gateway.seating.seated(leg, this.request.room, this.request.seat(leg));
    } catch (error) {
      void leg.end({ kind: 'failed', why: messageOf(error) });
      throw error;
    }
  }

  /** @throws EncryptionRequired, KeyFault where the callee has no keys and media must have some */
  private keysOf(call: SignalledCall): CallKeys {
    try {
      return this.keys.answered(call.peer.tokens, this.options.gateway.keyFault);
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
