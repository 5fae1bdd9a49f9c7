import { longOnes } from '../contract/signalling/server-deviations.js';
import { replayOnServer } from '../contract/signalling/on-server.js';
import { drachtio, nothingToTestWith } from '../live/support/drachtio.js';

describe('recorded conversations that take long, on a drachtio-server', function () {
  this.timeout(300_000);
  if (!drachtio) return nothingToTestWith();
  replayOnServer(drachtio, longOnes);
});
