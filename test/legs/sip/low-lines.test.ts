import assert from 'node:assert/strict';
import { gatewayAbilities } from '../../../src/media/abilities.js';
import { LegMedia } from '../../../src/legs/sip/leg-media.js';
import type { Wanted } from '../../../src/legs/sip/wanted.js';
import { PortPlane } from '../../support/sip-rig.js';

const here = { bind: '127.0.0.1', advertise: '127.0.0.1' };
const wanted: Wanted = { audio: true, video: true, content: true, floor: null, lowVideo: true, lowContent: true };

describe('lines of low encodings of a leg', () => {
  function leg(low: boolean): { media: LegMedia; plane: PortPlane } {
    const plane = new PortPlane();
    const abilities = gatewayAbilities();
    const openFloor = (): Promise<never> => Promise.reject(new Error('no floor control here'));
    return {
      plane,
      media: new LegMedia('leg', { plane, abilities, address: here, floorAddress: here, low, openFloor }),
    };
  }

  it('get ports, receive only, and give them back', async () => {
    const { media, plane } = leg(true);
    await media.prepare(wanted);
    assert.deepEqual([...plane.lines.keys()].sort(), [
      ...['leg/audio', 'leg/content', 'leg/lowContent', 'leg/lowVideo', 'leg/video'],
    ]);
    const { lowVideo, lowContent, direction } = media.locals(wanted);
    assert.ok(lowVideo && lowContent);
    assert.deepEqual([direction?.lowVideo, direction?.lowContent], ['recvonly', 'recvonly']);
    assert.equal(media.low.video?.id, 'leg/lowVideo');
    media.keepOnly({ ...wanted, lowVideo: false, lowContent: false });
    assert.deepEqual(media.low, { video: null, content: null });
    media.close();
    assert.equal(plane.lines.size, 0);
  });

  it('are neither opened nor asked for where they are switched off', async () => {
    const { media, plane } = leg(false);
    await media.prepare(wanted);
    assert.equal(plane.lines.size, 3);
    const { lowVideo, lowContent } = media.locals(wanted);
    assert.deepEqual([lowVideo, lowContent, media.takesLow], [null, null, false]);
    media.close();
  });
});
