import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { goldenFrames } from '../support/freeswitch/golden.js';
import { likeness } from '../support/freeswitch/likeness.js';
import { RawEsl } from '../support/freeswitch/raw-esl.js';
import {
  freeswitchProgram,
  startFreeSwitch,
  withoutFreeSwitch,
  type OwnFreeSwitch,
} from '../support/freeswitch/real.js';
import { refusals, wrongPassword } from '../support/freeswitch/refusals.js';
import { playScenario } from '../support/freeswitch/scenario.js';
import { timedOut } from '../support/freeswitch/time-out.js';
import { asTranscript } from '../support/freeswitch/transcript.js';
import { startFreeSwitchPeer, type FreeSwitchPeer } from '../support/freeswitch-peer/peer.js';

/** Where to put a new transcript of the scenario. */
const record = process.env['FREESWITCH_TRANSCRIPT'] ?? '';
const stranger = '127.0.0.2';

describe('the stand-in for FreeSWITCH beside a real one', () => {
  if (freeswitchProgram === '') return withoutFreeSwitch();
  let real: OwnFreeSwitch;
  let standIn: FreeSwitchPeer;

  before(async () => {
    real = await startFreeSwitch({ FREESWITCH_GATEWAYS: '127.0.0.1/32' });
    standIn = await startFreeSwitchPeer({ heartbeatMs: 1000 });
  });
  after(async () => {
    await standIn?.stop();
    await real?.stop();
  });

  it('finds the real one to say what its transcript says', async () => {
    const esl = await playScenario(real);
    const title = 'a conference on the shipped tree from its first member to its end';
    if (record !== '') writeFileSync(record, asTranscript(title, esl, real.password));
    assert.deepEqual(likeness(esl.frames), likeness(goldenFrames()));
  });

  it('says what the real one says, and refuses what it refuses', async () => {
    assert.deepEqual(likeness((await playScenario(standIn)).frames), likeness(goldenFrames()));
    assert.deepEqual(await refusals(standIn), await refusals(real));
    assert.deepEqual(await wrongPassword(standIn), await wrongPassword(real));
  });

  it('ends calls from which nothing comes as the real one does', async () => {
    const mediaTimeoutMs = 1500;
    const hasty = await startFreeSwitch({ FREESWITCH_MEDIA_TIMEOUT_MS: String(mediaTimeoutMs) });
    const other = await startFreeSwitchPeer({ mediaTimeoutMs });
    try {
      assert.deepEqual(await timedOut(other, 10_000), await timedOut(hasty, 10_000));
    } finally {
      await Promise.all([other.stop(), hasty.stop()]);
    }
  });

  it('turns addresses away in the words of the real one', async () => {
    standIn.faults.refusing = true;
    const said = [await RawEsl.connect(standIn), await RawEsl.connect(real, stranger)];
    for (const esl of said) await esl.ended();
    standIn.faults.refusing = false;
    assert.deepEqual(said[0]?.frames, said[1]?.frames);
  });
});
