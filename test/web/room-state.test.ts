import assert from 'node:assert/strict';
import type { EventMessage, ParticipantSnapshot, RoomSnapshot } from '../../src/services/api/contract.js';
import { announcement, applyEvent, emptyRoom, ownSeat, type RoomState } from '../../src/web/room-state.js';

const person = (id: number, name: string, change: Partial<ParticipantSnapshot> = {}): ParticipantSnapshot => ({
  id,
  name,
  agent: '',
  role: 'guest',
  joinedAt: '2026-01-01T00:00:00Z',
  audio: true,
  muted: false,
  mutedBy: null,
  speaking: false,
  presenting: false,
  presenter: false,
  video: true,
  encrypted: false,
  content: 'separate',
  sees: { main: null, content: null },
  transcoded: [],
  lowWanted: { main: null, content: null },
  problems: [],
  ...change,
});
const room: RoomSnapshot = {
  name: 'demo',
  permanent: true,
  locked: false,
  recording: null,
  capacity: 50,
  participants: [person(1, 'Ann'), person(2, 'Bob')],
  calls: [],
  floor: { policy: 'latest-takes-over', holder: null, waiting: [] },
  transcodes: [],
  speaker: null,
};
const you = { id: 2, role: 'guest' as const, bfcp: null };
const full: RoomState = applyEvent(emptyRoom, { type: 'snapshot', seq: 1, room, you });
const ticket = { id: 1, who: 1, name: 'Ann', state: 'granted' as const, position: 0, away: false, paused: false };

describe('what the page knows of the room', () => {
  it('begins with the snapshot; changes before it are nothing', () => {
    assert.deepEqual(full, { room, you });
    assert.equal(applyEvent(emptyRoom, { type: 'speaker', seq: 1, speaker: 1 }), emptyRoom);
    assert.equal(ownSeat(full)?.name, 'Bob');
    assert.equal(ownSeat(emptyRoom), null);
  });

  it('follows joins, changes and leaves in the order of ids', () => {
    let state = applyEvent(full, { type: 'participant.joined', seq: 2, participant: person(3, 'Cid') });
    state = applyEvent(state, { type: 'participant.changed', seq: 3, participant: person(1, 'Ann', { muted: true }) });
    assert.deepEqual(
      state.room?.participants.map(({ id, muted }) => [id, muted]),
      [
        [1, true],
        [2, false],
        [3, false],
      ],
    );
    state = applyEvent(state, { type: 'participant.left', seq: 4, id: 1, reason: 'left' });
    assert.deepEqual(
      state.room?.participants.map(({ id }) => id),
      [2, 3],
    );
  });

  it('keeps who is called until they come or do not', () => {
    const call = { id: 7, name: 'Cid', role: 'participant' as const, ringing: false };
    let state = applyEvent(full, { type: 'participant.ringing', seq: 2, call });
    state = applyEvent(state, { type: 'participant.ringing', seq: 3, call: { ...call, ringing: true } });
    assert.deepEqual(state.room?.calls, [{ ...call, ringing: true }]);
    const joined = applyEvent(state, { type: 'participant.joined', seq: 4, participant: person(7, 'Cid') });
    assert.deepEqual(joined.room?.calls, []);
    const failed = {
      type: 'participant.failed' as const,
      seq: 4,
      id: 7,
      name: 'Cid',
      status: 486,
      reason: 'Busy Here',
    };
    assert.deepEqual(applyEvent(state, failed).room?.calls, []);
    assert.deepEqual(announcement(state, failed), {
      word: 'saysNotReached',
      values: { name: 'Cid', reason: 'Busy Here' },
    });
  });

  it('follows floor, speaker, lock and oneself', () => {
    const floor = { ...room.floor, holder: ticket };
    let state = applyEvent(full, { type: 'floor', seq: 2, floor });
    state = applyEvent(state, { type: 'speaker', seq: 3, speaker: 1 });
    state = applyEvent(state, { type: 'room', seq: 4, locked: true });
    state = applyEvent(state, { type: 'you', seq: 5, you: { ...you, role: 'moderator' } });
    assert.deepEqual(
      [state.room?.floor.holder?.name, state.room?.speaker, state.room?.locked, state.you?.role],
      ['Ann', 1, true, 'moderator'],
    );
  });

  it('ignores what a newer gateway sends and does not change what it was given', () => {
    const frozen = structuredClone(full);
    const news = { type: 'weather', seq: 2 } as unknown as EventMessage;
    assert.deepEqual(applyEvent(full, news), full);
    applyEvent(full, { type: 'participant.left', seq: 3, id: 1, reason: 'left' });
    assert.deepEqual(full, frozen);
  });

  it('says aloud who comes and goes, locks, and ends of presentations', () => {
    assert.deepEqual(announcement(full, { type: 'participant.joined', seq: 2, participant: person(3, 'Cid') }), {
      word: 'saysJoined',
      values: { name: 'Cid' },
    });
    assert.deepEqual(announcement(full, { type: 'participant.left', seq: 2, id: 1, reason: '' })?.values, {
      name: 'Ann',
    });
    assert.equal(announcement(full, { type: 'room', seq: 2, locked: true })?.word, 'saysLocked');
    assert.equal(announcement(full, { type: 'room', seq: 2, locked: false })?.word, 'saysUnlocked');
    const recording = { id: 'r', state: 'running' as const, by: 'Mona', startedAt: '' };
    const begun = { type: 'recording' as const, seq: 3, recording, by: 'Mona' };
    assert.deepEqual(announcement(full, begun), { word: 'saysRecorded', values: { name: 'Mona' } });
    const recorded = applyEvent(full, begun);
    assert.equal(recorded.room?.recording?.by, 'Mona');
    assert.equal(announcement(recorded, { ...begun, recording: { ...recording, state: 'paused' } }), null);
    assert.deepEqual(announcement(recorded, { ...begun, recording: null }), { word: 'saysNotRecorded' });
    const holding = applyEvent(full, { type: 'floor', seq: 2, floor: { ...room.floor, holder: ticket } });
    assert.equal(announcement(holding, { type: 'floor', seq: 3, floor: room.floor })?.word, 'saysFloorFree');
    assert.equal(announcement(full, { type: 'floor', seq: 2, floor: { ...room.floor, holder: ticket } }), null);
    assert.equal(announcement(full, { type: 'speaker', seq: 2, speaker: 1 }), null);
  });
});
