import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../base/metrics.js';
import type { SrtpPolicy } from '../media/keying.js';
import type { MediaPlane } from '../media/plane.js';
import type { AudioBridge } from './audio-bridge.js';
import type { FloorDescription, ParticipantDescription } from './describe.js';
import type { FloorPolicy } from './floor.js';
import type { ParticipantId } from './floor-party.js';
import type { RoomCallEvents } from './room-calls.js';
import type { RecordingSettings, RoomRecordingEvents } from './room-recording.js';
import type { Transcoder } from './transcoder.js';

/** How a room is set up. */
export interface RoomSettings {
  name: string;
  /** Stays when empty. */
  permanent: boolean;
  /** Most participants, 1..65535. */
  capacity: number;
  policy: FloorPolicy;
  /** `echo` shows and plays back to everybody itself. */
  mode: 'conference' | 'echo';
  /** Digits that open the room, or null. */
  pin: string | null;
  /** Digits that open it and make a moderator. */
  moderatorPin?: string | null;
  /** A call of two: sound that both have a codec for is passed on as it is, without a mixer; default false. */
  relays?: boolean;
  /** What is done about encryption of its calls' media; default `optional`. */
  srtp?: SrtpPolicy;
}

/** What a room works with. */
export interface RoomTools {
  plane: MediaPlane;
  bridge: AudioBridge;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** How long the audio bridge may take to confirm, milliseconds. */
  confirmMs: number;
  /** Encodes pictures anew for those who cannot take them; absent where that is off. */
  transcoder?: Transcoder;
  /** How rooms are recorded; absent where nothing is. */
  recordings?: RecordingSettings;
}

/** Raised by a room; descriptions are plain data taken at that instant. */
export interface RoomEvents extends RoomCallEvents, RoomRecordingEvents {
  participantJoined: ParticipantDescription & { session: string | null };
  participantChanged: ParticipantDescription;
  participantLeft: { id: ParticipantId; session: string | null; reason: string };
  floor: FloorDescription;
  activeSpeaker: { speaker: ParticipantId | null };
  locked: { locked: boolean };
  /** Once, last. */
  closed: { reason: string };
}
