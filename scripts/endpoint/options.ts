import { networkInterfaces } from 'node:os';
import { systemClock, type Clock } from '../../src/base/clock.js';
import type { SrtpPolicy } from '../../src/media/keying.js';
import type { Endpoint as Address, Net } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';
import type { EndpointEvent } from './events.js';
import type { Size } from './pattern/parameter-sets.js';

/** How an endpoint behind NAT has its media: plain, or with what H.460.19 calls multiplexed, both ways. */
export type NatWay = 'plain' | 'multiplexed';

/** How an endpoint calls by H.323. */
export interface H323Options {
  /** How media begins: after H.245 (`slow`, the default), or with the Setup. A fast callee takes what is proposed so. */
  start?: 'slow' | 'fast';
  /** H.245 goes with call signalling (default), or on a connection of its own. */
  h245?: 'tunnelled' | 'separate';
  /** H.245 begins with the Setup: in the component for it, or in the one that goes beside fast start. */
  early?: 'h245Control' | 'parallel';
  /** Terminal type of H.245: who has the higher one is master. Default 50. */
  terminalType?: number;
  /** TCP ports for H.245 that is not tunnelled; any by default. */
  h245Ports?: { min: number; max: number };
  /** Number of its own besides its name. */
  number?: string;
  /** Registers there, and calls by its leave. */
  gatekeeper?: Address;
  /** How it presses keys: by H.245 (default), or beside its sound (RFC 4733) where the other side takes that. */
  keys?: 'h245' | 'rtp';
  /** Media is encrypted (H.235.6): never (default), where the other side can, or always. Begins slowly then. */
  encryption?: SrtpPolicy;
  /** It is behind NAT, as H.460.18 and H.460.19 have it. */
  nat?: NatWay;
}

/** How an endpoint calls and what it does in the call. */
export interface EndpointOptions {
  /** Whom to call: `sip:demo@127.0.0.1:5060`, `h323:demo@127.0.0.1`, or `h323:127.0.0.1` alone. */
  uri: string;
  /** Shown in the roster and in its own picture. Keep it within 8 letters and digits to read it back unchanged. */
  name?: string;
  /** Shape of the offer, see `vendors`; for H.323 see `devices`. */
  vendor?: string;
  transport?: 'udp' | 'tcp' | 'tls';
  h323?: H323Options;
  /** Replaces the transport of the vendor's BFCP line. */
  bfcp?: 'udp' | 'tcp' | 'tls' | 'dtls' | 'tcp-dtls';
  /** Address for every socket. */
  bind?: string;
  /** `tone:440`, `tone:440+1000`, `silence` or a WAV file. */
  audio?: string;
  /** `test-pattern`, a picture file or a PDF: shared as soon as the call stands. */
  share?: string;
  /** Main picture; false sends none. */
  camera?: boolean;
  size?: Size;
  fps?: number;
  contentSize?: Size;
  contentFps?: number;
  /** Starts silent; `talk(true)` begins the sound. */
  quiet?: boolean;
  /** Hears and sees without ears and eyes: nothing is decoded. For load. */
  blind?: boolean;
  /** Ends the call after this many seconds without RTP and RTCP, default 30. */
  silenceLimit?: number;
  /** Ends the call after this many seconds. */
  duration?: number;
  /** What it takes on all its lines together, kbit/s, in place of what the vendor says. */
  kbps?: number;
  /** Called for every event from the first on. */
  onEvent?: (event: EndpointEvent) => void;
  clock?: Clock;
  net?: Net;
}

/** Options with every default filled in. */
export type FullOptions = Required<Omit<EndpointOptions, 'bfcp' | 'share' | 'duration' | 'kbps' | 'onEvent'>> &
  Pick<EndpointOptions, 'bfcp' | 'share' | 'duration' | 'kbps' | 'onEvent'>;

/** Fills in what was left out. */
export function withDefaults(given: EndpointOptions): FullOptions {
  return {
    name: 'Endpoint',
    vendor: 'generic',
    transport: 'udp',
    h323: {},
    bind: localAddressFor(given.uri),
    audio: 'tone:440',
    camera: true,
    size: { width: 640, height: 360 },
    fps: 10,
    contentSize: { width: 1280, height: 720 },
    contentFps: 5,
    quiet: false,
    blind: false,
    silenceLimit: 30,
    clock: systemClock,
    net: systemNet,
    ...given,
  };
}

/** Loopback for a loopback host, else this machine's first address that is not. */
function localAddressFor(uri: string): string {
  const host = /(?:@|^h323:)\[?([^\];>@]+?)\]?(?::\d+)?(?:[;?].*)?$/.exec(uri)?.[1] ?? '';
  if (/^(127\.|localhost$)/.test(host)) return '127.0.0.1';
  const outside = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return outside.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}
