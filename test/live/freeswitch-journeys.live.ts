import { settingsOf } from '../bridges/freeswitch/harness.js';
import { freeswitchThere, takeFreeSwitch, withoutFreeSwitch } from '../support/freeswitch/real.js';
import { useSoundAt } from '../support/sound-elsewhere.js';

/** Those that a room's sound has a part in; others by `FREESWITCH_JOURNEYS=web-room,takeovers`. */
const usual = [
  'hear-and-see',
  'joins',
  'keys',
  'dial-out',
  'prompts',
  'srtp',
  'content-life',
  'web',
  'recordings',
  'through',
];
const journeys = process.env['FREESWITCH_JOURNEYS']?.split(',') ?? usual;

describe('the gateway with its rooms on FreeSWITCH', () => {
  if (!freeswitchThere) withoutFreeSwitch();
});

if (freeswitchThere) {
  const server = await takeFreeSwitch();
  useSoundAt([settingsOf(server)]);
  after(() => server.stop());
  for (const journey of journeys) await import(`../journeys/${journey}.journey.js`);
}
