import { longOnes } from '../contract/signalling/server-deviations.js';
import { names } from '../contract/signalling/names.js';
import { replayOnServer } from '../contract/signalling/on-server.js';
import { drachtio, nothingToTestWith } from './support/drachtio.js';

describe('recorded conversations, on a drachtio-server', function () {
  this.timeout(60_000);
  if (!drachtio) return nothingToTestWith();
  replayOnServer(
    drachtio,
    names.filter((name) => !longOnes.includes(name)),
  );
});
