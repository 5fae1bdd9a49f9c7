import type { BfcpAccess, EventMessage, SessionAnswer } from '../services/api/contract.js';
import { api } from './api.js';
import { Call, type CallListener } from './call/call.js';
import { h264Codecs, type CallTracks } from './call/description-handler.js';
import type { LowWanted } from './call/low-pictures.js';
import { RoomEvents } from './events.js';
import { Floor, type FloorListener } from './floor.js';

/** Who wants to be where. */
export interface Ticket {
  room: string;
  name: string;
  pin: string;
}

/** What a visit tells. */
export interface VisitListener extends CallListener {
  event(event: EventMessage): void;
  floor: FloorListener;
}

/** One call with all that belongs to it: the gateway's token, the room's events, floor control. */
export class Visit {
  floor: Floor | null = null;
  private session: SessionAnswer | null = null;
  private call: Call | null = null;
  private events: RoomEvents | null = null;
  private floorUrl = '';
  private closed = false;

  constructor(
    private readonly ticket: Ticket,
    private readonly tracks: () => CallTracks,
    private readonly listener: VisitListener,
    /** Token of the visit that broke, so that what it held is given back. */
    private readonly resume: string | null = null,
  ) {}

  /** Null before the gateway let us in. */
  get token(): string | null {
    return this.session?.token ?? null;
  }

  /** Takes the way in up to the call. Throws ApiError, NoH264, NoTransport; what comes later the listener hears. */
  async open(): Promise<void> {
    h264Codecs();
    const { room, name, pin } = this.ticket;
    const session = await api<SessionAnswer>('POST', '/session', {
      ...{ room, name },
      ...(pin === '' ? {} : { pin }),
      ...(this.resume === null ? {} : { resume: this.resume }),
    });
    if (this.closed) return;
    this.session = session;
    this.call = new Call(session, this.tracks(), this.listener);
    this.events = new RoomEvents(session.eventsUrl, (event) => this.listener.event(event));
    await this.call.start();
  }

  /** Opens floor control when its address came with the events, and again with a new one. */
  followFloor(access: BfcpAccess | null): void {
    if (this.closed || !access || access.url === this.floorUrl) return;
    this.floorUrl = access.url;
    this.floor?.close();
    this.floor = new Floor(access, this.listener.floor);
  }

  /** REST about this room in the name of this visit. Throws ApiError. */
  ask<T>(method: string, path: string, body?: unknown, keepalive = false): Promise<T> {
    const { room = this.ticket.room, token } = this.session ?? {};
    return api<T>(method, `/rooms/${encodeURIComponent(room)}${path}`, body, {
      keepalive,
      ...(token === undefined ? {} : { token }),
    });
  }

  async present(track: MediaStreamTrack | null): Promise<void> {
    await this.call?.present(track);
  }

  async replace(kind: 'audio' | 'video', track: MediaStreamTrack | null): Promise<void> {
    await this.call?.replace(kind, track);
  }

  /** Low encodings of what is sent are wanted, or not any more. */
  lower(wanted: LowWanted): void {
    this.call?.lower(wanted);
  }

  async leave(): Promise<void> {
    await this.call?.leave();
  }

  /** Ends what goes on beside the call; its last picture stays. Idempotent. */
  close(): void {
    this.closed = true;
    this.events?.close();
    this.floor?.close();
  }

  /** Gives up the call's pictures too. */
  release(): void {
    this.close();
    this.call?.release();
  }
}
