import type { H264Sequence } from '../../protocol/rtp/h264-sps.js';
import { familyOfProfile, type ProfileFamily } from '../h264.js';
import type { Format, H264Format } from '../vocabulary.js';

/** Encoders send now and then a picture more than they say. */
const TOLERANCE = 1.15;

/** Profiles of which each decodes those before it; Extended is not met. */
const RICHER: readonly ProfileFamily[] = ['baseline', 'main', 'high'];
const NAMES: Record<ProfileFamily, string> = {
  baseline: 'Baseline',
  main: 'Main',
  extended: 'Extended',
  high: 'High',
};

/**
 * Why a receiver that says it takes `format`, among all it takes (`send`), cannot take the source's pictures as they are: by
 * its level, max-fs, max-mbps, max-dpb and profile (RFC 6184 §8.1) against what the source's parameter set says and how many
 * pictures a second it sends (0 while it is not known). Null when it can. The number of a level alone is no reason.
 */
export function misfit(sent: H264Sequence, fps: number, format: H264Format, send: readonly Format[]): string | null {
  const size = `${sent.width}x${sent.height}`;
  const widest = Math.sqrt(format.maxFs * 8) * 16;
  if (sent.blocks > format.maxFs || Math.max(sent.width, sent.height) > widest)
    return `the source sends ${size}, and the receiver takes ${format.maxFs} macroblocks of 16x16 (level ${levelOf(format)})`;
  if (sent.blocks * fps > format.maxMbps * TOLERANCE)
    return `the source sends ${size} ${Math.round(fps)} times a second, and the receiver takes ${Math.floor(format.maxMbps / sent.blocks)} (level ${levelOf(format)})`;
  if (format.maxDpb !== undefined && sent.references * sent.blocks > Math.max(format.maxDpb, sent.blocks))
    return `the source predicts from ${sent.references} pictures of ${size}, which the receiver cannot keep (level ${levelOf(format)})`;
  return profileMisfit(sent, send);
}

function profileMisfit(sent: H264Sequence, send: readonly Format[]): string | null {
  const has = familyOfProfile(sent.profileIdc, sent.profileIop);
  const takes = send.flatMap((one) =>
    one.name === 'H264' ? (familyOfProfile(one.profileIdc, one.profileIop) ?? []) : [],
  );
  const best = Math.max(...takes.map((family) => RICHER.indexOf(family)));
  if (has === null || takes.includes(has) || RICHER.indexOf(has) <= best) return null;
  return `the source sends ${NAMES[has]} profile, and the receiver takes ${takes.map((family) => NAMES[family])[0] ?? 'another'}`;
}

function levelOf({ levelIdc }: H264Format): string {
  return (levelIdc / 10).toFixed(1);
}

/** Looks again only when the source or the receiver have changed. */
export class FitWatch {
  private sent: H264Sequence | null = null;
  private fps = 0;
  private send: readonly Format[] = [];
  private format: Format | null = null;
  private verdict: string | null = null;

  /** Why the receiver cannot take what is sent; null when it can, or nothing is known. */
  judge(sent: H264Sequence | null, fps: number, format: Format | null, send: readonly Format[]): string | null {
    const rate = Math.round(fps);
    if (sent === this.sent && rate === this.fps && format === this.format && send === this.send) return this.verdict;
    Object.assign(this, { sent, fps: rate, format, send });
    this.verdict = sent && format?.name === 'H264' ? misfit(sent, rate, format, send) : null;
    return this.verdict;
  }
}
