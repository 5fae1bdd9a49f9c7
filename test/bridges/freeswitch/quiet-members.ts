import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import type { FreeSwitch } from '../../support/freeswitch/real.js';
import { openEsl } from '../../support/freeswitch/real.js';
import { waitUntil } from '../../support/wait.js';
import type { RtpEndpoint } from '../embedded/plane-harness.js';
import { freeSwitchHarness, settingsOf } from './harness.js';

interface Listed {
  rate: number;
  members: { uuid: string }[];
}

/** Members on hold, listening and silent stay by the same channels for `ms`, which is longer than the server's `media_timeout`. */
export async function quietMembersStay(server: FreeSwitch, ms: number, lifeMs?: number): Promise<void> {
  const settings = { ...settingsOf(server), profile: 'narrowband' as const };
  const harness = await freeSwitchHarness(['PCMU'], [settings], { lifeMs });
  const console = await openEsl(server);
  try {
    const conference = await harness.bridge.open('quiet');
    const ends: RtpEndpoint[] = [];
    for (const hz of [400, 700, 1100, 1700]) {
      const end = await harness.endpoint(`m${hz}`, hz);
      await conference.join(end.id, end.line);
      ends.push(end);
    }
    const [speaker, held, listening, silent] = ends as [RtpEndpoint, RtpEndpoint, RtpEndpoint, RtpEndpoint];
    held.hold(true);
    for (const end of [held, listening, silent]) end.talk(false);
    if (listening.line.params) listening.line.update({ ...listening.line.params, direction: 'sendonly' });
    const listed = async (): Promise<Listed> => {
      const [found] = JSON.parse(await console.api('conference json_list compact')) as Listed[];
      return found ?? { rate: 0, members: [] };
    };
    const members = async (): Promise<string[]> => (await listed()).members.map(({ uuid }) => uuid);
    // as the gateway's settings say
    assert.equal((await listed()).rate, 8000);
    const before = await members();
    assert.equal(before.length, 4);
    const begun = systemClock.now();
    await waitUntil(() => systemClock.now() - begun > ms, 2 * ms);
    assert.deepEqual(await members(), before);
    held.hold(false);
    held.talk(true);
    await waitUntil(() => held.hears(400) > 0.04 && speaker.hears(700) > 0.04, 3000);
    await conference.close();
  } finally {
    console.close();
    await harness.close();
  }
}
