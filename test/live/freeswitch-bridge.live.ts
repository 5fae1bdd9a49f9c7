import { audioBridgeContract } from '../contract/audio-bridge.js';
import { freeSwitchHarness, settingsOf } from '../bridges/freeswitch/harness.js';
import { freeswitchThere, takeFreeSwitch, withoutFreeSwitch } from '../support/freeswitch/real.js';
import type { MixedCodecName } from '../../src/media/vocabulary.js';
import type { AudioBridgeHarness } from '../contract/audio-bridge.js';

describe('audio conferences on FreeSWITCH', () => {
  if (!freeswitchThere) return withoutFreeSwitch();

  const make = async (codecs: readonly MixedCodecName[]): Promise<AudioBridgeHarness> => {
    const server = await takeFreeSwitch();
    const harness = await freeSwitchHarness(codecs, [settingsOf(server)]);
    const close = async (): Promise<void> => {
      await harness.close();
      await server.stop();
    };
    return { bridge: harness.bridge, endpoint: (id, hz) => harness.endpoint(id, hz), close };
  };

  audioBridgeContract('FreeSWITCH, G.711', () => make(['PCMU', 'PCMA']));
  audioBridgeContract('FreeSWITCH, mixed codecs', () => make(['opus', 'G722', 'PCMU']));
});
