import type { Format, H264Format } from '../vocabulary.js';

/**
 * The receiver's format for a stream of `source`: packetization mode 1 before mode 0 (a mode 1 receiver takes every
 * packet form), then the same profile, then the receiver's own order. Null when it takes no H.264.
 */
export function choosePayload(source: H264Format | null, send: readonly Format[]): H264Format | null {
  let best: H264Format | null = null;
  let bestScore = -1;
  for (const format of send) {
    if (format.kind !== 'video') continue;
    const score = format.mode * 4 + likeness(source, format);
    if (score > bestScore) {
      best = format;
      bestScore = score;
    }
  }
  return best;
}

/** 3: same profile and constraints that matter; 2: same profile; 1: a richer profile; 0: other. */
function likeness(source: H264Format | null, format: H264Format): number {
  if (source === null) return 0;
  if (source.profileIdc === format.profileIdc) return ((source.profileIop ^ format.profileIop) & 0x40) === 0 ? 3 : 2;
  return format.profileIdc > source.profileIdc ? 1 : 0;
}
