import { RoomClosed, RoomFull, RoomLocked } from './errors.js';
import { may, type Role } from './rights.js';

/** What decides whether somebody may come in now. */
interface Entry {
  readonly name: string;
  readonly closed: boolean;
  readonly locked: boolean;
  readonly size: number;
  readonly settings: { readonly capacity: number };
}

/** Throws what a room refuses somebody of this role with now: RoomClosed, RoomLocked, RoomFull. */
export function checkEntry({ name, closed, locked, size, settings }: Entry, role: Role): void {
  if (closed) throw new RoomClosed(name);
  if (locked && !may(role, 'lock')) throw new RoomLocked(name);
  if (size >= settings.capacity) throw new RoomFull(name, settings.capacity);
}
