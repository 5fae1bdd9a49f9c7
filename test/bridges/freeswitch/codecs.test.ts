import { startFreeSwitchPeer } from '../../support/freeswitch-peer/peer.js';
import { freeSwitchHarness, settingsOf } from './harness.js';
import { speaksOtherCodecs } from './other-codec.js';

describe('a member that sends another codec than it did', () => {
  it('is heard on FreeSWITCH without a new call, as its stand-in is', async function () {
    this.timeout(30_000);
    const peer = await startFreeSwitchPeer();
    const harness = await freeSwitchHarness(['PCMU'], [settingsOf(peer)]);
    try {
      await speaksOtherCodecs(harness, () => Promise.resolve(peer.calls.join()));
    } finally {
      await harness.close();
      await peer.stop();
    }
  });
});
