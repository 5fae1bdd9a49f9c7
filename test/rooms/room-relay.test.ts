import assert from 'node:assert/strict';
import type { AudioCodecName, AudioFormat } from '../../src/media/vocabulary.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { lineParams } from '../support/fakes/fake-line.js';
import { fakeRoom, turn } from '../support/fakes/rooms.js';

function format(name: AudioCodecName): AudioFormat {
  return { kind: 'audio', name, pt: name === 'PCMU' ? 0 : 8, clock: 8000, channels: 1, params: {} };
}

function speak(leg: FakeLeg, send: AudioCodecName, receive = send): void {
  leg.at('audio').update({ ...lineParams('sendrecv'), send: [format(send)], receive: [format(receive)] });
}

const sounds = (chains: string[]): string[] => chains.filter((chain) => chain.includes('/audio'));

describe('sound of a call of two', () => {
  it('is passed on where both have one codec, mixed where not, and turns over with them', async () => {
    const { room, plane, bridge } = fakeRoom({ relays: true, capacity: 2 });
    const [a, b] = [new FakeLeg(), new FakeLeg()];
    room.join(a);
    room.join(b);
    speak(a, 'PCMU');
    speak(b, 'PCMU');
    await turn();
    const both = [`${a.id}/audio -> ${b.id}/audio`, `${b.id}/audio -> ${a.id}/audio`].sort();
    const mixed = (): number => bridge.conferences.get('demo')?.members.size ?? 0;
    assert.deepEqual([sounds(plane.chains()), mixed()], [both, 0]);
    speak(b, 'PCMA');
    await turn();
    assert.deepEqual([sounds(plane.chains()), mixed()], [[], 2]);
    speak(b, 'PCMU', 'PCMA');
    await turn();
    assert.deepEqual([sounds(plane.chains()), mixed()], [[], 2], 'what b sends a does not take');
    speak(a, 'PCMA');
    speak(b, 'PCMA');
    await turn();
    assert.deepEqual([sounds(plane.chains()), mixed()], [both, 0]);
    b.at('audio').close();
    b.hangUp();
    await turn();
    assert.deepEqual(sounds(plane.chains()), []);
  });

  it('is not mixed in a codec that can only be passed on', async () => {
    const { room, plane, bridge } = fakeRoom({ relays: true, capacity: 2 });
    const [a, b] = [new FakeLeg(), new FakeLeg()];
    for (const leg of [a, b]) room.join(leg);
    speak(a, 'G7221-32', 'PCMU');
    speak(b, 'PCMA');
    await turn();
    const members = (): number => bridge.conferences.get('demo')?.members.size ?? 0;
    assert.deepEqual([sounds(plane.chains()), members()], [[], 1]);
    speak(a, 'PCMU', 'G7221-32');
    await turn();
    assert.equal(members(), 1);
    speak(a, 'PCMU');
    await turn();
    assert.equal(members(), 2);
  });

  it('is mixed in rooms', async () => {
    const { room, plane, bridge } = fakeRoom();
    const [a, b] = [new FakeLeg(), new FakeLeg()];
    for (const leg of [a, b]) room.join(leg);
    for (const leg of [a, b]) speak(leg, 'PCMU');
    await turn();
    assert.deepEqual(sounds(plane.chains()), []);
    assert.equal(bridge.conferences.get('demo')?.members.size, 2);
  });
});
