import type { RtpMap } from './description.js';

/** Static payload types of RFC 3551 §6 that conference endpoints list without rtpmap. */
export const STATIC_PAYLOADS: readonly Omit<RtpMap, 'params'>[] = [
  { pt: 0, name: 'PCMU', clock: 8000, channels: 1 },
  { pt: 3, name: 'GSM', clock: 8000, channels: 1 },
  { pt: 4, name: 'G723', clock: 8000, channels: 1 },
  { pt: 8, name: 'PCMA', clock: 8000, channels: 1 },
  { pt: 9, name: 'G722', clock: 8000, channels: 1 },
  { pt: 13, name: 'CN', clock: 8000, channels: 1 },
  { pt: 15, name: 'G728', clock: 8000, channels: 1 },
  { pt: 18, name: 'G729', clock: 8000, channels: 1 },
  { pt: 26, name: 'JPEG', clock: 90000, channels: 1 },
  { pt: 31, name: 'H261', clock: 90000, channels: 1 },
  { pt: 34, name: 'H263', clock: 90000, channels: 1 },
];
