import { PinRequired, RoomFull, RoomLocked, RoomNotFound, WrongPin } from '../../rooms/errors.js';
import type { RoomKeys } from '../../rooms/policy.js';
import { may, type Role } from '../../rooms/rights.js';
import { roomTokenHeader } from '../../rooms/tokens.js';
import { isAdmin, local, type Caller } from './caller.js';
import type { SessionAnswer } from './contract.js';
import { TooMany } from './errors.js';
import type { ApiOptions } from './options.js';
import { Buckets } from '../../base/buckets.js';
import type { SessionBody } from './schemas.js';

/** How long a session token lives, milliseconds: longer than any meeting. */
const sessionTtlMs = 12 * 3_600_000;

const noKeys: RoomKeys = { pin: null };

/** Lets web users into rooms. */
export class Sessions {
  private readonly asking: Buckets;

  constructor(private readonly options: ApiOptions) {
    this.asking = new Buckets(options.clock, 30, 0.5);
  }

  /** Throws RoomNotFound, PinRequired, WrongPin, RoomFull, RoomLocked, TooMany. */
  open(caller: Caller, body: SessionBody): SessionAnswer {
    if (!local(caller) && !this.asking.take(caller.address)) throw new TooMany();
    const { room, role } = this.enter(caller, body);
    const before = body.resume === undefined ? null : this.options.tokens.verify(body.resume);
    const resumes = before?.kind === 'session' && before.room === room ? before : null;
    const person = resumes ? { person: resumes.person ?? resumes.id } : {};
    const what = { kind: 'session', room, name: body.name, role, ...person } as const;
    const { token, grant } = this.options.tokens.issue({ ...what, ttlMs: sessionTtlMs });
    const domain = caller.host.replace(/:\d+$/, '');
    const ws = `${caller.secure ? 'wss' : 'ws'}://${caller.host}`;
    return {
      token,
      expiresAt: new Date(grant.expiresAt).toISOString(),
      room,
      name: body.name,
      role,
      sipUri: `sip:${grant.id}@${domain}`,
      roomUri: `sip:${room}@${domain}`,
      wsUrl: `${ws}/sip`,
      sipHeaders: [`${roomTokenHeader}: ${token}`],
      eventsUrl: `${ws}/api/v1/events?token=${token}`,
      iceServers: [],
    };
  }

  private enter(caller: Caller, body: SessionBody): { room: string; role: Role } {
    const { rooms } = this.options;
    const found = rooms.find(body.room);
    const name = found?.name ?? body.room.toLowerCase();
    // Outsiders learn nothing about which rooms exist.
    const raised = this.admit(name, found?.settings ?? noKeys, { ...caller, pin: body.pin });
    const role = isAdmin(caller) ? 'moderator' : (raised ?? 'guest');
    if (!found && !rooms.canOpen(name)) throw new RoomNotFound(body.room);
    const room = found ?? rooms.open(name);
    if (room.locked && !may(role, 'lock')) throw new RoomLocked(room.name);
    if (room.size >= room.settings.capacity) throw new RoomFull(room.name, room.settings.capacity);
    return { room: room.name, role };
  }

  private admit(name: string, keys: RoomKeys, caller: Caller): Role | null {
    try {
      return this.options.guesses.admit(name, keys, caller, () => new TooMany());
    } catch (error) {
      // behind a proxy it would be held against everybody
      if (error instanceof WrongPin && caller.direct)
        this.options.quarantine?.offence(caller.address, 'wrong_pin', false);
      if (error instanceof WrongPin || error instanceof PinRequired) {
        this.options.metrics.count('dualstream_joins_refused_total', { reason: error.verdict.label });
      }
      throw error;
    }
  }
}
