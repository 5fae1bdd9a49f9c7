import assert from 'node:assert/strict';
import type { ArrivedCall } from '../../../src/legs/through/arrived-call.js';
import { BeforeAnswer } from '../../../src/legs/through/before-answer.js';
import type { AudioCodecName } from '../../../src/media/vocabulary.js';
import type { EarlySound } from '../../../src/rooms/dialer.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { FakeLine, lineParams } from '../../support/fakes/fake-line.js';

const soundOf = (leg: string): EarlySound => ({
  leg,
  line: new FakeLine(`${leg}/audio`, 'audio', 'sendrecv'),
});
/** A leg that answered. */
const legCalled = (id: string): FakeLeg => Object.assign(new FakeLeg(), { id });
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
    const before = new BeforeAnswer(
      call,
      room,
      () => told.push('failed'),
      () => told.push('key lost'),
    );
    return { told, gone, before };
  };

  it('is both ends’ sound, until each is heard from its seat', async () => {
    const { told, gone, before } = begin(Promise.resolve(soundOf('near')));
    before.told.early(soundOf('far'), false);
    before.told.progress({ sound: true });
    await turn();
    assert.deepEqual(told, ['far on', 'early', 'near on']);
    before.answered(legCalled('far'));
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
    before.answered(legCalled('two'));
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

  describe('keys', () => {
    const lineOf = ({ line }: EarlySound): FakeLine => line as FakeLine;
    const withKeys = (leg: string): EarlySound => {
      const sound = soundOf(leg);
      const keys = [{ pt: 101, clock: 8000 as const }];
      lineOf(sound).update({ ...lineParams('sendrecv'), events: { send: keys, receive: keys } });
      return sound;
    };
    const press = (near: EarlySound, digit: string): void =>
      lineOf(near).events.emit('digit', { digit, durationMs: 80 });

    it('that the caller presses go to whoever is heard, then to who answered, until both have seats', async () => {
      const [near, one, two] = [soundOf('near'), withKeys('one'), withKeys('two')];
      const { before, told } = begin(Promise.resolve(near));
      press(near, '0');
      before.told.early(one, false);
      await turn();
      press(near, '1');
      before.told.earlyOver('one');
      press(near, '2');
      before.told.early(two, false);
      press(near, '3');
      const leg = legCalled('three');
      before.answered(leg);
      press(near, '4');
      before.close();
      press(near, '5');
      assert.deepEqual([lineOf(one).pressed, lineOf(two).pressed, leg.pressed], ['1', '3', '4']);
      assert.equal(lineOf(near).events.size, 0);
      assert.ok(!told.includes('key lost'));
    });

    it('go by signalling where there is some, and are lost where nothing takes them', async () => {
      const [caller, callee] = [new FakeLeg(), new FakeLeg()];
      const { before, told } = begin(Promise.resolve({ ...soundOf('near'), keys: caller }));
      before.told.early({ ...soundOf('one'), keys: callee }, false);
      await turn();
      caller.events.emit('digits', { digit: '7', durationMs: null });
      assert.equal(callee.pressed, '7');
      before.told.earlyOver('one');
      before.told.early(soundOf('two'), false);
      caller.events.emit('digits', { digit: '8', durationMs: null });
      await turn();
      assert.equal(callee.pressed, '7');
      assert.equal(told.filter((what) => what === 'key lost').length, 1);
      before.close();
      assert.equal(caller.events.size, 0);
    });
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
