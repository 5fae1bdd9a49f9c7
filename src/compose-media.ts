import { systemNet } from './base/system-net.js';
import { embeddedBridge } from './bridges/embedded/bridge.js';
import type { freeSwitchBridge, FreeSwitchBridge } from './bridges/freeswitch/bridge.js';
import type { ServerSettings } from './bridges/freeswitch/server.js';
import type { Log } from './base/log.js';
import type { GatewayParts } from './legs/sip/gateway-parts.js';
import { planeSettings, startMediaPlane } from './media/io/plane.js';
import { startMixer } from './media/mixer/mixer.js';
import type { NativeUse } from './media/native/load.js';
import { tellNative } from './media/native/tell.js';
import type { MediaPlane } from './media/plane.js';
import type { AudioBridge } from './rooms/audio-bridge.js';
import type { AudioServers } from './rooms/audio-servers.js';
import type { SoundDialer } from './rooms/sound-call.js';
import { transcoding, type Transcoding } from './services/transcode/ffmpeg.js';

/** Media threads and audio conferences. */
export interface Media {
  plane: MediaPlane;
  /** Of rooms. */
  bridge: AudioBridge;
  /** In the gateway itself: prompts for callers who are not in a room yet. */
  local: AudioBridge;
  servers: AudioServers;
  anew: Transcoding;
  closeMedia(): Promise<void>;
}

/** What is told of them. */
export interface MediaSettings {
  media: Parameters<typeof planeSettings>[0] & { transcode?: Parameters<typeof transcoding>[0]; native?: NativeUse };
  log: Log;
  /** FreeSWITCH servers that mix; by default the gateway does it itself. */
  audio?: readonly ServerSettings[] | null;
}

/** Starts them; `dialer` calls FreeSWITCH servers, and is asked for when somebody joins. */
export async function startMedia(
  { media, log, audio = null }: MediaSettings,
  tools: Pick<GatewayParts, 'clock' | 'chance' | 'log' | 'metrics' | 'calls'>,
  dialer: () => SoundDialer,
): Promise<Media> {
  const plane = await startMediaPlane({ metrics: tools.metrics, ...planeSettings(media) });
  tellNative(tools, 'udp', 'Sockets of media', plane.sockets);
  const own = {
    rings: plane.rings,
    ioPort: plane.mixerPort,
    desk: plane.desk,
    native: media.native ?? 'auto',
  } as const;
  const mixer = await startMixer({ ...tools, ...own });
  const local = embeddedBridge(mixer, log, tools.clock);
  const freeSwitch = audio && (await onFreeSwitch(audio, { ...tools, plane, local }, dialer));
  const bridge = freeSwitch ?? local;
  const servers: AudioServers = {
    list: () => freeSwitch?.list() ?? [],
    drain: (name, on, move) => freeSwitch?.drain(name, on, move) === true,
  };
  const closeMedia = async (): Promise<void> => {
    await bridge.close();
    await local.close();
    mixer.dispose();
    await plane.close();
  };
  return {
    plane,
    bridge,
    local,
    servers,
    anew: transcoding(media.transcode, { ...tools, plane, net: systemNet }),
    closeMedia,
  };
}

/** Loaded only where there are such servers. */
async function onFreeSwitch(
  servers: readonly ServerSettings[],
  tools: Omit<Parameters<typeof freeSwitchBridge>[1], 'net' | 'dialer'>,
  dialer: () => SoundDialer,
): Promise<FreeSwitchBridge> {
  const { freeSwitchBridge } = await import('./bridges/freeswitch/bridge.js');
  const late: SoundDialer = { call: (request, signal) => dialer().call(request, signal) };
  return freeSwitchBridge(servers, { ...tools, net: systemNet, dialer: late });
}
