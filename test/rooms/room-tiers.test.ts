import assert from 'node:assert/strict';
import type { Line } from '../../src/media/plane.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { FakeLine } from '../support/fakes/fake-line.js';
import { fakeRoom } from '../support/fakes/rooms.js';

const page = { can: { lowPictures: true } } as const;

describe('low encodings in a room', () => {
  const told = (lows: ReadonlyMap<Line, Line | 'possible'>): Record<string, string> =>
    Object.fromEntries([...lows].map(([full, low]) => [full.id, low === 'possible' ? low : low.id]));

  it('can be asked of who came by the page, and of nobody else', () => {
    const { room, plane } = fakeRoom();
    const [wanda, device, other] = [new FakeLeg({ ...page, content: 'sendrecv' }), new FakeLeg(), new FakeLeg(page)];
    room.join(wanda, { session: 'hers' });
    room.join(device, { session: 'its' });
    room.join(other);
    assert.deepEqual(told(plane.lows), {
      [`${wanda.id}/video`]: 'possible',
      [`${wanda.id}/content`]: 'possible',
    });
  });

  it('come on the lines that the leg has for them, as long as it has them', () => {
    const { room, plane } = fakeRoom();
    const wanda = new FakeLeg(page);
    room.join(wanda, { session: 'hers' });
    const low = new FakeLine(`${wanda.id}/lowVideo`, 'video', 'recvonly');
    wanda.low = { video: low, content: null };
    wanda.events.emit('lines', undefined);
    assert.deepEqual(told(plane.lows), { [`${wanda.id}/video`]: low.id });
    wanda.low = { video: null, content: null };
    wanda.events.emit('lines', undefined);
    assert.deepEqual(told(plane.lows), { [`${wanda.id}/video`]: 'possible' });
  });

  it('are told to whom they are wanted of, and the roster says who is shown one', () => {
    const { room, metrics } = fakeRoom();
    const [wanda, weak] = [new FakeLeg(page), new FakeLeg()];
    const one = room.join(wanda, { session: 'hers' });
    const two = room.join(weak);
    const changes: unknown[] = [];
    room.on.on('participantChanged', ({ id, lowWanted, sees }) => changes.push([id, lowWanted, sees.main?.low]));
    wanda.at('video').events.emit('lowWanted', { kbps: 300 });
    assert.deepEqual(changes.shift(), [one.id, { main: 300, content: null }, false]);
    weak.at('video').events.emit('tier', { low: true });
    assert.deepEqual(changes.shift(), [two.id, { main: null, content: null }, true]);
    weak.at('video').events.emit('tier', { low: false });
    wanda.at('video').events.emit('lowWanted', { kbps: null });
    assert.deepEqual(
      room.describe().participants.map(({ sees, lowWanted }) => [sees.main?.low, lowWanted.main]),
      [
        [false, null],
        [false, null],
      ],
    );
    assert.equal(metrics.counted('dualstream_low_pictures_total', { to: 'low' }), 1);
    assert.equal(metrics.counted('dualstream_low_pictures_total', { to: 'full' }), 1);
  });
});
