import type { LegFacts, SoundStay } from './call-diagnosis.js';
import type { Shown } from './describe.js';

// Times are wall-clock milliseconds since 1970.

/** One exchange of descriptions, cut down to floor control and content lines. */
export interface DescribedExchange {
  at: number;
  by: 'us' | 'peer';
  /** Lines of each section. */
  offered: string[][];
  /** Null while there is no answer, or when it was refused. */
  answered: string[][] | null;
  /** SIP status; null while there is none. */
  status: number | null;
}

/** What was said by BFCP. */
export interface FloorTalk {
  received: number;
  sent: number;
  helloFromPeer: number | null;
  helloFromUs: number | null;
  /** First HelloAck, whoever said it. */
  helloAnswered: number | null;
  /** Last message that was about the floor. */
  last: { at: number; by: 'us' | 'peer'; what: string } | null;
}

/** A message of signalling in words. */
export interface SaidMessage {
  at: number;
  by: 'us' | 'peer';
  what: string;
}

/** One call in a list. */
export interface CallSummary {
  id: string;
  protocol: 'sip' | 'h323';
  /** Call-ID of SIP, callIdentifier of H.323. */
  callId: string;
  direction: 'in' | 'out';
  /** Who calls and who is called, as addresses. */
  from: string;
  to: string;
  /** Product of the far end, or ''. */
  agent: string;
  /** How its signalling comes and goes, and where from. */
  transport: string;
  peer: string;
  startedAt: number;
  /** Null while it lives. */
  endedAt: number | null;
  state: 'calling' | 'answered' | 'ended' | 'refused';
  /** Last final SIP status of its INVITEs, or null, with its reason; of H.323, why it was refused. */
  status: number | null;
  reason: string;
  room: string | null;
  participant: number | null;
}

/** All that is known of one call. */
export interface CallReport extends CallSummary {
  /** Why it ended, or ''. */
  ended: string;
  /** What was said, oldest first, secrets crossed out. */
  messages: SaidMessage[];
  exchanges: DescribedExchange[];
  talk: FloorTalk;
  /** As of now, or of when it ended; null for calls that were never answered. */
  facts: LegFacts | null;
  /** What its participant is shown now; null for calls that are in no room. */
  sees: { main: Shown | null; content: Shown | null } | null;
  /** Calls of ours with its sound to servers that mix, the latest last. */
  sound: SoundStay[];
  /** What changed for the better or worse, oldest first. */
  notes: { at: number; what: string }[];
  /** Messages that were not kept for want of room. */
  missing: number;
}

/** Calls of now and of a while ago, for administrators. */
export interface CallArchive {
  /** The latest first. */
  list(query: { room?: string; callId?: string; limit: number }): CallSummary[];
  report(id: string): CallReport | null;
  /** Id of the call of a participant who is in a room now. */
  callOf(room: string, participant: number): string | null;
  /**
   * Signalling, BFCP and RTCP of the call as a pcap-ng file without secrets; with `rtpMs`, also the headers of its RTP from now on
   * for so long. Null when there is no such call.
   */
  capture(id: string, rtpMs: number): Promise<Buffer | null>;
}
