import assert from 'node:assert/strict';
import { formatsOf } from '../../../src/bridges/embedded/formats.js';
import { passedFormat } from '../../../src/media/passed-sound.js';
import type { Direction } from '../../../src/media/vocabulary.js';
import { formats } from '../../media/mixer/bench-room.js';
import { paramsOf } from './harness.js';

describe('formats of a line', () => {
  const params = paramsOf('PCMU');
  const flow = (change: Partial<typeof params>): string => {
    const { receive, send } = formatsOf({ ...params, ...change });
    return `${receive.map((f) => f.name).join('+') || '-'} ${send?.name ?? '-'}`;
  };

  it('follow our direction', () => {
    const table: [Direction, string][] = [
      ['sendrecv', 'PCMU PCMU'],
      ['sendonly', '- PCMU'],
      ['recvonly', 'PCMU -'],
      ['inactive', '- -'],
    ];
    for (const [direction, expected] of table) assert.equal(flow({ direction }), expected);
  });

  it('are none while held or before the answer', () => {
    assert.equal(flow({ held: true }), '- -');
    assert.deepEqual(formatsOf(null), { receive: [], send: null });
  });

  it('are none of sound that can only be passed on', () => {
    const passed = passedFormat('G7221-24', 112);
    assert.equal(flow({ receive: [passed], send: [passed] }), '- -');
    assert.equal(flow({ receive: [passed, formats.PCMA], send: [passed, formats.PCMA] }), 'PCMA PCMA');
  });

  it('send nothing to nowhere, and the preferred format otherwise', () => {
    assert.equal(flow({ remote: null }), 'PCMU -');
    assert.equal(flow({ send: [formats.G722, formats.PCMU], receive: [formats.opus, formats.PCMU] }), 'opus+PCMU G722');
  });
});
