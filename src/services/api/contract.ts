/**
 * The JSON of REST `/api/v1` and of the events WebSocket: types only, shared with the web client. Times are ISO 8601 in
 * UTC. Unknown fields and message types must be ignored, so that a newer server can serve an older page.
 */

/** Rights of a participant, the strongest first. */
export type RoleName = 'moderator' | 'participant' | 'guest';

/** What a participant is being shown on one of its video lines. */
export interface ShownPicture {
  /** Participant whose picture it is; it may be the viewer's own in an echo room. */
  from: number;
  what: 'camera' | 'content';
  /** It is shown in a low encoding, because it takes no more. */
  low: boolean;
}

/** One person or device in a room. */
export interface ParticipantSnapshot {
  /** 1..65535, unique in the room; equals `FloorTicketSnapshot.who`. */
  id: number;
  name: string;
  /** Product as it names itself, '' when it does not. */
  agent: string;
  role: RoleName;
  joinedAt: string;
  /** Has an audio line at all. */
  audio: boolean;
  /** By a moderator, confirmed by the audio bridge, or by the device itself where it says so (H.323). */
  muted: boolean;
  /** Who changed it last: a name, or `console` at the audio bridge; null where that is not known. */
  mutedBy: string | null;
  speaking: boolean;
  /** Holds the floor. */
  presenting: boolean;
  /** A moderator lets it present where only presenters may. */
  presenter: boolean;
  /** Sends a camera picture. */
  video: boolean;
  /** All its media is encrypted between it and the gateway. */
  encrypted: boolean;
  /** How it can be shown content. */
  content: 'separate' | 'in-main' | 'none';
  /** What it is shown now: on the main line and on the content line. */
  sees: { main: ShownPicture | null; content: ShownPicture | null };
  /**
   * Low encodings of its main picture and content that are wanted of it for receivers that take less, kbit/s; null where none
   * is. The page sends them on lines of their own.
   */
  lowWanted: { main: number | null; content: number | null };
  /** Lines on which it is shown a picture encoded anew for it (`media.transcode`). */
  transcoded: ('main' | 'content')[];
  /** Why a picture meant for it cannot be sent, or what is wrong with its floor control, for people; empty when all is well. */
  problems: { line: 'main' | 'content' | 'floor'; reason: string }[];
}

/** One live floor request. */
export interface FloorTicketSnapshot {
  /** 1..65535. */
  id: number;
  who: number;
  name: string;
  state: 'pending' | 'accepted' | 'granted';
  /** Place in the queue from 1; 0 for the holder. */
  position: number;
}

/** Who presents, and how that is going. */
export interface HolderSnapshot extends FloorTicketSnapshot {
  /** Its connection is lost; the floor is kept for it for 10 s, and others may take it as the policy lets them. */
  away: boolean;
  /** Its content has stopped for now: what is seen is the last of it. */
  paused: boolean;
}

/**
 * `latest-takes-over`, `first-keeps-it` (others are denied while somebody presents), `ask-moderator` (each waits for a
 * moderator), `presenters-only` (moderators and those they made presenters, the latest takes over).
 */
export type FloorPolicyName = 'latest-takes-over' | 'first-keeps-it' | 'ask-moderator' | 'presenters-only';

/** Who may present. */
export interface FloorSnapshot {
  policy: FloorPolicyName;
  holder: HolderSnapshot | null;
  waiting: FloorTicketSnapshot[];
}

/** Somebody the room calls, who has not answered. */
export interface CallSnapshot {
  /** That of the participant later. */
  id: number;
  name: string;
  role: RoleName;
  /** It rings there. */
  ringing: boolean;
}

/** A picture that is encoded anew for those who cannot take it as it is. */
export interface TranscodeSnapshot {
  /** Whose picture. */
  of: number;
  what: 'camera' | 'content';
  /** Codec that its source sends, and what it becomes, e.g. `VP8 848x480 15/s 512 kbit/s`. */
  from: string;
  to: string;
  /** Who is shown it, and why. */
  viewers: { id: number; why: string }[];
  /** What it takes of a processor core, 0..1; null before it is known. */
  load: number | null;
}

/** A recording of a room's sound that goes on. */
export interface RecordingSnapshot {
  /** For `GET /api/v1/recordings`. */
  id: string;
  state: 'running' | 'paused';
  /** Who started it. */
  by: string;
  startedAt: string;
}

/** A room with everybody in it. */
export interface RoomSnapshot {
  name: string;
  /** Exists without participants. */
  permanent: boolean;
  locked: boolean;
  /** Of its sound; null while nothing is recorded. */
  recording: RecordingSnapshot | null;
  /** Most participants it takes. */
  capacity: number;
  participants: ParticipantSnapshot[];
  /** Those who are being called. */
  calls: CallSnapshot[];
  floor: FloorSnapshot;
  transcodes: TranscodeSnapshot[];
  /** Active speaker; null when nobody has spoken yet. */
  speaker: number | null;
}

/** A room in the list. */
export interface RoomSummary {
  name: string;
  permanent: boolean;
  locked: boolean;
  capacity: number;
  participants: number;
  /** Name of who presents, or null. */
  presenter: string | null;
}

/** How to reach the floor by BFCP over WebSocket (subprotocol `bfcp`): open `url` as it stands. */
export interface BfcpAccess {
  /** Already part of `url`; good for this call only. */
  token: string;
  confId: number;
  userId: number;
  floorId: number;
  url: string;
}

/** What only oneself is told. */
export interface SelfSnapshot {
  /** Own participant id. */
  id: number;
  role: RoleName;
  /** Null when the call has no floor control, or not yet (another `you` follows). */
  bfcp: BfcpAccess | null;
}

/**
 * `GET /api/v1/events?token=...` as WebSocket. The token is that of `POST /session` or an admin's, who adds `&room=NAME`.
 * First comes `snapshot`, then changes; `seq` grows by one with each message of the connection. The server pings every
 * 25 s. In `recording`, null is that it is over, and `by` whose doing the change was (null: it came by itself). Close codes: 1000 room closed or `closed` sent, 1013 too slow a reader (connect again), 4401 token not valid.
 */
export type EventMessage =
  | { type: 'snapshot'; seq: number; room: RoomSnapshot; you: SelfSnapshot | null }
  | { type: 'you'; seq: number; you: SelfSnapshot | null }
  | { type: 'participant.joined'; seq: number; participant: ParticipantSnapshot }
  | { type: 'participant.changed'; seq: number; participant: ParticipantSnapshot }
  | { type: 'participant.left'; seq: number; id: number; reason: string }
  | { type: 'participant.ringing'; seq: number; call: CallSnapshot }
  | { type: 'participant.failed'; seq: number; id: number; name: string; status: number; reason: string }
  | { type: 'floor'; seq: number; floor: FloorSnapshot }
  | { type: 'speaker'; seq: number; speaker: number | null }
  | { type: 'room'; seq: number; locked: boolean }
  | { type: 'recording'; seq: number; recording: RecordingSnapshot | null; by: string | null }
  | { type: 'closed'; seq: number; reason: string };

/** `POST /api/v1/session`. */
export interface SessionRequest {
  /** Room name. */
  room: string;
  /** Display name, 1..64 characters. */
  name: string;
  /** Needed where the room has one; see error `pin_required`. */
  pin?: string;
  /** Token of the call of the same person that broke: what it held in the room is kept for a moment. */
  resume?: string;
}

/** Answer to `POST /api/v1/session`: all a browser needs for one call. */
export interface SessionAnswer {
  /** Bearer token for REST and events; good for this call. */
  token: string;
  expiresAt: string;
  room: string;
  name: string;
  role: RoleName;
  /** Own address of record (`From`, REGISTER). */
  sipUri: string;
  /** What to call. */
  roomUri: string;
  /** SIP over WebSocket (subprotocol `sip`). */
  wsUrl: string;
  /** Header lines to put into REGISTER and INVITE exactly as they stand (sip.js `extraHeaders`). */
  sipHeaders: string[];
  /** Events WebSocket, with the token in it. */
  eventsUrl: string;
  iceServers: { urls: string[]; username?: string; credential?: string }[];
}

/** `PATCH /api/v1/rooms/:name/participants/:id`; answers with the ParticipantSnapshot after the bridge confirmed. */
export interface ParticipantPatch {
  muted?: boolean;
  /** For moderators: see FloorPolicyName. */
  presenter?: boolean;
}

/**
 * `POST /api/v1/rooms/:name/participants`, for moderators where dial-out is allowed: calls somebody into the room. Answers
 * 202; what becomes of it comes as events `participant.ringing`, `participant.joined` or `participant.failed` (with the
 * SIP status). `DELETE` on the participant gives up.
 */
export interface CallRequest {
  /** `sip:`, `sips:`, `tel:` or `h323:` address; or else `user`. */
  uri?: string;
  /** A registered user. */
  user?: string;
  /** Display name, 1..64 characters. */
  name?: string;
  /** By default `participant`. */
  role?: RoleName;
}

/** Answer to a CallRequest. */
export interface CallAnswer {
  /** The participant's id once it has joined. */
  id: number;
}

/**
 * `POST /api/v1/rooms/:name/participants/:id/dtmf`, for moderators: presses keys at the participant, e.g. at the menu of
 * another conference that was dialled. Answers as soon as they are on their way; error `no_dtmf` where it knows no keys.
 */
export interface DtmfRequest {
  /** 1..64 of 0-9 * # A-D. */
  digits: string;
  /** How long each is pressed, 40..5000 milliseconds; default 120. */
  durationMs?: number;
}

/** One line's figures since it was opened; `in` is what the participant sends, `out` what it is sent. */
export interface LineFigures {
  line: 'audio' | 'main' | 'content';
  packetsIn: number;
  packetsOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Packets missing of what the participant sent. */
  lostIn: number;
  /** Milliseconds. */
  jitterMs: number;
  /** Loss the participant reported, 0..1; null before its first report. */
  lossOut: number | null;
  /** Milliseconds; null before the first report. */
  roundTripMs: number | null;
  /** Over the last second, kbit/s. */
  kbpsIn: number;
  kbpsOut: number;
  /** Packets from addresses other than the participant's, dropped. */
  strangers: number;
  /** Packets sent once more because the participant missed them. */
  resentOut: number;
  /** Packets that forward error correction brought back of what the participant sent. */
  recoveredIn: number;
  /** Packets of forward error correction sent. */
  protectionOut: number;
  /** Pictures left out for it, because it takes less than comes. */
  thinnedOut: number;
  /** What it takes at present, kbit/s; null is unlimited. */
  takesKbps: number | null;
  /** What it was told to send at most, kbit/s; null while nothing but its description says so. */
  toldKbps: number | null;
  /** It is sent the low encoding of what it sees. */
  lowOut: boolean;
}

/** `GET /api/v1/rooms/:name/participants/:id/media`, for oneself and moderators. */
export interface MediaAnswer {
  lines: LineFigures[];
}

/** `PATCH /api/v1/rooms/:name`, for moderators; answers with the RoomSummary. */
export interface RoomPatch {
  locked?: boolean;
  /** Who may present from now on, as long as the room lives. */
  floor?: FloorPolicyName;
}

/**
 * `POST /api/v1/rooms/:name/recording`, for moderators where `audio.recordings.who` lets them: records what everybody hears.
 * Everybody in the room is told, and hears it said. Answers after the bridge confirmed. Errors: `not_recordable`,
 * `recording_state` (it is recorded already, or not; or nobody is heard in it), `recordings_full`.
 */
export interface RecordingRequest {
  action: 'start' | 'pause' | 'resume' | 'stop';
}

/** Answer to a RecordingRequest; null when nothing is recorded any more. */
export interface RecordingAnswer {
  recording: RecordingSnapshot | null;
}

/** A file of a recording: WAVE, 16-bit PCM. */
export interface RecordedFileSnapshot {
  /** Server on whose disk it lies, of those in `audio-servers`; null is the gateway's own. */
  server: string | null;
  /** Where it lies there. */
  path: string;
  /** Null where the gateway cannot read it. */
  bytes: number | null;
  /** Where to get it, or null where the gateway cannot read it. */
  url: string | null;
}

/** A recording that goes on or is kept. */
export interface RecordingRecord {
  id: string;
  room: string;
  /** Who started it. */
  by: string;
  startedAt: string;
  /** Null while it goes on. */
  endedAt: string | null;
  /** The oldest first: there is more than one where the room went on on another server. */
  files: RecordedFileSnapshot[];
}

/**
 * `GET /api/v1/recordings`, the latest first, with `?room=NAME` those of one room; moderators see those of their room. A file
 * is got from its `url`; error `recording_elsewhere` says on which server it lies where the gateway cannot read it.
 */
export interface RecordingsAnswer {
  items: RecordingRecord[];
}

/** Answer of `DELETE /api/v1/recordings/:id`: files that are still there, since the gateway cannot reach them. */
export interface RecordingRemoved {
  left: { server: string | null; path: string }[];
}

/**
 * `POST /api/v1/rooms/:name/floor`; answers with the FloorSnapshot. `request` and `release` are for oneself (an
 * administrator names `participant`); `grant`, `accept`, `deny` and `revoke` are for moderators; `ticket` says which
 * request, by default the first waiting one (`grant`, `deny`), the first not decided on (`accept`) or the holder's
 * (`revoke`). An accepted request is granted when its turn in the queue comes.
 */
export interface FloorRequestBody {
  action: 'request' | 'release' | 'grant' | 'accept' | 'deny' | 'revoke';
  participant?: number;
  ticket?: number;
  /** Place in the queue from 1, for `accept`; its end without one. */
  place?: number;
}

/** A registered device. */
export interface RegistrationSnapshot {
  id: string;
  /** Name of the user; of an H.323 device that showed no password, its first name. */
  user: string;
  /** Names of an H.323 device; [] by SIP, where the user has them. */
  aliases: string[];
  /** Where the device says it is, a SIP URI or an `h323:` address. */
  contact: string;
  /** Where it registered from. */
  address: string;
  port: number;
  /** `udp`, `tcp`, `tls`, `ws`, `wss`, or `h323`. */
  transport: string;
  /** Product as it names itself, '' when it does not. */
  agent: string;
  /** `+sip.instance`, which names the device itself, or null. */
  instance: string | null;
  /** Proxies on the way to it, nearest to us first. */
  path: string[];
  /** Preference, 0 to 1. */
  q: number;
  registeredAt: string;
  expiresAt: string;
  /** False when it did not answer, or its connection is gone, until it registers again. */
  reachable: boolean;
}

/**
 * `GET /api/v1/registrations`, in order of users. Query: `user` for those of one user only, `limit` (1 to 1000, by default
 * 100) and `after`, which is the `next` of the page before.
 */
export interface RegistrationsAnswer {
  items: RegistrationSnapshot[];
  /** Null on the last page. */
  next: string | null;
  /** On all pages together. */
  total: number;
}

/** One server of a trunk. */
export interface TrunkServerSnapshot {
  /** Where it takes calls, a SIP URI, or where a gatekeeper is, `h323:192.0.2.9:1719`. */
  uri: string;
  /** `aside`: it asked to be left alone (503 with Retry-After). Calls go to `down` and `aside` only after the others. */
  state: 'unknown' | 'up' | 'down' | 'aside';
  /** Why it is down or aside, or null. */
  reason: string | null;
  /** Until when it is aside, or null. */
  asideUntil: string | null;
}

/** A way to other telephone systems. */
export interface TrunkSnapshot {
  name: string;
  /** Calls that go out through it now, and how many may; null where nothing limits them. */
  calls: number;
  maxCalls: number | null;
  /** Whether we are registered there; null where we do not register. */
  registered: boolean | null;
  servers: TrunkServerSnapshot[];
}

/** One server of audio conferences, as shown to administrators. */
export interface AudioServerSnapshot {
  name: string;
  /** Of its event socket, host:port. */
  address: string;
  /** `draining` takes no new conferences. */
  state: 'up' | 'draining' | 'down';
  /** Why it is down; null while it is up. */
  problem: string | null;
  conferences: number;
  members: number;
}

/** Answer of `GET /api/v1/audio-servers`, in the order of the configuration; none with the embedded mixer. */
export interface AudioServersAnswer {
  items: AudioServerSnapshot[];
}

/** Body of `PATCH /api/v1/audio-servers/:name`. */
export interface AudioServerPatch {
  /** Takes no new conferences. */
  draining: boolean;
  /** Conferences that run there go on on other servers. */
  move?: boolean;
}

/** Answer of `GET /api/v1/trunks`, in the order of the configuration. */
export interface TrunksAnswer {
  items: TrunkSnapshot[];
}

/** One call, of now or of a while ago. */
export interface CallRecordSnapshot {
  /** For the other requests about it. */
  id: string;
  protocol: 'sip' | 'h323';
  /** Call-ID of SIP; callIdentifier of H.323, in hexadecimal. */
  callId: string;
  /** `out` where we called. */
  direction: 'in' | 'out';
  /** Who calls and who is called; PINs in them are crossed out. */
  from: string;
  to: string;
  /** Product of the far end as it names itself, or ''. */
  agent: string;
  /** `udp`, `tcp`, `tls`, `ws` or `wss`. */
  transport: string;
  /** Address and port of its signalling. */
  peer: string;
  startedAt: string;
  endedAt: string | null;
  /** `refused` calls were never answered; `calling` is not decided yet. */
  state: 'calling' | 'answered' | 'ended' | 'refused';
  /** Last final answer to an INVITE, with its reason; null for H.323, where `reason` says why the call was refused. */
  status: number | null;
  reason: string;
  /** Where it sits or sat last. */
  room: string | null;
  participant: number | null;
}

/** `GET /api/v1/calls`, the latest first. Query: `room`, `callId`, and `limit` (1 to 500, by default 100). */
export interface CallsAnswer {
  items: CallRecordSnapshot[];
}

/** What one side of a media line does, in the words of SDP. */
export interface FormatSnapshot {
  codec: string;
  payloadType: number;
  clock: number;
  /** Of H.264: packetization-mode, and profile-level-id in hexadecimal. */
  packetizationMode: number | null;
  profileLevelId: string | null;
}

/** A media line as agreed last. */
export interface LineSnapshot {
  line: 'audio' | 'main' | 'content' | 'low-main' | 'low-content';
  /** As we stated it: `sendonly` is from us to the peer. */
  direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  held: boolean;
  /** What we send, and what the peer may send. */
  sends: FormatSnapshot | null;
  receives: FormatSnapshot[];
  local: { address: string; port: number };
  remote: { address: string; port: number } | null;
  /** What we may send at most, kbit/s. */
  maxKbps: number | null;
  /** SDP label. */
  label: string | null;
  /** What is shown to the peer on it. */
  shows: ShownPicture | null;
}

/** Floor control of a call. */
export interface FloorChannelSnapshot {
  transport: string;
  /** Our role of RFC 8856; the peer has the other one. */
  weAre: 'server' | 'client';
  peerIs: 'server' | 'client';
  /** What we do about the connection. */
  setup: string;
  version: number;
  confId: number;
  userId: number;
  floorId: number;
  /** Our port, and where the peer said it is. */
  port: number | null;
  remote: { address: string; port: number } | null;
  channel: 'waiting' | 'up' | 'lost' | 'given-up' | null;
  /** Why it does not work, for people. */
  problem: string | null;
}

/** A call of the gateway that carries a participant's sound to a FreeSWITCH server. */
export interface SoundCallSnapshot {
  /** Channel there, which is its Call-ID too. */
  channel: string;
  /** Of those in `audio-servers`. */
  server: string;
  conference: string;
  /** Number of the member there, for its console; null before it is in. */
  member: number | null;
  codec: string;
  /** The participant has another codec: the gateway converts. */
  converted: boolean;
  /** As the gateway stated it. */
  direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  state: 'calling' | 'in' | 'over';
  startedAt: string;
  endedAt: string | null;
  /** Why it is over: hang-up cause or Reason of the server, or the gateway's words; '' before. */
  why: string;
}

/** A message of signalling in words: its name in its standard, and what matters of it. Pressed keys and PINs are not in it. */
export interface SaidSnapshot {
  at: string;
  by: 'us' | 'peer';
  what: string;
}

/** An exchange of descriptions, cut down to floor control and content: lines of each section. */
export interface ExchangeSnapshot {
  at: string;
  offeredBy: 'us' | 'peer';
  offered: string[][];
  answered: string[][] | null;
  status: number | null;
}

/**
 * `GET /api/v1/calls/:id`, and `GET /api/v1/rooms/:name/participants/:id/diagnosis` of one who is in a room: how a call is or
 * was agreed and went. `GET .../capture.pcapng` at either place has the messages themselves: SIP, BFCP and RTCP in order of
 * time, secrets crossed out; with `?rtpSeconds=1..30` also the headers of RTP from now on for so long.
 */
export interface CallDiagnosis extends CallRecordSnapshot {
  /** Kind of device that its descriptions show, or null. */
  device: string | null;
  encrypted: boolean | null;
  /** Why it ended, or ''. */
  ended: string;
  lines: LineSnapshot[];
  /** Null where none was agreed, and in calls of the page, whose floor control comes by WebSocket. */
  floor: FloorChannelSnapshot | null;
  /** What was said by BFCP. */
  bfcp: {
    received: number;
    sent: number;
    helloFromPeer: string | null;
    helloFromUs: string | null;
    helloAnswered: string | null;
    /** Last message about the floor. */
    last: { at: string; by: 'us' | 'peer'; what: string } | null;
  };
  /** How content reaches the peer, and why not on a line of its own. */
  content: { way: 'separate' | 'in-main' | 'none'; why: string | null } | null;
  /** Calls with its sound to FreeSWITCH, the latest last; the last eight. Empty with the embedded mixer. */
  sound: SoundCallSnapshot[];
  /** What was said by SIP or H.323, oldest first; of a long call its beginning and its latest. */
  messages: SaidSnapshot[];
  /** Offers and answers of SIP. */
  exchanges: ExchangeSnapshot[];
  /** What changed, oldest first: floor control lost and back, content in the main picture, the end. */
  notes: { at: string; what: string }[];
  /** Messages that were not kept for want of room. */
  missing: number;
}

/** `POST /api/v1/demo`: brings a demonstration room system into the room `demo`, makes it take the floor, or ends it. */
export interface DemoRequest {
  action: 'start' | 'take-floor' | 'stop';
}

/** Answer of `GET` and `POST /api/v1/demo`. */
export interface DemoAnswer {
  running: boolean;
}

/** `POST /api/v1/admin`: exchanges the key of a one-time admin link for a bearer token (the link itself sets a cookie). */
export interface RedeemRequest {
  key: string;
}

/** Answer of `POST /api/v1/admin`. */
export interface RedeemAnswer {
  token: string;
  expiresAt: string;
}

/** A source of SIP that is not heard for now. */
export interface QuarantineEntry {
  /** An IPv4 address, or the /64 network of an IPv6 address. */
  source: string;
  /** What brought it there: wrong_password, wrong_pin, unknown_room, unknown_user, forbidden, malformed, flood, scanner. */
  offence: string;
  /** How often lately; each time lasts twice as long. */
  times: number;
  until: string;
}

/** `GET /api/v1/quarantine`, for administrators; `DELETE /api/v1/quarantine/:source` forgives one (404 when it is not there). */
export interface QuarantineAnswer {
  sources: QuarantineEntry[];
}

/** `GET /api/v1/me`: whose requests these are. */
export interface MeAnswer {
  /** Null without a valid token or cookie. */
  grant: { kind: 'session' | 'admin'; room: string | null; name: string; role: RoleName; expiresAt: string } | null;
}

/** `GET /api/v1/about`. */
export interface AboutAnswer {
  product: 'dualstream';
  version: string;
  /** Where a page without a secure context should go instead, the best first; empty without an HTTPS listener. */
  httpsUrls: string[];
  /** SHA-256 fingerprint of the certificate, `AA:BB:...`, or null. */
  fingerprint: string | null;
  /** SIP addresses of the room `demo` to dial, for people. */
  sipUris: string[];
  /** Whether the demonstration room system can be started from here. */
  demo: boolean;
}

/** `GET /api/v1/health`. */
export interface HealthAnswer {
  status: 'ok';
  /** `down` while no server of audio conferences is connected: nobody is heard in new rooms. */
  audio: 'ok' | 'down';
  rooms: number;
  participants: number;
}

/**
 * Body of every answer from 400 up. `error` is one of: bad_request, unauthorized, forbidden, not_found, too_large,
 * too_many_requests, room_full, room_locked, pin_required, wrong_pin, no_audio, no_dtmf, no_such_request, timed_out, unavailable,
 * bad_target, target_not_allowed, loop, too_many_calls, not_recordable, recording_state, recordings_full, recording_elsewhere,
 * recording_unusable, internal.
 */
export interface ErrorAnswer {
  error: string;
  message: string;
  /** The same request may succeed later. */
  retry: boolean;
}
