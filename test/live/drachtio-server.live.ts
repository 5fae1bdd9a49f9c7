import { useEngineAt } from '../support/engine-elsewhere.js';
import { drachtio, nothingToTestWith, skipFor } from './support/drachtio.js';

const suites = ['offers', 'changes', 'collisions', 'refusals', 'in-dialog', 'admission', 'nat'];

const tooLong = 'the time of a drachtio-server cannot be put forward';
/** Tests of the embedded engine that say nothing about another one, and why. */
const notThere: Record<string, string> = {
  'keeps the session timer of the caller and refreshes where it falls to us': tooLong,
  'lets the caller refresh, and hangs up when it does not': tooLong,
  'ends when the device answers nothing any more': tooLong,
  'ends when the device takes our change after it hung up':
    'a drachtio-server does not acknowledge a 200 that comes after the BYE',
  'takes the 200 behind a 180 to its change':
    'a drachtio-server forgets its re-INVITE at the 180: it neither tells nor acknowledges the 200, and the device hangs up',
  'says 482 to a call of its own that somebody sends back': 'finding loops is up to the engine',
};

describe('SIP on a drachtio-server in place of the embedded engine', () => {
  if (!drachtio) nothingToTestWith();
});

if (drachtio) {
  useEngineAt(drachtio);
  beforeEach(function () {
    const why = notThere[this.currentTest?.title ?? ''];
    if (why !== undefined) skipFor(this, why);
  });
  for (const suite of suites) await import(`../legs/sip/${suite}.test.js`);
}
