import { useEngineAt } from '../support/engine-elsewhere.js';
import { drachtio, nothingToTestWith } from './support/drachtio.js';

const journeys = ['hear-and-see', 'floor', 'web', 'web-recovery', 'registration', 'dial-out'];

describe('the gateway on a drachtio-server', () => {
  if (!drachtio) nothingToTestWith();
});

if (drachtio) {
  useEngineAt(drachtio);
  for (const journey of journeys) await import(`../journeys/${journey}.journey.js`);
}
