import assert from 'node:assert/strict';
import type { RtpEndpoint } from '../bridges/embedded/plane-harness.js';
import { freeSwitchHarness, settingsOf } from '../bridges/freeswitch/harness.js';
import { note } from '../journeys/support/note.js';
import { servedTime } from '../journeys/support/served-time.js';
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
/** Longest time from the last join until everybody has heard everybody, milliseconds of `servedTime`. */
const heardMs = 2500;
const tones = [400, 700, 1100, 1700, 2300];
/** Two members and a link. */
const smallest = 3;

describe('rooms over two FreeSWITCH servers', function () {
  this.timeout(20_000 + rooms * 10_000);
  if (freeswitchProgram === '') withoutFreeSwitch();
  else
    it(`let everybody hear everybody, ${rooms} of them, within ${heardMs} ms after the last join`, async () => {
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
        const since = servedTime();
        // one after the other: where far ends are kept from running, hardly a moment has all of them
        const missing = new Map(ends.map((end) => [end, new Set(tones.filter((hz) => hz !== end.hz))]));
        const listen = (): boolean => {
          for (const [end, not] of missing) for (const hz of not) if (end.hears(hz) > 0.03) not.delete(hz);
          return [...missing.values()].every(({ size }) => size === 0);
        };
        await waitUntil(listen, 15_000, () => [...missing.values()].map((not) => [...not].join('+')).join(' | '));
        took.push(Math.round(servedTime() - since));
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
