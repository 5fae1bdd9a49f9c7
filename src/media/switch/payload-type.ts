import type { Format, H264Format, VideoFormat } from '../vocabulary.js';

/**
 * The receiver's format for a stream of `source`: packetization mode 1 before mode 0 (a mode 1 receiver takes every
 * packet form), then the same profile, then the receiver's own order. Null when it does not take the source's codec.
 */
export function choosePayload(source: VideoFormat | null, send: readonly Format[]): VideoFormat | null {
  if (source !== null && source.name !== 'H264')
    return send.find((format): format is VideoFormat => format.name === source.name) ?? null;
  let best: H264Format | null = null;
  let bestScore = -1;
  for (const format of send) {
    if (format.name !== 'H264') continue;
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
