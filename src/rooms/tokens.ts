import type { Role } from './rights.js';

/** Header of REGISTER and INVITE in which a web user shows its token. */
export const roomTokenHeader = 'X-Dualstream-Token';

/** What a token is for. `link` is exchanged once for an `admin` token. */
export type TokenKind = 'session' | 'admin' | 'link';

/** What a valid token stands for. */
export interface TokenGrant {
  /** Names the grant without giving the secret away; the user part of a web user's SIP address. */
  id: string;
  kind: TokenKind;
  /** The room it opens; null means every room (administrators). */
  room: string | null;
  /** Display name. */
  name: string;
  role: Role;
  /** The same for all grants of one person, which shows an older one to get the next; absent is a person of its own. */
  person?: string;
  /** Wall-clock milliseconds since 1970. */
  expiresAt: number;
}

/** Secrets handed out for a while. They are opaque, and forgotten when the process ends. */
export interface Tokens {
  issue(what: Omit<TokenGrant, 'id' | 'expiresAt'> & { ttlMs: number }): { token: string; grant: TokenGrant };
  /** Null when the token is unknown, spent or expired. */
  verify(token: string): TokenGrant | null;
  /** Takes the token for one call: null also while another call holds it. */
  claim(token: string): TokenGrant | null;
  /** Gives a claimed token back when its call ended; idempotent. */
  unclaim(id: string): void;
  /** Forgets a grant; idempotent. */
  revoke(id: string): void;
}
