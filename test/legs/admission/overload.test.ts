import assert from 'node:assert/strict';
import { Overload } from '../../../src/legs/admission/overload.js';
import { ManualClock } from '../../support/manual-clock.js';

function rig(limits: Partial<ConstructorParameters<typeof Overload>[0]['limits']> = {}): {
  clock: ManualClock;
  overload: Overload;
  load: { busy: number };
} {
  const clock = new ManualClock();
  const load = { busy: 0 };
  const all = { calls: 1000, starts: { burst: 1000, perSecond: 1000 }, busy: 0.9, ...limits };
  return { clock, load, overload: new Overload({ limits: all, clock, busy: () => load.busy }) };
}

describe('overload', () => {
  it('takes no more calls than configured', () => {
    const { overload } = rig({ calls: 5 });
    assert.equal(overload.admit(4), null);
    assert.equal(overload.admit(5), 'calls');
  });

  it('takes a burst of new calls and then the rate', () => {
    const { overload, clock } = rig({ starts: { burst: 20, perSecond: 10 } });
    let taken = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      if (overload.admit(0) === null) taken += 1;
      clock.advance(10);
    }
    assert.ok(taken >= 118 && taken <= 121, String(taken));
  });

  it('takes none while the thread is busy for two samples, and trusts it after as many', () => {
    const { overload, clock, load } = rig();
    const seen: (string | null)[] = [];
    for (const busy of [0.5, 0.95, 0.99, 0.99, 0.3, 0.3, 0.3]) {
      load.busy = busy;
      clock.advance(500);
      seen.push(overload.admit(0));
    }
    assert.deepEqual(seen, [null, null, 'busy', 'busy', 'busy', null, null]);
  });

  it('judges nothing by a mean over a long quiet', () => {
    const { overload, clock, load } = rig();
    load.busy = 1;
    clock.advance(500);
    assert.equal(overload.admit(0), null);
    clock.advance(60_000);
    assert.equal(overload.admit(0), null);
  });
});
