import { MalformedSip } from './errors.js';
import { isToken } from './split.js';

/** CSeq header value. */
export interface CSeq {
  number: number;
  method: string;
}

const maxUint32 = 0xffffffff;

/** Parses CSeq (RFC 3261 §20.16). Throws MalformedSip when the number exceeds 32 bits or the method is no token. */
export function parseCSeq(text: string): CSeq {
  const match = /^(\d{1,20})\s+(\S+)$/.exec(text.trim());
  const number = Number(match?.[1]);
  const method = match?.[2] ?? '';
  if (!match || number > maxUint32 || !isToken(method)) throw new MalformedSip('bad CSeq', 0);
  return { number, method };
}

/** RAck header value (RFC 3262 §7.2). */
export interface RAck {
  rseq: number;
  cseq: number;
  method: string;
}

/** Parses RAck. Throws MalformedSip. */
export function parseRAck(text: string): RAck {
  const match = /^(\d{1,10})\s+(\d{1,10})\s+(\S+)$/.exec(text.trim());
  if (!match) throw new MalformedSip('bad RAck', 0);
  return { rseq: Number(match[1]), cseq: Number(match[2]), method: match[3] ?? '' };
}

/** Non-negative integer at the front of a value that may carry parameters (Expires, Min-SE, RSeq); null when absent or wrong. */
export function parseSeconds(text: string | null): number | null {
  const match = text === null ? null : /^\s*(\d{1,10})\s*(;|$)/.exec(text);
  return match ? Number(match[1]) : null;
}
