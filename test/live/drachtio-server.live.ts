import { useEngineAt } from '../support/engine-elsewhere.js';
import { drachtio, nothingToTestWith, skipFor } from './support/drachtio.js';

const suites = [
  ...[
    'offers',
    'changes',
    'collisions',
    'refusals',
    'in-dialog',
    'admission',
    'nat',
    'floor-later',
    'too-long',
    'fecc',
  ],
  ...['registrar', 'dial-out', 'trunks', 'forward', 'refer', 'replaces', 'conference', 'pin', 'loops', 'srtp'],
  ...['request-checks', 'reception'],
];

const tooLong = 'the time of a drachtio-server cannot be put forward';
/** Tests of the embedded engine, or suites of them, that say nothing about another one, and why. */
const notThere: Record<string, string> = {
  'keeps the session timer of the caller and refreshes where it falls to us': tooLong,
  'lets the caller refresh, and hangs up when it does not': tooLong,
  'ends when the device answers nothing any more': tooLong,
  'ends when the device takes our change after it hung up':
    'a drachtio-server does not acknowledge a 200 that comes after the BYE',
  'takes the 200 behind a 180 to its change':
    'a drachtio-server forgets its re-INVITE at the 180: it neither tells nor acknowledges the 200, and the device hangs up',
  'says 482 to a call of its own that somebody sends back': 'finding loops is up to the engine',
  'end within a second between two gateways that call each other': 'one drachtio-server cannot be two',
  'asks each device down its own connection, and knows when that is closed':
    'a drachtio-server tells connections apart by user and host of the contact only: these two are the same to it',
  'take the first of two answers of a forked call and hang up the other':
    'a drachtio-server neither tells nor acknowledges the second answer: that device hangs up by itself',
  'is not taken outside a call': 'a drachtio-server does not answer a REFER outside a call, and tells nobody of it',
  'torture messages to the whole gateway over TCP': 'what is malformed is up to the parser of the server',
};

describe('SIP on a drachtio-server in place of the embedded engine', () => {
  if (!drachtio) nothingToTestWith();
});

if (drachtio) {
  useEngineAt(drachtio);
  beforeEach(function () {
    const { title, parent } = this.currentTest ?? {};
    const why = notThere[title ?? ''] ?? notThere[parent?.title ?? ''];
    if (why !== undefined) skipFor(this, why);
  });
  for (const suite of suites) await import(`../legs/sip/${suite}.test.js`);
}
