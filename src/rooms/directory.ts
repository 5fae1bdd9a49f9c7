import type { Timer } from '../base/clock.js';
import { Emitter, type Events } from '../base/events.js';
import { RoomClosed, RoomNotFound } from './errors.js';
import type { EndReason } from './leg.js';
import { Room, type RoomSettings, type RoomTools } from './room.js';

/** How rooms come and go. */
export interface DirectorySettings {
  /** Rooms that always exist. */
  permanent: readonly RoomSettings[];
  /** What a room made on the fly is like; null when none may be. */
  adHoc: Pick<RoomSettings, 'capacity' | 'policy' | 'srtp'> | null;
  /** How long an empty ad-hoc room stays, milliseconds. */
  graceMs: number;
  /** Most rooms at a time. */
  limit: number;
}

/** Raised by the directory. */
export interface DirectoryEvents {
  opened: { room: Room };
  closed: { name: string };
}

/** 1..64 letters, digits, dots, dashes and underscores; case does not matter. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The rooms `demo` and `echo` that every installation has, with the given capacity and floor policy. */
export function shippedRooms(like: Pick<RoomSettings, 'capacity' | 'policy' | 'srtp'>): RoomSettings[] {
  const base = { ...like, permanent: true, pin: null };
  return [
    { ...base, name: 'demo', mode: 'conference' },
    { ...base, name: 'echo', mode: 'echo' },
  ];
}

/** Every room of the gateway by name. */
export class RoomDirectory {
  readonly on: Events<DirectoryEvents>;
  private readonly events = new Emitter<DirectoryEvents>();
  private readonly rooms = new Map<string, Room>();
  private readonly hidden = new Set<Room>();
  private readonly fading = new Map<Room, Timer>();
  private isClosed = false;

  constructor(
    private readonly settings: DirectorySettings,
    private readonly tools: RoomTools,
  ) {
    this.on = this.events;
    for (const room of settings.permanent) this.add(room);
  }

  find(name: string): Room | null {
    return this.rooms.get(name.toLowerCase()) ?? null;
  }

  /** Whether `open` would succeed. */
  canOpen(name: string): boolean {
    if (this.isClosed) return false;
    if (this.find(name)) return true;
    return (
      this.settings.adHoc !== null && namePattern.test(name.toLowerCase()) && this.rooms.size < this.settings.limit
    );
  }

  /**
   * Finds a room or makes an ad-hoc one, which closes when it stays empty; somebody is on the way in, so an empty one
   * waits its whole time again. Throws RoomNotFound, RoomClosed.
   */
  open(name: string): Room {
    if (this.isClosed) throw new RoomClosed(name);
    const found = this.find(name);
    if (found) {
      this.stay(found);
      this.fade(found);
      return found;
    }
    if (!this.settings.adHoc || !this.canOpen(name)) throw new RoomNotFound(name);
    const room = this.add({
      ...this.settings.adHoc,
      name: name.toLowerCase(),
      permanent: false,
      mode: 'conference',
      pin: null,
    });
    this.fade(room);
    return room;
  }

  /** A room that nobody finds, lists or enters otherwise, e.g. for the two ends of a forwarded call. */
  openHidden(name: string): Room {
    if (this.isClosed) throw new RoomClosed(name);
    const room = new Room(
      { name, permanent: false, capacity: 2, policy: 'latest-takes-over', mode: 'conference', pin: null, relays: true },
      this.tools,
    );
    this.hidden.add(room);
    room.on.on('closed', () => this.hidden.delete(room));
    return room;
  }

  list(): Room[] {
    return [...this.rooms.values()];
  }

  /** Ends every call and room; idempotent. */
  async close(why: EndReason): Promise<void> {
    this.isClosed = true;
    for (const timer of this.fading.values()) timer.cancel();
    this.fading.clear();
    await Promise.all([...this.list(), ...this.hidden].map((room) => room.close(why)));
  }

  private add(settings: RoomSettings): Room {
    const room = new Room(settings, this.tools);
    this.rooms.set(settings.name, room);
    room.on.on('participantJoined', () => {
      this.stay(room);
      this.measure();
    });
    room.on.on('participantLeft', () => {
      this.fade(room);
      this.measure();
    });
    room.on.on('participantRinging', () => this.stay(room));
    room.on.on('participantFailed', () => this.fade(room));
    room.on.on('closed', () => {
      this.stay(room);
      this.rooms.delete(room.name);
      this.measure();
      this.events.emit('closed', { name: room.name });
    });
    this.measure();
    this.events.emit('opened', { room });
    return room;
  }

  private measure(): void {
    const rooms = this.list();
    this.tools.metrics.gauge('dualstream_rooms', rooms.length);
    this.tools.metrics.gauge(
      'dualstream_participants',
      rooms.reduce((sum, room) => sum + room.size, 0),
    );
  }

  private stay(room: Room): void {
    this.fading.get(room)?.cancel();
    this.fading.delete(room);
  }

  private fade(room: Room): void {
    if (room.settings.permanent || room.closed || !room.idle || this.fading.has(room)) return;
    const close = (): void => {
      this.fading.delete(room);
      void room.close({ kind: 'room-closed' });
    };
    this.fading.set(room, this.tools.clock.after(this.settings.graceMs, close));
  }
}
