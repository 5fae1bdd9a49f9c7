import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.js';
import type { RtpEndpoint } from '../bridges/embedded/plane-harness.js';
import { freeSwitchHarness, settingsOf } from '../bridges/freeswitch/harness.js';
import { note } from '../journeys/support/note.js';
import {
  freeswitchProgram,
  startFreeSwitch,
  withoutFreeSwitch,
  type OwnFreeSwitch,
} from '../support/freeswitch/real.js';
import { useSoundAt } from '../support/sound-elsewhere.js';
import { waitUntil } from '../support/wait.js';

const journeys = ['hear-and-see', 'joins', 'keys', 'dial-out', 'srtp', 'web', 'recordings'];
/** Rooms one after the other; more of them by `FREESWITCH_ROOMS`. */
const rooms = Number(process.env['FREESWITCH_ROOMS'] ?? 6);
/** Longest time from the last join until everybody hears everybody, milliseconds. */
const heardMs = 2500;
const tones = [400, 700, 1100, 1700, 2300];
/** Two members and a link. */
const smallest = 3;

describe('rooms over two FreeSWITCH servers', function () {
  this.timeout(20_000 + rooms * 10_000);
  if (freeswitchProgram === '') withoutFreeSwitch();
  else
    it(`let everybody hear everybody, ${rooms} of them, from ${heardMs} ms after the last join on`, async () => {
      const two = await Promise.all([startFreeSwitch(), startFreeSwitch()]);
      const named = two.map((server, index) => ({ ...settingsOf(server, `s${index}`), membersPerConference: 4 }));
      const harness = await freeSwitchHarness(['PCMU', 'opus'], named);
      const took: number[] = [];
      for (let round = 0; round < rooms; round++) {
        const conference = await harness.bridge.open(`room${round}`);
        const ends: RtpEndpoint[] = [];
        for (const hz of tones) {
          const end = await harness.endpoint(`r${round}m${hz}`, hz);
          ends.push(end);
          await conference.join(end.id, end.line);
        }
        const since = systemClock.now();
        const ears = (): string =>
          ends.map((end) => tones.filter((hz) => hz !== end.hz && end.hears(hz) > 0.03).join('+')).join(' | ');
        const whole = (): boolean => ends.every((end) => tones.every((hz) => hz === end.hz || end.hears(hz) > 0.03));
        await waitUntil(whole, 15_000, ears);
        took.push(Math.round(systemClock.now() - since));
        await conference.close();
        for (const end of ends) end.close();
      }
      note(`everybody was heard by all ${took.join(' ')} ms after the last join`);
      await harness.close();
      for (const server of two) await server.stop();
      assert.ok(Math.max(...took) < heardMs, took.join());
    });
});

if (freeswitchProgram !== '') {
  const servers: OwnFreeSwitch[] = [await startFreeSwitch(), await startFreeSwitch()];
  useSoundAt(servers.map((server, index) => ({ ...settingsOf(server, `s${index}`), membersPerConference: smallest })));
  after(async () => {
    for (const server of servers) await server.stop();
  });
  for (const journey of journeys) await import(`../journeys/${journey}.journey.js`);
}
