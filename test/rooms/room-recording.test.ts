import assert from 'node:assert/strict';
import type { RecordedFile } from '../../src/rooms/audio-bridge.js';
import type { RecordingShelf } from '../../src/rooms/recordings.js';
import { RecordingsFull } from '../../src/rooms/recordings.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { fakeRoom, roomTools, turn } from '../support/fakes/rooms.js';

/** Keeps what it is told. */
class FakeShelf implements RecordingShelf {
  readonly told: string[] = [];
  full = false;
  private begun = 0;

  begin(room: string, by: string): ReturnType<RecordingShelf['begin']> {
    if (this.full) return Promise.reject(new RecordingsFull('full'));
    const id = `r${++this.begun}`;
    this.told.push(`${id} ${room} ${by}`);
    return Promise.resolve({
      ...{ id, path: `/r/${id}.wav`, longestMs: 60_000 },
      keep: (files: readonly RecordedFile[], over: boolean) => {
        this.told.push(`${id} ${files.map(({ path }) => path).join()} ${over ? 'over' : 'goes on'}`);
        return Promise.resolve();
      },
      abandon: () => {
        this.told.push(`${id} abandoned`);
        return Promise.resolve();
      },
    });
  }
}

const begins = [{ file: '' }, { tone: 880, ms: 400 }];
const ends = [{ file: 'over.wav' }];

function recordedRoom(mode: 'conference' | 'echo' = 'conference') {
  const shelf = new FakeShelf();
  const parts = fakeRoom({ mode }, { ...roomTools(), recordings: { shelf, words: { begins, ends } } });
  const events: string[] = [];
  parts.room.on.on('recording', ({ recording, by }) => events.push(`${recording?.state ?? 'none'} ${by}`));
  const conference = () => {
    const found = parts.bridge.conferences.get('demo');
    if (!found) throw new Error('nobody is heard');
    return found;
  };
  return { ...parts, shelf, events, conference };
}

describe('the recording of a room', () => {
  it('is told to everybody with who began it, and is heard by who is there and who comes', async () => {
    const { room, events, shelf, conference } = recordedRoom();
    const ann = new FakeLeg({ name: 'Ann' });
    room.join(ann);
    await turn();
    assert.equal(room.describe().recording, null);
    await room.recording.start('Mona');
    await turn();
    const { id, state, by } = room.describe().recording ?? {};
    assert.deepEqual([id, state, by], ['r1', 'running', 'Mona']);
    // what the bridge cannot play is said by what it can
    assert.deepEqual(conference().log.slice(-1), ['play 880']);
    const late = new FakeLeg({ name: 'Bob' });
    room.join(late);
    await turn();
    assert.deepEqual(conference().log.slice(-2), [`to ${late.id}`, 'play 880']);
    await room.recording.pause(true, 'Mona');
    await room.recording.pause(false, 'Gus');
    await room.recording.stop('Gus');
    await turn();
    assert.deepEqual(events, ['running Mona', 'paused Mona', 'running Gus', 'none Gus']);
    assert.equal(conference().log.at(-1), 'play over.wav');
    const recorded = ({ told }: FakeLeg): unknown[] => told.flatMap((status) => status.recorded ?? []);
    assert.deepEqual(
      [recorded(ann), recorded(late)],
      [
        [true, false, true, false],
        [true, false, true, false],
      ],
    );
    room.join(new FakeLeg({ name: 'Cid' }));
    await turn();
    assert.match(conference().log.at(-1) ?? '', /^join/);
    assert.deepEqual(
      [shelf.told[0], shelf.told.at(-1), room.describe().recording],
      ['r1 demo Mona', 'r1 /r/r1.wav over', null],
    );
  });

  it('is one at a time, of a room in which somebody is heard', async () => {
    const { room, shelf } = recordedRoom();
    await assert.rejects(room.recording.start('Mona'), /nobody is heard/);
    await assert.rejects(room.recording.stop('Mona'), /not recorded/);
    await assert.rejects(room.recording.pause(true, 'Mona'), /not recorded/);
    assert.deepEqual(shelf.told, ['r1 demo Mona', 'r1 abandoned']);
    room.join(new FakeLeg({ name: 'Ann' }));
    await turn();
    const both = await Promise.allSettled([room.recording.start('Mona'), room.recording.start('Gus')]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    await assert.rejects(room.recording.start('Gus'), /already/);
  });

  it('is refused in an echo room, where nothing is kept, and when there is no room', async () => {
    const echo = recordedRoom('echo');
    echo.room.join(new FakeLeg({ name: 'Ann' }));
    await turn();
    await assert.rejects(echo.room.recording.start('Mona'), /nothing is recorded/);
    const { room } = fakeRoom();
    await assert.rejects(room.recording.start('Mona'), /nothing is recorded/);
    const full = recordedRoom();
    full.shelf.full = true;
    await assert.rejects(full.room.recording.start('Mona'), /full/);
  });

  it('leaves nothing behind when the bridge refuses, or does not answer', async () => {
    const { room, bridge, clock, shelf, events } = recordedRoom();
    room.join(new FakeLeg({ name: 'Ann' }));
    await turn();
    bridge.broken = true;
    await assert.rejects(room.recording.start('Mona'), /no disk/);
    bridge.broken = false;
    bridge.stuck = true;
    const late = assert.rejects(room.recording.start('Mona'), /not confirmed/);
    await turn();
    clock.advance(3000);
    await late;
    assert.deepEqual(shelf.told, ['r1 demo Mona', 'r1 abandoned', 'r2 demo Mona', 'r2 abandoned']);
    assert.deepEqual([events, room.describe().recording], [[], null]);
    bridge.stuck = false;
    await room.recording.start('Mona');
  });

  it('goes on when the bridge cannot play a word of it, and does not wait for that for ever', async () => {
    const { room, conference, clock, metrics } = recordedRoom();
    room.join(new FakeLeg({ name: 'Ann' }));
    await turn();
    conference().play = () => new Promise(() => undefined);
    await room.recording.start('Mona');
    for (let n = 0; n < begins.length; n += 1) {
      await turn();
      clock.advance(3000);
    }
    await turn();
    assert.match(await metrics.text(), /room_failures_total\{what="audio_play"\} 1/);
    room.join(new FakeLeg({ name: 'Bob' }));
    await turn();
    assert.match(conference().log.at(-1) ?? '', /^join/);
    assert.equal(room.describe().recording?.state, 'running');
  });

  it('is over with its conference, though that does not say so', async () => {
    const { room, conference, clock, events, shelf } = recordedRoom();
    const leg = new FakeLeg({ name: 'Ann' });
    room.join(leg);
    await turn();
    await room.recording.start('Mona');
    conference().close = () => new Promise(() => undefined);
    leg.events.emit('ended', { reason: { kind: 'left' } });
    await turn();
    clock.advance(3000);
    await turn();
    assert.deepEqual([events, shelf.told.at(-1)], [['running Mona', 'none null'], 'r1 /r/r1.wav over']);
    assert.equal(clock.pending, 0);
  });

  it('ends by itself at its longest, and with the last who leaves', async () => {
    const { room, clock, events, shelf } = recordedRoom();
    const leg = new FakeLeg({ name: 'Ann' });
    room.join(leg);
    await turn();
    await room.recording.start('Mona');
    clock.advance(59_999);
    assert.equal(events.length, 1);
    clock.advance(1);
    await turn();
    assert.deepEqual(events, ['running Mona', 'none null']);
    await room.recording.start('Mona');
    leg.events.emit('ended', { reason: { kind: 'left' } });
    await turn();
    assert.deepEqual(events.slice(2), ['running Mona', 'none null']);
    assert.equal(shelf.told.at(-1), 'r2 /r/r2.wav over');
    assert.equal(clock.pending, 0);
  });
});
