import type { Fingerprint } from '../../../src/protocol/sdp/fingerprint.js';

/** What floor control of this endpoint goes over. */
export type FloorOver = 'UDP' | 'TCP' | 'TLS' | 'DTLS' | 'TCP-DTLS';

/** What a line of a description is for. */
export type Role = 'audio' | 'video' | 'content' | 'bfcp' | 'other';

/** What this endpoint has to offer. */
export interface OwnMedia {
  address: string;
  ports: Record<Exclude<Role, 'other'>, number>;
  /** Audio codecs this endpoint can speak, by SDP name in capitals. */
  codecs: ReadonlySet<string>;
  /** Replaces the transport of the vendor's BFCP line. */
  bfcp: FloorOver | null;
  /** Of the certificate shown on encrypted floor control. */
  fingerprint?: Fingerprint | null;
  /** What the endpoint takes on all its lines together, kbit/s; null or absent is what the vendor says. */
  kbps?: number | null;
}
