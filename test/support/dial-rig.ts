import assert from 'node:assert/strict';
import { systemChance } from '../../src/base/ids.js';
import type { CallFacts, Decide, Verdict } from '../../src/legs/admission/verdict.js';
import { ownPlaces, type DialRules } from '../../src/legs/sip/dial-targets.js';
import { SipDialer, type Binding } from '../../src/legs/sip/dialer.js';
import { Forwarder } from '../../src/legs/sip/forward.js';
import { LoopMark } from '../../src/legs/sip/loop-mark.js';
import type { Caller } from '../../src/legs/sip/reception.js';
import { Referrals } from '../../src/legs/sip/refer.js';
import { Trunks, type TrunkSettings } from '../../src/legs/sip/trunks.js';
import { CallThrough } from '../../src/legs/through/call-through.js';
import { FarEnds } from '../../src/legs/through/far-ends.js';
import { UserDialer, type Branch } from '../../src/legs/through/user-dialer.js';
import { DialOut } from '../../src/rooms/dial-out.js';
import type { Dialer } from '../../src/rooms/dialer.js';
import type { FloorTransport } from '../../src/protocol/sdp/floor-rules.js';
import { floorIdentity } from './bfcp.js';
import { describePeer } from './offers.js';
import type { Seen, SipPeer } from './sip-peer.js';
import { roomOf, startSipRig, type RigOptions, type SipRig } from './sip-rig.js';

const here = '127.0.0.1';

/** What connects callers with others than rooms. */
export interface Onward {
  through: CallThrough;
  farEnds: FarEnds;
}

/** A rig whose rooms may call, and what came of it. */
export interface DialRig extends SipRig {
  dialer: SipDialer;
  dialOut: DialOut;
  trunks: Trunks;
  loops: LoopMark;
  /** Whether callers may go out by a rule. */
  trust: { on: boolean };
  /** Who is registered, by name. */
  bindings: Map<string, Binding[]>;
  /** `participant.ringing` and the like of the room, in order, e.g. `called 1`, `rings 1`, `failed 1 486 Busy Here`. */
  story(room: string): string[];
}

/** Who is the boss is a moderator. */
function decide({ uri, user }: CallFacts): Verdict {
  const room = roomOf(uri);
  if (room?.kind === 'room' && user === 'boss') return { ...room, role: 'moderator' };
  return forwardOf(uri) ?? room;
}

/** Users of tests say who they are, and are believed. */
function callerOf(name: string | undefined): Caller {
  return name === undefined ? { kind: 'anonymous' } : { kind: 'user', user: { name, display: null } };
}

/** A rule of the dial plan: what begins with 9 goes to the trunk `main`. */
function forwardOf(uri: string): Verdict {
  const [, to] = /^sips?:9(\+?[\w*.%]+)[;@]/.exec(uri) ?? [];
  return to === undefined ? null : { kind: 'forward', trunk: 'main', to };
}

/** What a trunk is like where a test says nothing. */
export function trunkOf(name: string, peers: readonly SipPeer[], more: Partial<TrunkSettings> = {}): TrunkSettings {
  const servers = peers.map(({ local }, index) => ({
    ...{ host: here, port: local.port, transport: 'udp' as const },
    ...{ priority: index + 1, weight: 1 },
  }));
  const who = { credentials: null, domain: null, fromUser: null };
  const limits = { register: false, expires: 3600, optionsMs: 0, maxCalls: 100, sources: [], keying: 'none' as const };
  return { name, servers, ...who, ...limits, ...more };
}

/** Starts one. Any user at 127.0.0.1 may be called; `trunks` is asked for the settings once peers can be made. */
export async function startDialRig(
  options: {
    rules?: Partial<DialRules>;
    perRoom?: number;
    trunks?: (rig: SipRig) => Promise<TrunkSettings[]>;
    srtp?: 'off' | 'sips' | 'required';
    encryption?: RigOptions['encryption'];
    /** Over what floor control is offered. */
    floorOffers?: FloorTransport[];
    /** The gateway knows its address as its own. */
    ownAddress?: boolean;
    /** Rules before those of the rig. */
    plan?: Decide;
    /** Dialers of other protocols. */
    others?: (rig: SipRig, onward: () => Onward) => Promise<Dialer[]>;
    /** Devices of other protocols that users have registered. */
    devicesOf?: (user: string) => Promise<readonly Branch[]>;
  } = {},
): Promise<DialRig> {
  const late: { forwarder?: Forwarder; referrals?: Referrals } = {};
  let sipPort = 0;
  const loops = new LoopMark(systemChance.hex(8), (host, port) => host === here && port === sipPort);
  const rig = await startSipRig({
    ...(options.encryption ? { encryption: options.encryption } : {}),
    ...(options.floorOffers ? { floorIdentity: await floorIdentity('gateway') } : {}),
    more: {
      loops,
      decide: (facts) => options.plan?.(facts) ?? decide(facts),
      callers: {
        identify: (request) => Promise.resolve(callerOf(request.get('X-User'))),
        challenge: () => ({ status: 401, headers: {} }),
      },
      referrals: { attach: (leg, facts, door) => late.referrals?.attach(leg, facts, door) },
      forward: (call) => late.forwarder?.forward(call) ?? Promise.reject(new Error('too early')),
    },
  });
  sipPort = Number(/:(\d+)/.exec(rig.uri('x').slice(4))?.[1]);
  const { parts, clock, metrics } = rig;
  if (options.floorOffers) parts.floorOffers = options.floorOffers;
  const trunks = new Trunks((await options.trunks?.(rig)) ?? [], parts);
  const bindings = new Map<string, Binding[]>();
  const own = options.ownAddress === true ? [here] : [];
  const isOwn = ownPlaces(['gateway.example'], own, (port) => port === sipPort);
  const dialer = new SipDialer({
    parts,
    trunks,
    loops,
    rules: { targets: [`*@${here}`], numbers: [], ...options.rules },
    isOwn,
    bindingsOf: (user) => Promise.resolve(bindings.get(user) ?? []),
    srtp: options.srtp ?? 'sips',
    srtpBy: 'sdes',
    ringMs: 60_000,
    adopt: (leg) => rig.gateway.adopt(leg),
    conference: () => rig.gateway.conference,
  });
  const trust = { on: true };
  const { chance } = parts;
  const others: Dialer[] = (await options.others?.(rig, () => ({ through, farEnds }))) ?? [];
  const users = new UserDialer(dialer, (user) => options.devicesOf?.(user) ?? Promise.resolve([]));
  const dialers = [users, dialer, ...others];
  const farEnds: FarEnds = new FarEnds(dialer, dialers);
  const through = new CallThrough({ chance, metrics, rooms: rig.rooms, trusts: () => trust.on });
  late.forwarder = new Forwarder({
    ...{ parts, loops, through, farEnds },
    adopt: (leg) => rig.gateway.adopt(leg),
  });
  const dialOut = new DialOut({ dialers, clock, log: parts.log, metrics, perRoom: options.perRoom ?? 5 });
  const { log } = parts;
  const seated: typeof parts.seated = (leg, room, one) => {
    parts.seated(leg, room, one);
    rig.gateway.conference.seated(leg, room);
  };
  late.referrals = new Referrals({ rooms: rig.rooms, dialOut, seated, isOwn, who: 'moderator', decide, log, metrics });
  const stories = new Map<string, string[]>();
  const story = (name: string): string[] => {
    const known = stories.get(name);
    if (known) return known;
    const lines: string[] = [];
    stories.set(name, lines);
    const { on } = rig.room(name);
    on.on('participantRinging', ({ id, ringing }) => lines.push(`${ringing ? 'rings' : 'called'} ${id}`));
    on.on('participantFailed', ({ id, status, reason }) => lines.push(`failed ${id} ${status} ${reason}`));
    on.on('participantJoined', ({ id }) => lines.push(`joined ${id}`));
    on.on('participantLeft', ({ id, reason }) => lines.push(`left ${id} ${reason}`));
    return lines;
  };
  const close = async (): Promise<void> => {
    await trunks.close();
    await rig.close();
  };
  return { ...rig, trust, dialer, dialOut, trunks, loops, bindings, story, close };
}

/** What a peer answers that takes everything. */
export function takesAll(offer: Seen, version = 1): string {
  const floor = /^m=application [1-9]/m.test(offer.text) ? ('UDP' as const) : null;
  const content = (offer.text.match(/^m=video [1-9]/gm) ?? []).length > 1 ? 'sendrecv' : null;
  const video = /^m=video [1-9]/m.test(offer.text) ? 'sendrecv' : null;
  return describePeer({ version, video, content, floor })
    .replace('c-s', 'c-only')
    .replace(/a=floorid.*\r\n/, '');
}

/** Address of a raw peer. */
export function addressOf({ local, transport }: SipPeer, user = 'bob'): string {
  return `sip:${user}@${here}:${local.port}${transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`}`;
}

/** A call as the raw peer that was called sees it. */
export class CalledPeer {
  /** CSeq of the last request of this side. */
  private n = 0;

  constructor(
    readonly peer: SipPeer,
    readonly invite: Seen,
  ) {}

  /** Waits for a call. */
  static async by(peer: SipPeer): Promise<CalledPeer> {
    return new CalledPeer(peer, await peer.expect('INVITE '));
  }

  get contact(): string {
    return `Contact: <${addressOf(this.peer)}>`;
  }

  header(name: string): string {
    return this.invite.message.headers.get(name) ?? '';
  }

  progress(status: string, tag = 'peer'): void {
    this.peer.answer(this.invite, status, [this.contact], '', tag);
  }

  /** Answers; resolves when that is acknowledged. */
  async take(sdp = takesAll(this.invite), tag = 'peer'): Promise<Seen> {
    this.peer.answer(this.invite, '200 OK', [this.contact], sdp, tag);
    return this.peer.expect('ACK ', (seen) => this.isMine(seen));
  }

  /** Refuses; resolves when that is acknowledged. */
  async refuse(status: string, extra: string[] = []): Promise<Seen> {
    this.peer.answer(this.invite, status, extra);
    const cseq = this.header('cseq').split(' ')[0] ?? '';
    return this.peer.expect('ACK ', (seen) => this.isMine(seen) && seen.text.includes(`CSeq: ${cseq} ACK`));
  }

  /** The next request in this call. */
  request(method: string): Promise<Seen> {
    return this.peer.expect(`${method} `, (seen) => this.isMine(seen));
  }

  /** The other side hangs up. */
  async ends(): Promise<Seen> {
    const bye = await this.request('BYE');
    this.peer.answer(bye, '200 OK');
    return bye;
  }

  /** This side hangs up; resolves with the answer. */
  bye(tag = 'peer'): Promise<Seen> {
    return this.ask('BYE', [], tag);
  }

  /** A request of this side within the call; resolves with the answer. */
  async ask(method: string, extra: string[] = [], tag = 'peer', body = '', type = ''): Promise<Seen> {
    const n = (this.n += 1);
    const { transport, local } = this.peer;
    const target = /<([^>]+)>/.exec(this.header('contact'))?.[1];
    assert.ok(target);
    const lines = [
      `${method} ${target} SIP/2.0`,
      `Via: SIP/2.0/${transport} ${here}:${local.port};branch=z9hG4bK${method}${n}${this.header('call-id')};rport`,
      'Max-Forwards: 70',
      `From: ${this.header('to')};tag=${tag}`,
      `To: ${this.header('from')}`,
      `Call-ID: ${this.header('call-id')}`,
      `CSeq: ${n} ${method}`,
      ...(method === 'BYE' ? [] : [this.contact]),
      ...extra,
    ];
    this.peer.send(lines, body, type);
    return this.peer.expect('SIP/2.0 ', (seen) => seen.text.includes(`CSeq: ${n} ${method}`) && this.isMine(seen));
  }

  /** Offers anew; resolves with the final response, acknowledged. */
  async reoffer(sdp: string, tag = 'peer'): Promise<Seen> {
    const n = (this.n += 1);
    const { transport, local } = this.peer;
    const target = /<([^>]+)>/.exec(this.header('contact'))?.[1] ?? '';
    const lines = (method: string, branch: string): string[] => [
      `${method} ${target} SIP/2.0`,
      `Via: SIP/2.0/${transport} ${here}:${local.port};branch=z9hG4bK${branch}${this.header('call-id')};rport`,
      'Max-Forwards: 70',
      `From: ${this.header('to')};tag=${tag}`,
      `To: ${this.header('from')}`,
      `Call-ID: ${this.header('call-id')}`,
      `CSeq: ${n} ${method}`,
    ];
    this.peer.send([...lines('INVITE', `again${n}`), this.contact], sdp);
    const isFinal = (seen: Seen): boolean => / [2-6]\d\d /.test(seen.start) && seen.text.includes(`CSeq: ${n} INVITE`);
    const final = await this.peer.expect('SIP/2.0 ', (seen) => isFinal(seen) && this.isMine(seen));
    this.peer.send(lines('ACK', / 2\d\d /.test(final.start) ? `acked${n}` : `again${n}`));
    return final;
  }

  private isMine(seen: Seen): boolean {
    return seen.message.headers.get('call-id') === this.header('call-id');
  }
}
