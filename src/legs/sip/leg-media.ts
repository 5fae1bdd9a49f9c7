import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import { STANDARD } from '../../media/device-profile.js';
import type { Dialect } from '../../media/dialect.js';
import { preferring, settledOn } from '../../media/abilities.js';
import type { Abilities } from '../../media/negotiate.js';
import type { Line, MediaPlane } from '../../media/plane.js';
import type { Locals, Negotiated } from '../../media/sdp-session.js';
import type {
  Direction,
  LineName,
  LowName,
  MixedCodecName,
  PassedCodecName,
  StreamName,
} from '../../media/vocabulary.js';
import { isEncrypted, isWeb, type FloorTransport, type OfferedSide } from '../../protocol/sdp/floor-rules.js';
import type { FloorDesk, ParticipantId } from '../../rooms/floor-party.js';
import type { BfcpParty, WebPlace, WebServer } from '../bfcp-party/party.js';
import { NoFloorPort } from './errors.js';
import { dataParams, iceOf, paramsOf } from './line-terms.js';
import type { Wanted } from './wanted.js';

/** What floor control of one leg is opened for; `dials` where we open its WebSocket. */
export interface FloorLeg {
  legId: string;
  web: WebPlace | null;
  dials: boolean;
}

/** What a leg's media is made from. */
export interface MediaMakers {
  plane: MediaPlane;
  abilities: Abilities;
  /** Where to bind and what to advertise towards this leg's peer. */
  address: { bind: string; advertise: string };
  /** Where floor control binds and is reached: always the peer itself, also on anchored legs. */
  floorAddress: { bind: string; advertise: string };
  /** Whether far-end camera control is taken. */
  fecc?: boolean;
  /** Whether low encodings of pictures are taken. */
  low?: boolean;
  openFloor(transport: FloorTransport, bind: string, leg: FloorLeg): Promise<BfcpParty>;
  /** Whether floor control may be encrypted. */
  floorTls?: boolean;
  /** Where the peer can open WebSockets for floor control; null where it cannot. */
  webPlace?(transport: FloorTransport): WebPlace | null;
  /** Whether we may open a WebSocket to a server that the peer names. */
  mayDial?(server: WebServer, transport: FloorTransport): boolean;
}

/** Who sits in the room. */
export interface Seated {
  id: ParticipantId;
  name: string;
}

/** What a leg's media tells. */
export interface LegMediaEvents {
  /** Floor control stands differently. */
  floor: undefined;
  /** The floor's channel has to be negotiated anew. */
  renewFloor: undefined;
}

/** A line that was opened for watching is for presenting too once the peer has floor control. */
const presenting = { content: 'sendrecv' } as const;
/** Nothing is sent on the lines of low encodings. */
const receiving = { lowVideo: 'recvonly', lowContent: 'recvonly' } as const;
const lowNames: readonly LowName[] = ['lowVideo', 'lowContent'];
const lineNames: readonly StreamName[] = ['audio', 'video', 'content', ...lowNames];

/** The ports of one leg: opened before an answer names them, given back when an exchange leaves them unused. */
export class LegMedia {
  /** Which side of floor control our offers leave to the peer; server where this is null. */
  floorSide: OfferedSide | null = null;
  /** What offers of ours try for floor control, one after the other; empty where the first offer was the peer's. */
  floorOffers: readonly FloorTransport[] = [];
  readonly lines: Record<StreamName, Line | null> = {
    ...{ audio: null, video: null, content: null },
    ...{ lowVideo: null, lowContent: null },
  };
  /** Far-end camera control. */
  fecc: Line | null = null;
  party: BfcpParty | null = null;
  /** Opened for an exchange that is not through yet. */
  private spareParty: BfcpParty | null = null;
  /** Where its floor requests stand, once the leg has its seat. */
  desk: { desk: FloorDesk; who: Seated } | null = null;
  /** How this peer wants to be dealt with. */
  dialect: Dialect = STANDARD;
  /** What we wish at most on each line. */
  readonly wishes: Partial<Record<LineName, Direction>> = {};
  private readonly limits: Partial<Record<LineName, number>> = {};
  private closed = false;
  private judged: { uri: string; may: boolean } | null = null;
  readonly on = new Emitter<LegMediaEvents>();
  private followed: BfcpParty | null = null;
  /** The floor's channel was lost: our next description asks for a new one. */
  private renewing = false;

  private abilities: Abilities;

  constructor(
    private readonly legId: string,
    private readonly makers: MediaMakers,
  ) {
    this.abilities = makers.abilities;
  }

  /**
   * From the next exchange on sound is in this codec alone, or (null) in none that cannot be mixed, but in `first` where the
   * peer offers that among others.
   */
  settleSound(passed: PassedCodecName | null, first: readonly MixedCodecName[] = []): void {
    this.abilities = preferring(settledOn(this.makers.abilities, passed), first);
  }

  /** Opens what is missing; rejects with OutOfPorts and leaves what was open before. */
  async prepare(wanted: Wanted): Promise<void> {
    const missing = lineNames.filter((name) => this.wants(wanted, name) && !this.lines[name]);
    const opening = missing.map((name) => this.open(name));
    if (this.wantsFecc(wanted) && !this.fecc) opening.push(this.open('fecc'));
    const opened = await Promise.allSettled(opening);
    const floor = this.floorOf(wanted);
    const { floorServer } = wanted;
    const dials = floorServer !== null && floorServer !== undefined;
    // an offer of ours says nothing of it and keeps what there is
    const fits = floorServer === undefined || (this.party?.dials === true) === dials;
    if (floor && !(this.party?.local.transport === floor && fits)) await this.openParty(floor, dials);
    if (this.closed) this.closeAll();
    const failure = opened.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /** What we bring into the next exchange. */
  locals(wanted: Wanted): Locals {
    const { advertise } = this.makers.floorAddress;
    const party = this.floorOf(wanted) ? (this.spareParty ?? this.party) : null;
    // what was settled on may be taken back
    const abilities = wanted.sounds ? this.makers.abilities : this.abilities;
    return {
      audio: wanted.audio ? this.localOf(this.lines.audio) : null,
      video: wanted.video ? this.localOf(this.lines.video) : null,
      content: wanted.content ? this.localOf(this.lines.content) : null,
      floor: party && {
        transport: party.local.transport,
        address: advertise,
        port: party.local.port,
        confId: party.ids.confId,
        userId: party.ids.userId,
        floorId: party.ids.floorId,
        silentVersion: this.dialect.silentVersion,
        renew: this.renewing,
        ...(this.floorSide ? { side: this.floorSide } : {}),
        fingerprint: party.fingerprint ?? null,
        tlsId: party.tlsId ?? null,
        websocketUri: party.websocketUri ?? null,
        dials: party.dials === true,
        ice: party.ice ?? null,
      },
      fecc: this.wantsFecc(wanted) ? this.localOf(this.fecc) : null,
      lowVideo: this.wants(wanted, 'lowVideo') ? this.localOf(this.lines.lowVideo) : null,
      lowContent: this.wants(wanted, 'lowContent') ? this.localOf(this.lines.lowContent) : null,
      abilities: { ...abilities, maxKbps: { ...abilities.maxKbps, ...this.limits } },
      ...(wanted.sounds ? { sounds: wanted.sounds } : {}),
      direction: {
        ...receiving,
        ...this.wishes,
        ...(wanted.floor && this.wishes.content === 'sendonly' ? presenting : {}),
      },
    };
  }

  /** Puts the outcome of an exchange into force; lines it left out are closed. */
  apply(negotiated: Negotiated, cname: string): void {
    if (this.closed) return;
    for (const name of lineNames) {
      const agreed = negotiated.lines[name];
      const line = this.lines[name];
      if (agreed && line) line.update(paramsOf(name, agreed, cname));
      else if (line) this.closeLine(name);
    }
    this.applyFecc(negotiated.fecc, cname);
    this.applyFloor(negotiated.floor);
  }

  /** The sound of an exchange that is not through; null without any. */
  preview({ lines }: Negotiated, cname: string): Line | null {
    const { audio } = this.lines;
    if (lines.audio) audio?.update(paramsOf('audio', lines.audio, cname));
    return lines.audio ? audio : null;
  }

  /** Lines of low encodings by the line of the full one. */
  get low(): Record<'video' | 'content', Line | null> {
    return { video: this.lines.lowVideo, content: this.lines.lowContent };
  }

  /** Whether low encodings of the peer's pictures are taken. */
  get takesLow(): boolean {
    return this.makers.low === true;
  }

  /** The leg sits in its room: gives floor control its desk, also when it comes later. */
  seat(desk: FloorDesk, who: Seated): void {
    this.desk = { desk, who };
    this.party?.attach(desk, who);
  }

  /** The peer holds the floor or asks for it. */
  get presents(): boolean {
    const { desk } = this;
    return desk?.desk.tickets().some(({ who }) => who === desk.who.id) ?? false;
  }

  private floorOf({ floor, floorServer }: Wanted): FloorTransport | null {
    if (floor && floorServer) return this.mayDial(floorServer, floor) ? floor : null;
    if (floor && isWeb(floor)) return this.party?.local.transport === floor || this.webPlace(floor) ? floor : null;
    return floor && isEncrypted(floor) && this.makers.floorTls !== true ? null : floor;
  }

  private mayDial(server: WebServer, transport: FloorTransport): boolean {
    const { uri } = server;
    if (this.judged?.uri !== uri) {
      this.judged = { uri, may: this.makers.mayDial?.(server, transport) === true };
    }
    return this.judged.may;
  }

  private webPlace(transport: FloorTransport): WebPlace | null {
    return isWeb(transport) ? (this.makers.webPlace?.(transport) ?? null) : null;
  }

  private wants(wanted: Wanted, name: StreamName): boolean {
    const low = name === 'lowVideo' || name === 'lowContent';
    return wanted[name] === true && (!low || this.makers.low === true);
  }

  private wantsFecc(wanted: Wanted): boolean {
    return wanted.fecc === true && this.makers.fecc === true;
  }

  private applyFecc(fecc: Negotiated['fecc'], cname: string): void {
    if (!fecc) return this.closeFecc();
    const { direction, remote, receive, send } = fecc;
    this.fecc?.update({ ...dataParams, direction, remote, data: { receive, send }, cname });
  }

  private closeFecc(): void {
    this.fecc?.close();
    this.fecc = null;
  }

  private applyFloor(floor: Negotiated['floor']): void {
    if (!floor || this.spareParty) this.dropParty();
    if (floor && this.spareParty) {
      this.party = this.spareParty;
      if (this.desk) this.party.attach(this.desk.desk, this.desk.who);
    } else this.spareParty?.close();
    this.spareParty = null;
    this.renewing = false;
    if (!floor || !this.party) return;
    this.followParty(this.party);
    const { confId, userId, floorId } = floor;
    this.party.setRemote(floor.remote, {
      transport: floor.transport,
      setup: floor.setup === 'none' ? 'passive' : floor.setup,
      version: floor.bfcpVersion,
      isNew: floor.isNew,
      tls: floor.tls ?? null,
      ice: iceOf(floor),
      ...(floor.webServer ? { webServer: floor.webServer } : {}),
      ...(floor.weAre === 'client' ? { client: { confId, userId, floorId } } : {}),
      ...(floor.host === undefined ? {} : { host: floor.host }),
    });
  }

  private followParty(party: BfcpParty): void {
    if (this.followed === party) return;
    this.followed = party;
    party.on.on('standing', () => {
      if (party !== this.party) return;
      if (party.standing.channel === 'up') this.renewing = false;
      this.on.emit('floor', undefined);
    });
    party.on.on('renew', () => {
      if (party !== this.party) return;
      this.renewing = true;
      this.on.emit('renewFloor', undefined);
    });
  }

  /** Limits what the peer may send on a line from the next exchange on, kbit/s. */
  limit(name: LineName, kbps: number): void {
    this.limits[name] = kbps;
  }

  /** Closes what an exchange that failed has opened. */
  keepOnly(wanted: Wanted): void {
    for (const name of lineNames) if (!wanted[name]) this.closeLine(name);
    if (!wanted.fecc) this.closeFecc();
    this.spareParty?.close();
    this.spareParty = null;
  }

  closeLine(name: StreamName): void {
    this.lines[name]?.close();
    this.lines[name] = null;
  }

  /** Frees every port; idempotent. */
  close(): void {
    this.closed = true;
    this.closeAll();
  }

  private closeAll(): void {
    for (const name of lineNames) this.closeLine(name);
    this.closeFecc();
    this.party?.close();
    this.spareParty?.close();
    this.party = this.spareParty = null;
  }

  /** The peer gave up its floor control: what it holds or asked for goes back (RFC 8856 §10.4). */
  private dropParty(): void {
    if (!this.party) return;
    this.party.close();
    this.party = null;
    for (const { id } of this.desk?.desk.tickets() ?? []) this.desk?.desk.release(id);
  }

  private async openParty(transport: FloorTransport, dials: boolean): Promise<void> {
    try {
      const leg = { legId: this.legId, web: this.webPlace(transport), dials };
      this.spareParty = await this.makers.openFloor(transport, this.makers.floorAddress.bind, leg);
    } catch (error) {
      throw new NoFloorPort(messageOf(error));
    }
  }

  private localOf(line: Line | null): Locals['audio'] {
    const local = line?.local;
    if (!local) return null;
    const { address, rtpPort, rtcpPort } = local;
    const { ssrc, resendSsrc } = line;
    const sender = resendSsrc === undefined ? {} : { sender: { ssrc, resendSsrc, cname: `${this.legId}@dualstream` } };
    return { address, rtpPort, rtcpPort, ...sender };
  }

  private async open(name: StreamName | 'fecc'): Promise<void> {
    const { bind, advertise } = this.makers.address;
    const kind = name === 'fecc' ? 'data' : name === 'audio' ? 'audio' : 'video';
    const line = await this.makers.plane.open({ id: `${this.legId}/${name}`, kind, bind, advertise });
    if (name === 'fecc') this.fecc = line;
    else this.lines[name] = line;
  }
}
