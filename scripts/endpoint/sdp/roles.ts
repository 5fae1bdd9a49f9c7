/** What a line of a description is for. */
export type Role = 'audio' | 'video' | 'content' | 'bfcp' | 'other';

/** What this endpoint has to offer. */
export interface OwnMedia {
  address: string;
  ports: Record<Exclude<Role, 'other'>, number>;
  /** Audio codecs this endpoint can speak, by SDP name in capitals. */
  codecs: ReadonlySet<string>;
  /** Replaces the transport of the vendor's BFCP line. */
  bfcp: 'UDP' | 'TCP' | null;
}
