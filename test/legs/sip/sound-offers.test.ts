import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { Exchanges } from '../../../src/legs/sip/exchanges.js';
import type { LegMedia } from '../../../src/legs/sip/leg-media.js';
import { SoundOffers } from '../../../src/legs/sip/sound-offers.js';
import type { AudioCodecName, PassedCodecName } from '../../../src/media/vocabulary.js';

describe('offers of another codec of sound', () => {
  it('that have been waiting when another one was wished for are no refusal of that', async () => {
    const sound = { receive: [{ kind: 'audio', name: 'PCMU' as AudioCodecName }], also: ['G7221-32', 'PCMA'] };
    const kept: (PassedCodecName | null)[] = [];
    const metrics = createMetrics();
    const turns: (() => void)[] = [];
    const asked: string[] = [];
    const offers = new SoundOffers(
      {
        ...{ id: 'leg', metrics, log: silentLog },
        media: { settleSound: (passed: PassedCodecName | null) => void kept.push(passed) } as LegMedia,
        exchanges: { agent: '', current: { lines: { audio: sound } } } as unknown as Exchanges,
      },
      async ({ sounds = [] }, wanted) => {
        await new Promise<void>((turn) => turns.push(turn));
        if (!wanted()) return;
        asked.push(sounds.join());
        sound.receive = sounds.map((name) => ({ kind: 'audio', name }));
      },
    );
    assert.deepEqual(offers.has, ['PCMU', 'G7221-32', 'PCMA']);
    const first = offers.settle(['G7221-32']);
    const second = offers.settle(['PCMA']);
    turns[0]?.();
    assert.equal(await first, false);
    turns[1]?.();
    assert.equal(await second, true);
    assert.deepEqual([asked, kept], [['PCMA'], [null, null]]);
    assert.equal(metrics.counted('dualstream_sip_sound_offers_total', { outcome: 'taken' }), 1);
    assert.equal(metrics.counted('dualstream_sip_sound_offers_total', { outcome: 'other' }), 0);
  });
});
