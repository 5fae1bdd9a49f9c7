import { loadNative, type NativeState, type NativeUse } from '../native/load.js';
import { NativeSockets, UDP_INTERFACE, type UdpModule } from './native-sockets.js';
import { nodeSockets } from './node-sockets.js';
import type { MediaSockets } from './sockets.js';

/** The machine's sockets, by the native module where it is there. `onError` is told of send and socket errors by code. */
export function systemSockets(
  use: NativeUse,
  onError: (code: string) => void,
): { sockets: MediaSockets; state: NativeState } {
  const loaded = loadNative<UdpModule>('udp', UDP_INTERFACE, use);
  if ('missing' in loaded) return { sockets: nodeSockets(onError), state: { native: false, why: loaded.missing } };
  return { sockets: new NativeSockets(loaded.module, onError), state: { native: true, why: '' } };
}
