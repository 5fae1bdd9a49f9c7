import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics, type Metrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { freeSwitchBridge, type FreeSwitchBridge } from '../../../src/bridges/freeswitch/bridge.js';
import type { ServerSettings } from '../../../src/bridges/freeswitch/server.js';
import type { MediaMakers } from '../../../src/legs/sip/leg-media.js';
import { SipSoundDialer } from '../../../src/legs/sip/sound-dialer.js';
import type { MediaPlane } from '../../../src/media/plane.js';
import type { MixedCodecName } from '../../../src/media/vocabulary.js';
import type { AudioBridge } from '../../../src/rooms/audio-bridge.js';
import type { FreeSwitch } from '../../support/freeswitch/real.js';
import { connectRigEngine, rigSignalling } from '../../support/rig-engine.js';
import { waitUntil } from '../../support/wait.js';
import { planeHarness, type PlaneHarness } from '../embedded/plane-harness.js';

const here = '127.0.0.1';

/** The bridge to FreeSWITCH behind the real media plane and the real SIP engine. */
export interface FreeSwitchHarness extends PlaneHarness {
  bridge: FreeSwitchBridge;
  metrics: Metrics;
}

/** A server as the bridge is told of it. */
export function settingsOf({ esl, password, sip }: FreeSwitch, name = 'one'): ServerSettings {
  return { name, esl, password, sip: { host: sip.address, port: sip.port }, membersPerConference: 500 };
}

/** Resolves when `atLeast` of the servers are connected; `lifeMs` as `SipSoundDialer` has it. */
export async function freeSwitchHarness(
  codecs: readonly MixedCodecName[],
  servers: readonly ServerSettings[],
  { atLeast = servers.length, lifeMs = undefined as number | undefined } = {},
): Promise<FreeSwitchHarness> {
  const metrics = createMetrics();
  let bridge: FreeSwitchBridge | null = null;
  const harness = await planeHarness(codecs, async (plane, local) => {
    const made = await makeBridge(plane, local, servers, { metrics, lifeMs });
    bridge = made.bridge;
    return made;
  });
  if (!bridge) throw new Error('no bridge was made');
  const made: FreeSwitchBridge = bridge;
  await waitUntil(() => made.list().filter(({ state }) => state === 'up').length >= atLeast, 5000);
  return Object.assign(harness, { bridge: made, metrics });
}

async function makeBridge(
  plane: MediaPlane,
  local: AudioBridge,
  servers: readonly ServerSettings[],
  { metrics, lifeMs }: { metrics: Metrics; lifeMs: number | undefined },
): Promise<{ bridge: FreeSwitchBridge; close(): Promise<void> }> {
  const signalling = rigSignalling();
  const engine = await connectRigEngine(signalling, systemClock);
  const tools = { clock: systemClock, chance: systemChance, log: silentLog, metrics };
  const mediaFor = (): MediaMakers => ({ plane, address: { bind: here, advertise: here } }) as unknown as MediaMakers;
  const lookup = (host: string): Promise<string> => Promise.resolve(host);
  const dialer = new SipSoundDialer({ ...tools, signalling, lookup, mediaFor }, lifeMs);
  const bridge = freeSwitchBridge(servers, { ...tools, net: systemNet, plane, local, dialer });
  return {
    bridge,
    async close() {
      signalling.disconnect();
      await engine.close();
    },
  };
}
