import { useEngineAt } from '../support/engine-elsewhere.js';
import { drachtio, nothingToTestWith, skipFor } from './support/drachtio.js';

const journeys = [
  'hear-and-see',
  'floor',
  'web',
  'web-recovery',
  'registration',
  'dial-out',
  'prompts',
  'srtp',
  'keys',
  'diagnosis',
];
/** Tests that say nothing about another engine, and why. */
const notThere: Record<string, string> = {
  'a listener takes plain calls and another one refuses the same caller; with keys it is the other way round':
    'rules of encryption by listener are those of the embedded engine',
  'are seen by UDP, TCP and TLS, call by each, leave when they quit, and are known after a restart':
    'the server of these tests need not take TLS',
};

describe('the gateway on a drachtio-server', () => {
  if (!drachtio) nothingToTestWith();
});

if (drachtio) {
  useEngineAt(drachtio);
  beforeEach(function () {
    const why = notThere[this.currentTest?.title ?? ''];
    if (why !== undefined) skipFor(this, why);
  });
  for (const journey of journeys) await import(`../journeys/${journey}.journey.js`);
}
