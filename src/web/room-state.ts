import type { EventMessage, RoomSnapshot, SelfSnapshot } from '../services/api/contract';

/** What the page knows of the room; null before the snapshot. */
export interface RoomState {
  room: RoomSnapshot | null;
  you: SelfSnapshot | null;
  closed: string | null;
}

export const emptyRoom: RoomState = { room: null, you: null, closed: null };

/** Applies one event; unknown types are ignored so that a newer gateway can serve an older page. */
export function applyEvent(state: RoomState, event: EventMessage): RoomState {
  if (event.type === 'snapshot') return { room: event.room, you: event.you, closed: null };
  if (event.type === 'you') return { ...state, you: event.you };
  if (event.type === 'closed') return { ...state, closed: event.reason };
  const { room } = state;
  if (!room) return state;
  return { ...state, room: applyToRoom(room, event) };
}

type RoomEvent = Exclude<EventMessage, { type: 'snapshot' | 'you' | 'closed' }>;

function applyToRoom(room: RoomSnapshot, event: RoomEvent): RoomSnapshot {
  switch (event.type) {
    case 'participant.joined':
    case 'participant.changed': {
      const others = room.participants.filter(({ id }) => id !== event.participant.id);
      return { ...room, participants: [...others, event.participant].sort((a, b) => a.id - b.id) };
    }
    case 'participant.left':
      return { ...room, participants: room.participants.filter(({ id }) => id !== event.id) };
    case 'floor':
      return { ...room, floor: event.floor };
    case 'speaker':
      return { ...room, speaker: event.speaker };
    case 'room':
      return { ...room, locked: event.locked };
    default:
      return room;
  }
}
