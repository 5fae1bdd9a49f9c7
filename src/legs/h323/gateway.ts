import { DualstreamError, messageOf } from '../../base/errors.js';
import { preferring } from '../../media/abilities.js';
import { aliasOf } from '../../protocol/h323/aliases.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';
import { createControlSession } from '../../protocol/h323/control/session.js';
import type { FeatureSet } from '../../protocol/h323/h225/schema.js';
import type { MediaTraversal } from '../../protocol/h323/h460/traversal.js';
import { RoomNotFound } from '../../rooms/errors.js';
import type { EndReason, PeerInfo } from '../../rooms/leg.js';
import type { Room } from '../../rooms/room.js';
import type { Destination } from '../admission/destination.js';
import { Entrance, type Comer } from '../admission/entrance.js';
import { strictest } from '../admission/encryption.js';
import { CallerGone, RefusedByPlan, ShuttingDown } from '../admission/errors.js';
import { offenceOf } from '../admission/offences.js';
import type { Seating } from '../admission/room-seat.js';
import type { CallFacts, Verdict, Via } from '../admission/verdict.js';
import type { FarEnd } from '../through/arrived-call.js';
import { ArrivedH323Call } from './arrived-call.js';
import { countedFaults, keysOfCaller, type AnsweredKeys, type OnKeyFault } from './call-keys.js';
import { dialledIn, uriOf } from './dialled.js';
import { NumberIncomplete } from './errors.js';
import { makeFastOffer, type FastOffer } from './fast-offer.js';
import type { ForeignGatekeeper } from './gatekeepers/foreign-gatekeeper.js';
import { leaveToAnswer, type KeptCall } from './gatekeepers/kept-call.js';
import { H323Leg } from './h323-leg.js';
import type { LegWish, OfferWish } from './leg-wish.js';
import { watchedLeg } from './leg-facts.js';
import { narrowed, widenLater } from './narrow-sound.js';
import { peerInfoOf } from './peer-info.js';
import { releaseOfError } from './reasons.js';
import { clientOf, serverFeatures, type CallTraversal } from './traversal.js';
import type { H323GatewayOptions } from './gateway-options.js';

export type { H323GatewayOptions };

/** The H.323 application: every Setup becomes a leg of a room or a refusal. */
export class H323Gateway {
  private readonly legs = new Set<H323Leg>();
  /** Callers who are being connected with somebody. */
  private readonly passing = new Set<SignalledCall>();
  private readonly entrance: Entrance<H323Leg>;
  /** Calls that a gatekeeper elsewhere gave leave to answer. */
  private readonly kept = new WeakMap<SignalledCall, KeptCall>();
  private closing = false;

  constructor(private readonly options: H323GatewayOptions) {
    this.keyFault = countedFaults(options.metrics);
    this.entrance = new Entrance({ ...options, seating: this.seating });
    options.endpoint.on.on('call', (call) => this.arrived(call));
  }

  /** Live calls. */
  get size(): number {
    return this.legs.size;
  }

  /** Proposals of fast start for a call of ours to there. Rejects when no port is free. */
  offerTo(address: string, { sounds, sealed, hidden }: OfferWish): Promise<FastOffer> {
    const { chance, plane, traversal } = this.options;
    const abilities = preferring(this.options.abilities, sounds);
    const at = this.options.addressFor(address, '', null);
    return makeFastOffer({
      ...{ legId: chance.hex(6), plane, abilities, at, sealed },
      hidden: hidden && traversal !== false,
    });
  }

  /** Calls that live or are being connected. */
  get load(): number {
    return this.legs.size + this.passing.size;
  }

  /** Whether a call of ours has this identifier: one that comes in with it has come back. */
  isOurs(callIdentifier: string): boolean {
    const { calls } = this.options.endpoint;
    return [...calls].some((one) => one.role === 'caller' && one.callIdentifier === callIdentifier);
  }

  /**
   * Connects a call that came in with a far end, whoever decided on that: the dial plan, or a gatekeeper that routes calls.
   * Ends with both connected, or with the caller refused; never rejects.
   */
  async connect(call: SignalledCall, facts: CallFacts, far: FarEnd): Promise<void> {
    const { onward, log } = this.options;
    this.passing.add(call);
    try {
      if (!onward) throw new RefusedByPlan(403, '');
      await onward().through.connect(new ArrivedH323Call(call, facts, this), far);
    } catch (error) {
      if (error instanceof CallerGone || call.state === 'released') return;
      if (!(error instanceof DualstreamError)) log.error({ error: messageOf(error) }, 'A call could not be answered');
      this.refuse(call, error);
    } finally {
      this.passing.delete(call);
    }
  }

  /** Makes the leg of a call, whose H.245 begins as soon as it can; without keys when it is told to. */
  legOf(call: SignalledCall, who: PeerInfo, how: LegWish): H323Leg {
    const { keys, offer = null, sounds = [], agreed = false } = how;
    const { clock, chance, log, metrics, plane, fecc } = this.options;
    const wide = preferring(this.options.abilities, sounds);
    // who proposes by fast start chooses of what we take of that
    const narrow = agreed && call.proposals.length === 0 ? narrowed(wide, sounds) : null;
    const id = offer?.legId ?? chance.hex(6);
    const session = createControlSession({ link: call.control, clock, chance });
    const at = { address: () => this.addressOf(call), traversal: this.traversalOf(call) };
    const makers = { plane, abilities: narrow ?? wide, fecc, ...at };
    if (narrow) widenLater(session, makers, wide, () => leg.ours());
    const leg: H323Leg = new H323Leg({
      id,
      who,
      call,
      clock,
      chance,
      metrics,
      offer,
      log: log.child({ call: call.callIdentifier }),
      ...{ session, makers },
    });
    this.kept.get(call)?.media(leg);
    if (keys) leg.begin(keys);
    return leg;
  }

  /** The leg is one of the gateway's until it ends. */
  keep(leg: H323Leg): void {
    if (leg.over) return;
    this.options.calls?.answered(watchedLeg(leg));
    this.legs.add(leg);
    this.measure();
    leg.on.on('ended', () => {
      this.legs.delete(leg);
      this.measure();
    });
    if (this.closing) void leg.end({ kind: 'shutdown' });
  }

  /** How H.323 calls take their seats. */
  readonly seating: Seating<H323Leg> = {
    check(leg, room) {
      if (room.settings.srtp === 'required') leg.demandEncryption();
    },
    sourceOf: (leg) => leg.parts.call.path?.remote.address ?? '',
    seated: (leg, room, participant) => {
      leg.sit(participant);
      this.options.calls?.seated(leg.id, room.name, participant.id);
    },
  };

  /** Ends every call and refuses new ones; idempotent. */
  async close(why: EndReason = { kind: 'shutdown' }): Promise<void> {
    this.closing = true;
    await Promise.all([...this.legs].map((leg) => leg.end(why)));
    await this.options.endpoint.close();
  }

  private arrived(call: SignalledCall): void {
    const { metrics } = this.options;
    metrics.count('dualstream_h323_setups_total');
    if (this.sentAway(call)) return;
    try {
      if (this.closing) throw new ShuttingDown();
      const owner = this.options.gatekeepers?.ownerOf(call);
      if (owner) void this.takeByLeave(owner, call);
      else this.take(call);
    } catch (error) {
      this.failed(call, error);
    }
  }

  /** The gatekeeper of ours whose call it is has to agree (H.323 §8.1.2). */
  private async takeByLeave(owner: ForeignGatekeeper, call: SignalledCall): Promise<void> {
    call.proceeding();
    try {
      this.kept.set(call, await leaveToAnswer(owner, call));
      if (this.closing) throw new ShuttingDown();
      if (call.state !== 'released') this.take(call, { name: owner.name, gatekeeper: owner.isFrom(call) });
    } catch (error) {
      this.failed(call, error);
    }
  }

  private failed(call: SignalledCall, error: unknown): void {
    const { log } = this.options;
    if (!(error instanceof DualstreamError)) log.error({ error: messageOf(error) }, 'A call could not be answered');
    this.refuse(call, error);
  }

  /** Who may not come in is told nothing else. */
  private sentAway(call: SignalledCall): boolean {
    const address = sourceOf(call);
    const agent = peerInfoOf(call, null).agent;
    const verdict = this.options.door?.screen({ address, transport: 'tcp', method: 'INVITE', agent }) ?? 'take';
    if (verdict === 'take') return false;
    call.release(verdict === 'drop' ? { reason: 'securityDenied' } : { reason: 'adaptiveBusy' });
    return true;
  }

  /** @throws DualstreamError for who is to be refused */
  private take(call: SignalledCall, via?: Via): void {
    call.proceeding({ features: this.featuresFor(call) });
    const facts = this.factsOf(call, via);
    const verdict: Verdict =
      facts.uri === '' ? { kind: 'ivr', room: null, role: 'participant' } : this.options.decide(facts);
    const device = this.deviceFor(call, verdict);
    if (device) return void this.connect(call, facts, device);
    if (verdict?.kind === 'forward') return this.forward(call, facts, verdict);
    const to = this.destinationOf(verdict, facts, call);
    to.ready();
    const keys = this.keysOf(call, to.room);
    const leg = this.legOf(call, peerInfoOf(call, to.name), { keys });
    try {
      if (to.asks) this.askLater(leg, to);
      else to.take(leg);
    } catch (error) {
      leg.refuse({ kind: 'failed', why: messageOf(error) }, releaseOfError(error));
      this.note(facts.source, error);
      return;
    }
    const name = to.room?.name ?? 'Dualstream';
    const features = this.featuresFor(call);
    const { tokens } = keys;
    void leg.connect({ display: name, aliases: [aliasOf(name)], features, tokens }).then(() => this.keep(leg));
  }

  /**
   * A registered device calls another one: by its own name before anything else, by a prefix where the dial plan knows
   * nobody, as the gatekeeper has told it. The others do not get there by themselves.
   */
  private deviceFor(call: SignalledCall, verdict: Verdict): FarEnd | null {
    const { devices, onward } = this.options;
    const { name } = dialledIn(call);
    const caller = devices?.callerOf(call);
    const to = name === null ? null : devices?.locate(name);
    if (!onward || !caller || name === null || !to || to.device === caller) return null;
    if (to.byPrefix && verdict !== null) return null;
    return { ...onward().farEnds.of(null, `h323:${encodeURIComponent(name)}`), free: true };
  }

  /** By the rules of listener and room. @throws EncryptionRequired, EncryptionRefused, KeyFault */
  keysOf(call: SignalledCall, room: Room | null): AnsweredKeys {
    const { chance, srtpOf } = this.options;
    const policy = strictest((call.path && srtpOf?.(call.path.local)) ?? null, room?.settings.srtp ?? 'optional');
    return keysOfCaller(policy, call.peer.tokens, chance, this.keyFault);
  }

  /** Counts keys of peers that could not be used. */
  readonly keyFault: OnKeyFault;

  private factsOf(call: SignalledCall, via: Via | undefined): CallFacts {
    const { name, alias } = dialledIn(call);
    const { bare, listenerOf } = this.options;
    return {
      uri: uriOf(name ?? bare ?? ''),
      alias,
      source: sourceOf(call),
      transport: 'h323',
      listener: (call.path && listenerOf?.(call.path.local)) ?? null,
      // by the password that its registration was proved with
      user: this.options.devices?.callerOf(call)?.account ?? null,
      via,
    };
  }

  private forward(call: SignalledCall, facts: CallFacts, to: Extract<Verdict, { kind: 'forward' }>): void {
    const { onward } = this.options;
    if (!onward) throw new RefusedByPlan(403, '');
    void this.connect(call, facts, onward().farEnds.of(to.trunk, to.to));
  }

  private destinationOf(
    verdict: Exclude<Verdict, { kind: 'forward' }>,
    facts: CallFacts,
    call: SignalledCall,
  ): Destination<H323Leg> {
    const comer: Comer = { facts, grant: null, name: null, hears: true };
    switch (verdict?.kind) {
      case undefined:
        throw mayDialOn(call) ? new NumberIncomplete() : new RoomNotFound(facts.uri);
      case 'room':
        if (verdict.pin !== undefined) this.options.calls?.secret(call.callIdentifier, verdict.pin);
        return this.entrance.admit(verdict, comer);
      case 'ivr':
        return this.entrance.ask(verdict, comer);
      case 'reject':
        throw new RefusedByPlan(verdict.status, verdict.reason);
      case 'authenticate':
        throw new RefusedByPlan(403, '');
    }
  }

  /** A voice can ask when there is sound; without any the leg ends by itself. */
  private askLater(leg: H323Leg, to: Destination<H323Leg>): void {
    const lines = leg.on.on('lines', () => {
      if (!leg.lines.audio) return;
      lines.dispose();
      try {
        to.take(leg);
      } catch (error) {
        leg.refuse({ kind: 'failed', why: messageOf(error) }, releaseOfError(error));
      }
    });
  }

  /** Features of our answers. */
  featuresFor(call: SignalledCall): FeatureSet | undefined {
    return this.clientOf(call) ? this.features : undefined;
  }

  private get features(): FeatureSet {
    return serverFeatures(this.options.shared !== undefined);
  }

  private traversalOf(call: SignalledCall): CallTraversal {
    const { chance, shared } = this.options;
    return {
      client: () => this.clientOf(call),
      shared: () => shared?.(this.addressOf(call).bind) ?? null,
      identifier: () => chance.int(1, 0xffffffff),
    };
  }

  private clientOf(call: SignalledCall): MediaTraversal | null {
    return this.options.traversal === false ? null : clientOf(call);
  }

  private addressOf(call: SignalledCall): { bind: string; advertise: string } {
    // devices may have an address of their own for H.245, and their media there
    const path = call.control.path ?? call.path;
    const arrival = call.role === 'callee' ? (call.path?.local ?? null) : null;
    return this.options.addressFor(path?.remote.address ?? '', path?.local.address ?? '', arrival);
  }

  private refuse(call: SignalledCall, error: unknown): void {
    call.release(releaseOfError(error));
    this.note(sourceOf(call), error);
  }

  /** Whoever calls without end gets one line a second. */
  private note(source: string, error: unknown): void {
    const { defence, log, metrics } = this.options;
    const label = error instanceof DualstreamError ? error.verdict.label : 'internal';
    metrics.count('dualstream_h323_refused_total', { reason: label });
    const offence = offenceOf(error);
    if (offence) defence?.offence(source, offence, false);
    const line = defence ? defence.line(source) : { held: 0 };
    const fields = { from: source, reason: messageOf(error).replace(/\*[^@;>\s]+/g, '*...') };
    if (line) log.info(line.held > 0 ? { ...fields, ...line } : fields, 'call refused');
  }

  private measure(): void {
    const { metrics, gatekeepers, mostCalls } = this.options;
    metrics.gauge('dualstream_h323_legs', this.legs.size);
    if (mostCalls !== undefined) gatekeepers?.load(this.load, mostCalls);
  }
}

function sourceOf({ path }: SignalledCall): string {
  return path?.remote.address ?? '';
}

/** Digits of which more may come (H.225.0 canOverlapSend): what there is was dialled at once, and is not enough. */
function mayDialOn({ setup, called }: SignalledCall): boolean {
  return setup?.canOverlapSend === true && called.aliases.every((alias) => alias.dialledDigits !== undefined);
}
