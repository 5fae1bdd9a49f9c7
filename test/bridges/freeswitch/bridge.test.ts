import type { MixedCodecName } from '../../../src/media/vocabulary.js';
import { audioBridgeContract, type AudioBridgeHarness } from '../../contract/audio-bridge.js';
import { startFreeSwitchPeer } from '../../support/freeswitch-peer/peer.js';
import { freeSwitchHarness, settingsOf } from './harness.js';
import { quietMembersStay } from './quiet-members.js';

async function make(codecs: readonly MixedCodecName[]): Promise<AudioBridgeHarness> {
  const server = await startFreeSwitchPeer();
  const harness = await freeSwitchHarness(codecs, [settingsOf(server)]);
  const close = async (): Promise<void> => {
    await harness.close();
    await server.stop();
  };
  return { bridge: harness.bridge, endpoint: (id, hz) => harness.endpoint(id, hz), close };
}

describe('members on FreeSWITCH from whom nothing comes', () => {
  it('stay in their conference for longer than its media_timeout: on hold, listening, silent', async function () {
    this.timeout(20_000);
    const server = await startFreeSwitchPeer({ mediaTimeoutMs: 1500 });
    try {
      await quietMembersStay(server, 3500, 500);
    } finally {
      await server.stop();
    }
  });
});

audioBridgeContract('FreeSWITCH as its stand-in is, G.711', () => make(['PCMU', 'PCMA']));
audioBridgeContract('FreeSWITCH as its stand-in is, mixed codecs', () => make(['opus', 'G722', 'PCMU']));
