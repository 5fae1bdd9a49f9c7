import type {
  CallSnapshot,
  EventMessage,
  ParticipantSnapshot,
  RoomSnapshot,
  SelfSnapshot,
} from '../services/api/contract.js';
import type { Notice } from './notices.js';

/** What the page knows of the room; null before the snapshot. */
export interface RoomState {
  room: RoomSnapshot | null;
  you: SelfSnapshot | null;
}

export const emptyRoom: RoomState = { room: null, you: null };

/** Applies one event; unknown types are ignored so that a newer gateway can serve an older page. */
export function applyEvent(state: RoomState, event: EventMessage): RoomState {
  if (event.type === 'snapshot') return { room: event.room, you: event.you };
  if (event.type === 'you') return { ...state, you: event.you };
  if (event.type === 'closed' || !state.room) return state;
  return { ...state, room: applyToRoom(state.room, event) };
}

type RoomEvent = Exclude<EventMessage, { type: 'snapshot' | 'you' | 'closed' }>;

function applyToRoom(room: RoomSnapshot, event: RoomEvent): RoomSnapshot {
  switch (event.type) {
    case 'participant.joined':
    case 'participant.changed': {
      const others = room.participants.filter(({ id }) => id !== event.participant.id);
      const participants = [...others, event.participant].sort((a, b) => a.id - b.id);
      return { ...room, participants, calls: callsWithout(room, event.participant.id) };
    }
    case 'participant.ringing':
      return { ...room, calls: [...callsWithout(room, event.call.id), event.call].sort((a, b) => a.id - b.id) };
    case 'participant.failed':
      return { ...room, calls: callsWithout(room, event.id) };
    case 'participant.left':
      return { ...room, participants: room.participants.filter(({ id }) => id !== event.id) };
    case 'floor':
      return { ...room, floor: event.floor };
    case 'speaker':
      return { ...room, speaker: event.speaker };
    case 'room':
      return { ...room, locked: event.locked };
    case 'recording':
      return { ...room, recording: event.recording };
    default:
      return room;
  }
}

/** An older gateway calls nobody. */
function callsWithout({ calls }: Partial<Pick<RoomSnapshot, 'calls'>>, id: number): CallSnapshot[] {
  return (calls ?? []).filter((one) => one.id !== id);
}

/** Oneself in the roster; null before one is seated. */
export function ownSeat({ room, you }: RoomState): ParticipantSnapshot | null {
  return room?.participants.find(({ id }) => id === you?.id) ?? null;
}

/** What an event says to who cannot see the roster; null when it is nothing to speak of. */
export function announcement(before: RoomState, event: EventMessage): Notice | null {
  const nameOf = (id: number): string => before.room?.participants.find((one) => one.id === id)?.name ?? '';
  switch (event.type) {
    case 'participant.joined':
      return { word: 'saysJoined', values: { name: event.participant.name } };
    case 'participant.left':
      return { word: 'saysLeft', values: { name: nameOf(event.id) } };
    case 'participant.failed':
      return { word: 'saysNotReached', values: { name: event.name, reason: event.reason } };
    case 'room':
      return { word: event.locked ? 'saysLocked' : 'saysUnlocked' };
    case 'recording':
      return recordingSays(before, event);
    case 'floor': {
      const was = before.room?.floor.holder ?? null;
      if (event.floor.holder || !was) return null;
      return { word: 'saysFloorFree', values: { name: was.name } };
    }
    default:
      return null;
  }
}

/** That it began, and that it is over; a pause is neither. */
function recordingSays(
  { room }: RoomState,
  { recording, by }: Extract<EventMessage, { type: 'recording' }>,
): Notice | null {
  // an older gateway records nothing
  const was = (room as Partial<RoomSnapshot> | null)?.recording ?? null;
  if (recording && !was) return { word: 'saysRecorded', values: { name: by ?? recording.by } };
  return recording ? null : { word: 'saysNotRecorded' };
}
