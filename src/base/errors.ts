/** What an error means in each protocol it may have to be told in. */
export interface Verdict {
  /** SIP final status, 400-699. */
  sip: number;
  /** H.225.0 ReleaseCompleteReason name. */
  h225: string;
  /** BFCP error code (RFC 8855 §5.2.6), 0 where the error cannot reach a BFCP peer. */
  bfcp: number;
  /** HTTP status. */
  http: number;
  /** Metric label: lower case, underscores. */
  label: string;
  /** Whether the same request may succeed later. */
  retry: boolean;
}

/** Base of every error that a peer, an operator or an API client can cause. */
export abstract class DualstreamError extends Error {
  abstract readonly verdict: Verdict;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
