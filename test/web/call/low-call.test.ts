import assert from 'node:assert/strict';
import { LowCall } from '../../../src/web/call/low-call.js';
import { lowEncoding, type LowWanted } from '../../../src/web/call/low-pictures.js';

const none: LowWanted = { main: null, content: null };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A call that writes down what is done for its low encodings. */
function rig(answers: boolean[] = [true], possible = true) {
  const done: string[] = [];
  const state = { stands: true };
  const low = new LowCall({
    stands: () => state.stands,
    handler: () => ({
      addLow: () => {
        done.push('add');
        return possible;
      },
      sendLow: ({ main, content }) => {
        done.push(`send ${main} ${content}`);
        return Promise.resolve();
      },
    }),
    offer: () => {
      done.push('offer');
      return Promise.resolve(answers.shift() ?? false);
    },
  });
  return { low, done, state };
}

describe('low encodings of a call of the page', () => {
  it('cost nothing before they are wanted', async () => {
    const { low, done } = rig();
    low.follow(none);
    low.again();
    await turn();
    assert.deepEqual(done, []);
  });

  it('get their lines once, and follow what is wanted and what is sent in full', async () => {
    const { low, done } = rig();
    low.follow({ main: 300, content: null });
    await turn();
    low.follow({ main: 300, content: null });
    await turn();
    low.again();
    await turn();
    low.follow(none);
    await turn();
    low.follow({ main: 134, content: 314 });
    await turn();
    const sent = ['send 300 null', 'send 300 null', 'send null null', 'send 134 314'];
    assert.deepEqual(done, ['add', 'offer', ...sent]);
  });

  it('wait for the call to stand', async () => {
    const { low, done, state } = rig();
    state.stands = false;
    low.follow({ main: 300, content: null });
    await turn();
    assert.deepEqual(done, []);
    state.stands = true;
    low.again();
    await turn();
    assert.deepEqual(done, ['add', 'offer', 'send 300 null']);
  });

  it('are offered again when the gateway was changing the session itself, without new lines', async () => {
    const { low, done } = rig([false, true]);
    low.follow({ main: 300, content: null });
    await turn();
    assert.deepEqual(done, ['add', 'offer']);
    low.again();
    await turn();
    assert.deepEqual(done, ['add', 'offer', 'offer', 'send 300 null']);
    low.close();
  });

  it('are let be where they are refused four times, or this browser cannot', async () => {
    const refused = rig([]);
    const unable = rig([true], false);
    for (let i = 0; i < 6; i += 1) {
      for (const { low } of [refused, unable]) {
        low.follow({ main: 300 + i, content: null });
        await turn();
        low.close();
      }
    }
    assert.deepEqual(unable.done, ['add']);
    assert.ok(refused.done.filter((what) => what === 'offer').length <= 4);
  });
});

describe('how a low encoding is made', () => {
  const rows: [Parameters<typeof lowEncoding>, ReturnType<typeof lowEncoding>][] = [
    [['main', 448, 720], { active: true, maxBitrate: 448_000, scaleResolutionDownBy: 2, maxFramerate: 15 }],
    [['main', 134, 720], { active: true, maxBitrate: 134_000, scaleResolutionDownBy: 4, maxFramerate: 15 }],
    [['main', 700, 1080], { active: true, maxBitrate: 700_000, scaleResolutionDownBy: 2, maxFramerate: 20 }],
    [['main', 448, 240], { active: true, maxBitrate: 448_000, scaleResolutionDownBy: 1, maxFramerate: 15 }],
    [['content', 314, 1080], { active: true, maxBitrate: 314_000, scaleResolutionDownBy: 1.5, maxFramerate: 5 }],
    [['content', 700, 1080], { active: true, maxBitrate: 700_000, scaleResolutionDownBy: 1, maxFramerate: 5 }],
    [['content', null, undefined], { active: false, maxBitrate: 64_000, scaleResolutionDownBy: 1, maxFramerate: 5 }],
  ];
  for (const [given, made] of rows)
    it(`${given.join(' ')}`, () => {
      assert.deepEqual(lowEncoding(...given), made);
    });
});
