import { loadNative, type NativeState, type NativeUse } from '../native/load.js';
import { UDP_INTERFACE, type UdpModule } from '../native/udp-module.js';
import { NativeSockets } from './native-sockets.js';
import { nodeSockets } from './node-sockets.js';
import type { ShortWayTerms } from './short-way.js';
import type { MediaSockets } from './sockets.js';

/** The machine's sockets, and the number by which the mixer hands in what they send at once; null where they do not. */
export interface SystemSockets {
  sockets: MediaSockets;
  state: NativeState;
  desk: number | null;
}

/**
 * The machine's sockets, by the native module where it is there. `onError` is told of send and socket errors by code. `terms`
 * give sound a short way where it can be had.
 */
export function systemSockets(
  use: NativeUse,
  onError: (code: string) => void,
  terms: ShortWayTerms | null = null,
): SystemSockets {
  const loaded = loadNative<UdpModule>('udp', UDP_INTERFACE, use);
  if ('missing' in loaded)
    return { sockets: nodeSockets(onError), state: { native: false, why: loaded.missing }, desk: null };
  const sockets = new NativeSockets(loaded.module, onError);
  return { sockets, state: { native: true, why: '' }, desk: terms && sockets.shorten(terms) };
}
