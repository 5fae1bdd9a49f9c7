import { messageOf } from '../../base/errors.js';
import type { Secure } from '../../media/negotiate.js';
import { PASSED_SOUNDS } from '../../media/passed-sound.js';
import type { AudioCodecName, PassedCodecName } from '../../media/vocabulary.js';
import { DialFailed, LoopDetected, type Dialer, type Dialling, type DialRequest } from '../../rooms/dialer.js';
import type { EndReason } from '../../rooms/leg.js';
import type { Participant } from '../../rooms/participant.js';
import type { Room } from '../../rooms/room.js';
import type { ConferenceEvents } from './conference-events.js';
import { readTarget, type DialRules, type IsOwn } from './dial-targets.js';
import type { EarlyEvents } from './early-answer.js';
import type { GatewayParts } from './gateway-parts.js';
import type { LoopMark, PassedOn } from './loop-mark.js';
import type { Hop, OutgoingLimits } from './outgoing-call.js';
import { isWebSocket, type Reach } from './reach.js';
import { RingingGroups, type Place, type RingingPlan } from './ringing-groups.js';
import type { SipLeg } from './sip-leg.js';
import { outgoingPolicy } from '../admission/encryption.js';
import type { Caller, Trunks } from './trunks.js';

/** Where a registered device is, as the registrar tells. */
export type Binding = Pick<Reach, 'uri' | 'nextHop' | 'transport' | 'address' | 'instance' | 'reachable' | 'q'>;

/** What the SIP dialer works with. */
export interface SipDialerOptions {
  parts: GatewayParts;
  trunks: Trunks;
  rules: DialRules;
  loops: LoopMark;
  isOwn: IsOwn;
  /** Devices of a registered user; none when it is not there. */
  bindingsOf: (user: string) => Promise<readonly Binding[]>;
  /** Whether media is encrypted: never, on `sips:` calls, or always. */
  srtp: 'off' | 'sips' | 'required';
  /** By keys in descriptions, or by DTLS. */
  srtpBy: Exclude<Secure, 'none'>;
  ringMs: number;
  /** The leg is one of the gateway's now. */
  adopt(leg: SipLeg): void;
  /** Tells devices the roster of the room that called them. */
  conference(): Pick<ConferenceEvents, 'confirmed' | 'seated'>;
}

/** A call through a trunk. */
export interface TrunkCall extends EarlyEvents {
  trunk: string;
  to: string;
  caller: Caller;
  headers: PassedOn;
  room: Room;
  /** The room itself calls, and not somebody through it. */
  focus: boolean;
  /** Codecs of sound that are offered first. */
  sounds: readonly AudioCodecName[];
  /** Codecs that are only passed on and are offered last. */
  passing: readonly PassedCodecName[];
  seat(leg: SipLeg): Participant;
  ringing: (status: number, sound: boolean) => void;
}

/** Who calls where: a room of ours, or somebody whose call is passed on. */
interface Sender {
  caller: Caller;
  headers: PassedOn;
  /** The room itself calls. */
  focus: boolean;
}

/** Until the far end says anything: a device by its address, and one server of several. */
const firstMs = { device: 10_000, server: 4_000 };
/** After these the next server of a trunk is tried. */
const notReached = new Set([0, 408, 430, 500, 502, 503, 504]);

/** Places calls of rooms by SIP, and of forwarded callers through trunks. */
export class SipDialer implements Dialer {
  readonly schemes = ['sip', 'sips', 'tel', 'user'];

  constructor(private readonly options: SipDialerOptions) {}

  /** @throws BadTarget, TargetNotAllowed, TooManyCalls, EncryptionRefused */
  dial(request: DialRequest): Dialling {
    const { rules, isOwn } = this.options;
    const { room, passed } = request;
    const target = readTarget(request.to, passed ? { ...rules, targets: ['*@*'] } : rules, isOwn);
    if (target.kind === 'trunk') return this.viaTrunk(target.trunk, target.to, request);
    const { caller, headers, focus } = this.senderOf(request);
    const seat = (leg: SipLeg): Participant => request.seat(leg);
    const told = { ...earlyOf(request), ringing: ringingOf(request) };
    const events = this.eventsFor({ room, seat, focus, ...soundsOf(request), ...told });
    const limits = this.limits(firstMs.device, request.ringMs);
    const plan = { name: request.to, events, limits };
    const from = `${quoted(caller.name)} <sip:${caller.user}@localhost>`;
    const hop = (uri: string, host: string, secret: boolean): Hop => ({
      ...{ uri, host, from, headers, proxy: null, credentials: null },
      keying: this.keying(uri, room),
      secret,
    });
    if (target.kind === 'uri') {
      const { uri, host, secure } = target;
      const first = hop(uri, host, secure);
      return this.start({ ...plan, groups: [[{ hop: first }]], goesOn: () => false });
    }
    const nobody =
      target.kind === 'own'
        ? new LoopDetected(`${target.uri} is an address of this gateway`)
        : new DialFailed(480, `nobody is registered as ${target.user}`);
    return this.startLater(async () => {
      const bindings = target.user === '' ? [] : await this.options.bindingsOf(target.user);
      const groups = groupsOf(bindings, hop);
      if (groups.length === 0) throw bindings.length === 0 ? nobody : new DialFailed(430, flowGone);
      return { ...plan, groups, goesOn: ({ status }) => status < 600 };
    });
  }

  /** @throws BadTarget, TooManyCalls, EncryptionRefused */
  viaTrunk(trunk: string, to: string, request: DialRequest): Dialling {
    const { room, ringMs } = request;
    const seat = (leg: SipLeg): Participant => request.seat(leg);
    const told = { ...earlyOf(request), ringing: ringingOf(request) };
    const call = { trunk, to, room, seat, ...soundsOf(request), ...this.senderOf(request), ...told };
    return this.throughTrunk(call, ringMs);
  }

  private senderOf({ room, passed }: DialRequest): Sender {
    const { loops } = this.options;
    if (passed) return { caller: passed.caller, headers: loops.headersOf(passed.passage, passed.place), focus: false };
    return { caller: { name: room.name, user: room.name }, headers: loops.begin(`room:${room.name}`), focus: true };
  }

  /** @throws BadTarget, TooManyCalls, EncryptionRefused */
  private throughTrunk(call: TrunkCall, ringMs?: number): Dialling {
    const { metrics } = this.options.parts;
    const trunk = this.options.trunks.get(call.trunk);
    const encrypts = trunk.settings.keying === 'none' ? 'off' : 'required';
    outgoingPolicy(encrypts, call.room.settings.srtp ?? 'optional', `srtp of the trunk ${trunk.name}`);
    const release = trunk.take();
    const seat = (leg: SipLeg): Participant => {
      const participant = call.seat(leg);
      leg.on.on('ended', release);
      return participant;
    };
    const places = trunk.order().map((server): Place[] => [
      {
        hop: trunk.hop(server, call.to, call.caller, call.headers),
        unreached: (why, retryMs) => server.failed(why, retryMs),
        reached: () => server.reached(),
      },
    ]);
    const dialling = this.start({
      name: call.to,
      groups: places,
      goesOn: ({ status }) => {
        if (!notReached.has(status)) return false;
        metrics.count('dualstream_trunk_failovers_total', { trunk: trunk.name });
        return true;
      },
      // a trunk does not say where else the call goes
      events: { ...this.eventsFor({ ...call, seat }), follow: () => null },
      limits: this.limits(firstMs.server, ringMs),
    });
    dialling.done.catch(release);
    return dialling;
  }

  private start(plan: RingingPlan): Dialling {
    return this.startLater(() => Promise.resolve(plan));
  }

  private startLater(planned: () => Promise<RingingPlan>): Dialling {
    let ringing: RingingGroups | null = null;
    let given: EndReason | null = null;
    const run = async (): Promise<void> => {
      const plan = await planned();
      if (given) throw new DialFailed(487, 'given up');
      ringing = new RingingGroups(this.options.parts, plan);
      await ringing.run();
    };
    const cancel = (why: EndReason): void => {
      given ??= why;
      ringing?.cancel(why);
    };
    const lose = (): void => {
      given ??= { kind: 'left' };
      ringing?.lose();
    };
    return { done: run(), cancel, lose };
  }

  private eventsFor({
    room,
    seat,
    ringing,
    focus,
    sounds,
    passing,
    early,
    earlyOver,
  }: Omit<TrunkCall, 'trunk' | 'to' | 'caller' | 'headers'>): RingingPlan['events'] {
    return {
      ...{ sounds, passing, early, earlyOver },
      focus: focus ? room.name : null,
      ringing: (status, sound) => {
        if (status >= 180) ringing(status, sound);
      },
      confirmed: (leg, dialog) => {
        if (focus) this.options.conference().confirmed(leg, dialog);
      },
      seat: (leg) => {
        if (room.settings.srtp === 'required') leg.parts.exchanges.requireEncryption();
        this.options.adopt(leg);
        this.options.parts.seated(leg, room, seat(leg));
        if (focus) this.options.conference().seated(leg, room);
      },
      follow: (uri) => this.follow(uri),
    };
  }

  /** Where a device sends its callers must be allowed as if it had been called. */
  private follow(uri: string): Pick<Hop, 'uri' | 'host'> | null {
    const { rules, isOwn, parts } = this.options;
    try {
      const target = readTarget(uri, rules, isOwn);
      return target.kind === 'uri' ? { uri: target.uri, host: target.host } : null;
    } catch (error) {
      parts.log.info({ reason: messageOf(error) }, 'a redirection was not followed');
      return null;
    }
  }

  /** @throws EncryptionRefused when the room's rule is against it */
  private keying(uri: string, room: Room): Secure {
    const { srtp, srtpBy } = this.options;
    const calls = srtp === 'sips' ? (/^sips:/i.test(uri) ? 'required' : 'optional') : srtp;
    return outgoingPolicy(calls, room.settings.srtp ?? 'optional') === 'required' ? srtpBy : 'none';
  }

  private limits(first: number, ringMs = this.options.ringMs): OutgoingLimits {
    return { firstMs: Math.min(first, ringMs), ringMs };
  }
}

/** What an INVITE's provisional responses tell who asked for the call; a room is told of nothing but ringing. */
function ringingOf(request: DialRequest): TrunkCall['ringing'] {
  return (status, sound) => {
    if (status === 180 || !request.progress) request.ringing();
    else request.progress({ sound });
  };
}

/**
 * What sound is offered. Who keeps to the order of an offer sends what can be mixed, and says whether it has what is only
 * passed on; it is asked to change to that, or away from it, when the caller's device has said what it has.
 */
function soundsOf({ passed }: DialRequest): Pick<TrunkCall, 'sounds' | 'passing'> {
  return { sounds: passed?.sounds ?? [], passing: passed?.later === true ? PASSED_SOUNDS : [] };
}

/** Rooms hear nobody before the answer. */
function earlyOf(request: DialRequest): EarlyEvents {
  return {
    early: (sound, rings) => request.early?.(sound, rings),
    earlyOver: (leg) => request.earlyOver?.(leg),
  };
}

/** A display name as From has it. */
function quoted(name: string): string {
  return `"${name.replace(/["\\\r\n]/g, '')}"`;
}

const flowGone = 'the connection it registered by is gone';

/**
 * All devices of one preference together (RFC 3261 §16.6: by falling q), each by its best way; then the other ways of
 * each, and last those whose way is known to be gone. What hangs on a WebSocket has no other way than that.
 */
function groupsOf(bindings: readonly Binding[], hop: (uri: string, host: string, secret: boolean) => Hop): Place[][] {
  const callable = bindings.filter((one) => one.reachable || !isWebSocket(one)).slice(0, 10);
  const groups: Binding[][] = [];
  for (const binding of callable) {
    const free = (group: Binding[]): boolean =>
      group.every((one) => one.reachable === binding.reachable && one.q === binding.q && differs(one, binding));
    const group = groups.find(free);
    if (group) group.push(binding);
    else groups.push([binding]);
  }
  return groups.map((group) =>
    group.map((binding) => {
      const { uri, nextHop, transport } = binding;
      const secret = transport === 'tls' || transport === 'wss';
      return { hop: { ...hop(uri, mediaHost(binding), secret), proxy: nextHop, webSocket: isWebSocket(binding) } };
    }),
  );
}

/** What our media addresses are chosen for: the contact of a browser is no host (RFC 7118 §5.1). */
function mediaHost(binding: Binding): string {
  if (isWebSocket(binding)) return binding.address;
  return /^<?sips?:(?:[^@,>]*@)?(\[[^\]]+\]|[^:;?>]+)/i.exec(binding.nextHop ?? binding.uri)?.[1] ?? '';
}

function differs(a: Binding, b: Binding): boolean {
  return a.instance === null || a.instance !== b.instance;
}
