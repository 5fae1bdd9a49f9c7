import assert from 'node:assert/strict';
import type { ArrivedCall, FarEnd } from '../../../src/legs/through/arrived-call.js';
import { CallThrough } from '../../../src/legs/through/call-through.js';
import { systemChance } from '../../../src/base/ids.js';
import type { Leg } from '../../../src/rooms/leg.js';
import type { Room } from '../../../src/rooms/room.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { fakeDirectory, turn } from '../../support/fakes/rooms.js';

describe('keys of a call through the gateway', () => {
  it('pass both ways from the caller’s seat on, also while it is not known that the answer is out', async () => {
    const { rooms, metrics } = fakeDirectory();
    const [near, far] = [new FakeLeg(), new FakeLeg()];
    let out: () => void = () => undefined;
    const call = {
      facts: { user: 'ada', source: '127.0.0.2', uri: 'sip:9@test' },
      from: 'sip:ada@test',
      caller: { name: 'Ada', user: 'ada' },
      sounds: [],
      passage: () => ({ hops: 1, breadth: 1, path: [] }),
      onGone: () => ({ dispose: () => undefined }),
      async answer(room: Room, answered: () => Promise<Leg>): Promise<Leg> {
        await answered();
        room.join(near);
        await new Promise<void>((resolve) => (out = resolve));
        return near;
      },
    } as unknown as ArrivedCall;
    const end: FarEnd = {
      ...{ place: 'test', label: 'test', secure: false },
      dial: ({ seat }) => {
        seat(far);
        return { done: Promise.resolve(), cancel: () => undefined };
      },
    };
    const through = new CallThrough({ rooms, trusts: () => true, chance: systemChance, metrics });
    const connected = through.connect(call, end);
    await turn();
    near.events.emit('digits', { digit: '4', durationMs: 80 });
    far.events.emit('digits', { digit: '#', durationMs: null });
    assert.deepEqual([near.pressed, far.pressed], ['#', '4']);
    out();
    await connected;
    near.events.emit('digits', { digit: '5', durationMs: 80 });
    assert.deepEqual([near.pressed, far.pressed], ['#', '45']);
    near.hangUp();
    await turn();
    assert.ok(far.ended);
  });
});
