import assert from 'node:assert/strict';
import type { MixedCodecName } from '../../../src/media/vocabulary.js';
import { tonesHeard, toneStrength } from '../../support/tones.js';
import { BenchRoom, formats } from './bench-room.js';
import type { Peer } from './bench-room.js';
import { settleOpus } from './settle.js';

const codecs: MixedCodecName[] = ['PCMU', 'G722', 'opus', 'PCMA', 'opus'];
const tones = [400, 700, 1100, 1600, 2300];

describe('mixer engine, all codecs in one room', () => {
  let room: BenchRoom;
  let peers: Peer[];

  beforeEach(async () => {
    room = new BenchRoom();
    peers = codecs.map((codec, i) => room.join(`m${i}`, codec, tones[i] ?? 0, 0.12));
    await settleOpus();
  });

  const ears = (peer: Peer, ms = 200): number[] => tonesHeard(peer.ear(ms), peer.decoder.rate, tones, 0.03);

  it('lets each hear the others at their level, never itself', () => {
    room.run(1000);
    for (const peer of peers) {
      assert.deepEqual(
        ears(peer),
        tones.filter((hz) => hz !== peer.hz),
        `${peer.id} ${peer.format.name}`,
      );
      for (const hz of ears(peer)) {
        const strength = toneStrength(peer.ear(200), hz, peer.decoder.rate);
        assert.ok(Math.abs(strength - 0.12) < 0.04, `${peer.id} hears ${hz} at ${strength}`);
      }
    }
  });

  it('moves a member from one codec to another in the middle of the call', async () => {
    room.run(400);
    const peer = peers[0];
    assert.ok(peer);
    room.must({ do: 'update', room: 'r', member: 'm0', receive: [formats.PCMU], send: formats.opus });
    await settleOpus();
    room.run(100);
    assert.equal(peer.frames.at(-1)?.pt, 111);
    // Sent in PCMU, heard in Opus: its own voice is still taken out of its mix.
    assert.deepEqual(ears(peers[1] ?? peer), [400, 1100, 1600, 2300]);
  });

  it('takes a voice out of its own mix when the two directions use different codecs', async () => {
    const odd = room.join('odd', 'opus', 3000, 0.12);
    await settleOpus();
    room.must({ do: 'leave', room: 'r', member: 'odd' });
    const { slot } = odd;
    room.must({ do: 'join', room: 'r', member: 'odd', slot, receive: [formats.opus], send: formats.PCMU });
    await settleOpus();
    Object.assign(odd, { decoder: peers[0]?.decoder });
    room.run(800);
    const heard = odd.ear(200);
    assert.ok(toneStrength(heard, 3000, 8000) < 0.01);
    assert.ok(toneStrength(heard, 700, 8000) > 0.08);
    assert.ok(toneStrength(peers[1]?.ear(200) ?? heard, 3000, 16000) > 0.08);
  });
});
