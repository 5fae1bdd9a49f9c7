import { sectionsOf } from './refused-lines.js';

/** Suites of RFC 4568 and RFC 7714 that protect and that rtpengine knows. */
export const usableKeys =
  /^a=crypto:\d+ (AES_CM_128_HMAC_SHA1_(80|32)|AEAD_AES_(128|256)_GCM|AES_256_CM_HMAC_SHA1_(80|32)) +inline:\S/m;
const plainLine = /^(m=(?:audio|video) [1-9]\d* )RTP\/AVP(F?) /;
const securedLine = /^(m=(?:audio|video) \d+ )RTP\/SAVP(F?) /;

/**
 * Whether every audio and video line of an offer names keys beside a plain profile (best-effort encryption, RFC 8643):
 * it may be answered with SRTP under the plain profile, or without.
 */
export function everyLineKeyed(sdp: string): boolean {
  const lines = sectionsOf(sdp).filter((section) => /^m=(audio|video) [1-9]/.test(section));
  return lines.length > 0 && lines.every((section) => plainLine.test(section) && usableKeys.test(section));
}

/** Says SAVP where keys stand beside AVP, for an engine that takes keys only so. */
export function liftProfile(sdp: string): string {
  return sectionsOf(sdp)
    .map((section) => (usableKeys.test(section) ? section.replace(plainLine, '$1RTP/SAVP$2 ') : section))
    .join('');
}

/** Says AVP again, as the peer did. */
export function lowerProfile(sdp: string): string {
  return sectionsOf(sdp)
    .map((section) => section.replace(securedLine, '$1RTP/AVP$2 '))
    .join('');
}
