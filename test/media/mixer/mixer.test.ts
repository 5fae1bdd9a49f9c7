import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../../src/base/clock.js';
import { next } from '../../../src/base/events.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { FrameRing, createRingMemory, emptyFrame } from '../../../src/media/frames.js';
import { MixerRefused, startMixer } from '../../../src/media/mixer/mixer.js';
import { tonesHeard } from '../../support/tones.js';
import { waitUntil } from '../../support/wait.js';
import { Peer, formats } from './bench-room.js';

describe('mixer thread', () => {
  it('mixes three lines through the rings in real time', async () => {
    const rings = { toMixer: createRingMemory(), fromMixer: createRingMemory() };
    const { port1, port2 } = new MessageChannel();
    const toMixer = new FrameRing(rings.toMixer);
    const fromMixer = new FrameRing(rings.fromMixer);
    const metrics = createMetrics();
    const mixer = await startMixer({ rings, ioPort: port2, clock: systemClock, log: silentLog, metrics });
    const tones = [400, 700, 1100];
    const peers = tones.map((hz, i) => new Peer(`m${i}`, i, formats.PCMU, hz));
    const frame = emptyFrame();
    port1.on('message', () => {
      while (fromMixer.read(frame)) peers[frame.slot]?.take(frame.payload);
    });
    await mixer.open('r');
    const format = formats.PCMU;
    for (const { id, slot } of peers) await mixer.join('r', id, slot, { receive: [format], send: format });
    await assert.rejects(mixer.join('r', 'other', 0, { receive: [], send: null }), MixerRefused);
    const active = next(mixer.on, 'active');
    const sending = systemClock.every(20, () => {
      for (const peer of peers) {
        const payload = peer.payload();
        const at = performance.timeOrigin + performance.now();
        toMixer.write({ slot: peer.slot, pt: 0, marker: false, seq: peer.seq, timestamp: peer.timestamp, at, payload });
        peer.seq = (peer.seq + 1) & 0xffff;
        peer.timestamp += 160;
      }
    });
    const heard = (peer: Peer): string => tonesHeard(peer.ear(200), 8000, tones, 0.05).join();
    await until(() => peers.map(heard).join(' ') === '700,1100 400,1100 400,700');
    assert.match((await active).member ?? '', /^m\d$/);
    await mixer.mute('r', 'm1', true);
    await until(() => peers[0] !== undefined && heard(peers[0]) === '1100');
    await mixer.leave('r', 'm2');
    await until(() => peers[0] !== undefined && heard(peers[0]) === '');
    sending.cancel();
    mixer.dispose();
    mixer.dispose();
    await assert.rejects(mixer.mute('r', 'm0', true), MixerRefused);
    port1.close();
  });
});

const until = (condition: () => boolean): Promise<void> => waitUntil(condition, 8000);
