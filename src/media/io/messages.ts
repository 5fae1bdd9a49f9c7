import type { NativeState, NativeUse } from '../native/load.js';
import type { LineEvents, LineId, LineKind, LineParams, LineStats, SharedPorts, TracedPacket } from '../plane.js';

/** What the io worker is started with. */
export interface WorkerStart {
  toMixer: SharedArrayBuffer;
  fromMixer: SharedArrayBuffer;
  limits: Limits;
  native: NativeUse;
}

/** Delays of the media plane, ms. */
export interface Limits {
  /** Neither RTP nor RTCP for this long raises `silent`. */
  silentMs: number;
  /** After this long without media the latched address may move. */
  relatchMs: number;
  /** From the arrival of a talker's packet to the mixer's packet that carries it, on average; for lip synchronisation. */
  mixerDelayMs: number;
  /** Told to sources as their upper limit where no receiver states one, kbit/s. */
  openKbps: number;
  /** Pictures are not reduced below this for a receiver that takes less, kbit/s: it gets fewer of them. */
  floorKbps: { video: number; content: number };
}

/** Defaults of `Limits`. */
export const defaultLimits: Limits = {
  silentMs: 15_000,
  relatchMs: 5_000,
  mixerDelayMs: 25,
  openKbps: 4_000,
  floorKbps: { video: 768, content: 768 },
};

/** What the line at `sink` is to show. */
export interface SlotRoute {
  sink: number;
  source: number | null;
}

/** Main thread to io worker. Lines go by their slot. */
export type ToWorker =
  | {
      type: 'open';
      slot: number;
      id: LineId;
      kind: LineKind;
      ssrc: number;
      resendSsrc: number;
      bind: string;
      rtpPort: number;
      rtcpPort: number;
    }
  | { type: 'share'; request: number; bind: string; port: number }
  | { type: 'update'; slot: number; params: LineParams }
  /** All that changes at once: no packet comes between the first and the last. */
  | { type: 'route'; routes: readonly SlotRoute[] }
  | { type: 'low'; slot: number; low: number | null; possible: boolean }
  | { type: 'feed'; source: number; sink: number | null }
  | { type: 'press'; slot: number; digits: string; durationMs: number }
  | { type: 'refresh'; slot: number }
  | { type: 'stats'; slot: number; request: number }
  | { type: 'trace'; slot: number; request: number; rtpMs: number }
  | { type: 'close'; slot: number }
  | { type: 'stop' };

/** Something a line raised, with the value of its event. */
export type LineEvent = { [K in keyof LineEvents]: { name: K; value: LineEvents[K] } }[keyof LineEvents];

/** Io worker to main thread. */
export type FromWorker =
  /** How its sockets work, and the number by which the mixer hands in what they send at once. */
  | { type: 'ready'; sockets: NativeState; desk: number | null }
  | { type: 'opened'; slot: number; rtpPort: number; rtcpPort: number }
  | { type: 'refused'; slot: number; code: string; message: string }
  | { type: 'shared'; request: number; ports: SharedPorts }
  | { type: 'unshared'; request: number; code: string; message: string }
  | { type: 'event'; slot: number; event: LineEvent }
  | { type: 'stats'; request: number; stats: LineStats }
  | { type: 'trace'; request: number; packets: TracedPacket[] }
  | { type: 'closed'; slot: number; trace: TracedPacket[] }
  | { type: 'dropped'; counts: Record<string, number> }
  | { type: 'repaired'; counts: Record<string, number> }
  /** A fault of our own that the worker survived. */
  | { type: 'trouble'; message: string };

/** Figures of a line that has not begun, or has ended. */
export function emptyStats(): LineStats {
  return {
    packetsIn: 0,
    bytesIn: 0,
    packetsOut: 0,
    bytesOut: 0,
    lostIn: 0,
    jitterMs: 0,
    lossOut: null,
    roundTripMs: null,
    kbpsIn: 0,
    kbpsOut: 0,
    strangers: 0,
    resentOut: 0,
    recoveredIn: 0,
    protectionOut: 0,
    thinnedOut: 0,
    takesKbps: null,
    toldKbps: null,
    lowOut: false,
  };
}
