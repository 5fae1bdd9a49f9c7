import assert from 'node:assert/strict';
import type { ArrivedCall } from '../../../src/legs/through/arrived-call.js';
import { BeforeAnswer } from '../../../src/legs/through/before-answer.js';
import type { AudioCodecName } from '../../../src/media/vocabulary.js';
import type { EarlySound } from '../../../src/rooms/dialer.js';
import { FakeLine, lineParams } from '../../support/fakes/fake-line.js';

const soundOf = (leg: string): EarlySound => ({
  leg,
  line: new FakeLine(`${leg}/audio`, 'audio', 'sendrecv'),
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what a caller is told before the answer', () => {
  const begin = (near: Promise<EarlySound | null>, sounds: AudioCodecName[] = ['PCMU']) => {
    const told: string[] = [];
    const gone: (() => void)[] = [];
    const call = {
      sounds,
      ringing: () => told.push('ringing'),
      progress: () => told.push('progress'),
      onGone: (listener: () => void) => {
        gone.push(listener);
        return { dispose: () => void gone.splice(0) };
      },
      early: (_far: unknown, rings: boolean) => {
        told.push(rings ? 'early rings' : 'early');
        return near;
      },
    } as unknown as ArrivedCall;
    const room = { hear: (leg: string, line: unknown) => void told.push(`${leg} ${line ? 'on' : 'off'}`) };
    const before = new BeforeAnswer(call, room, () => told.push('failed'));
    return { told, gone, before };
  };

  it('is both ends’ sound, until each is heard from its seat', async () => {
    const { told, gone, before } = begin(Promise.resolve(soundOf('near')));
    before.told.early(soundOf('far'), false);
    before.told.progress({ sound: true });
    await turn();
    assert.deepEqual(told, ['far on', 'early', 'near on']);
    before.answered('far');
    before.close();
    assert.deepEqual(told.slice(3), ['near off']);
    assert.equal(gone.length, 0);
  });

  it('is the first of several that ring, and ends where another one answers', async () => {
    const { told, before } = begin(Promise.resolve(soundOf('near')));
    before.told.early(soundOf('one'), false);
    before.told.early(soundOf('two'), false);
    before.told.earlyOver('two');
    await turn();
    before.answered('two');
    assert.deepEqual(told, ['one on', 'early', 'near on', 'one off']);
  });

  it('is another one’s where the first has refused', async () => {
    const { told, before } = begin(Promise.resolve(soundOf('near')));
    before.told.early(soundOf('one'), false);
    await turn();
    before.told.earlyOver('one');
    before.told.early(soundOf('two'), false);
    assert.deepEqual(told, ['one on', 'early', 'near on', 'one off', 'two on']);
  });

  it('is a tone of its own where it can hear nothing, or something went wrong', async () => {
    const none = begin(Promise.resolve(null));
    none.before.told.early(soundOf('far'), false);
    await turn();
    assert.deepEqual(none.told, ['far on', 'early', 'ringing']);
    const broken = begin(Promise.reject(new Error('no ports')));
    broken.before.told.early(soundOf('far'), true);
    await turn();
    assert.deepEqual(broken.told, ['far on', 'early rings', 'failed', 'ringing']);
  });

  it('is told of ringing that comes meanwhile when its side is open', async () => {
    const { told, before } = begin(Promise.resolve(soundOf('near')));
    before.told.early(soundOf('far'), false);
    before.told.ringing();
    assert.deepEqual(told, ['far on', 'early']);
    await turn();
    assert.deepEqual(told, ['far on', 'early', 'ringing', 'near on']);
  });

  it('is nothing any more when the caller has gone, also where its side opens later', async () => {
    const { told, gone, before } = begin(Promise.resolve(soundOf('near')));
    before.told.early(soundOf('far'), false);
    for (const tell of [...gone]) tell();
    await turn();
    assert.deepEqual(told, ['far on', 'early', 'far off']);
  });

  it('waits for both directions where a codec is in play that cannot be mixed', async () => {
    const { told, before } = begin(Promise.resolve(soundOf('near')), ['G7221-32', 'PCMU']);
    before.told.early(soundOf('far'), false);
    assert.deepEqual(told, []);
    const pcmu = { kind: 'audio' as const, name: 'PCMU' as const, pt: 0, clock: 8000 as const, channels: 1 as const };
    const both = soundOf('far');
    const format = { ...pcmu, params: {} };
    (both.line as FakeLine).update({ ...lineParams('sendrecv'), send: [format], receive: [format] });
    before.told.early(both, false);
    await turn();
    assert.deepEqual(told, ['far on', 'early', 'near on']);
  });
});
