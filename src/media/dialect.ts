import type { FloorTransport } from '../protocol/sdp/floor-rules.js';

/** What may be done otherwise than the standards say; each of it is the standard where a profile is silent. */
export interface Dialect {
  /** Version of BFCP over UDP until the device has spoken, where its description names none. */
  silentVersion: 1 | 2;
  /** The device changes the session by itself right after it began: changes of ours wait so long, milliseconds. */
  settleMs: number;
  /** When a device that has floor control but no content line is offered one. */
  contentLine: 'early' | 'with-content';
  /** What floor control is offered over once more when the device refuses the transport we offered first. */
  floorInstead: FloorTransport | null;
}

/** A kind of device, known by what its descriptions say. */
export interface DeviceProfile {
  name: string;
  title: string;
  /** Each is on some line of the description. */
  signs: readonly RegExp[];
  /** None of these is on any line. */
  not?: readonly RegExp[];
  /**
   * Its User-Agent, for models and releases whose descriptions we have not seen: it counts only for who is known by no
   * signs and has floor control or a second picture.
   */
  agent?: RegExp;
  /** What it needs; nothing where the standard does. */
  does: Partial<Dialect>;
  /** What is particular about it, for docs/interop.md. */
  particular: string;
  /** Where that is from. */
  source: string;
  /** Names in `sdp-fixtures`. */
  fixtures: readonly string[];
}
