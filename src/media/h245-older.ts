import type { OlderVideoMedia, Packetization, PictureIntervals } from '../protocol/h323/control/contract.js';
import type { OtherVideoFormat, OtherVideoName } from './vocabulary.js';

/** Fixed payload numbers (RFC 3551 §6 table 5). */
const H261_NUMBER = 31;
const H263_NUMBER = 34;
/** Smallest number that is agreed on call by call. */
const DYNAMIC = 96;
/** The packets of H.263 (1998) by both of their RFCs; without a word those of RFC 2190 are meant (H.225.0 §6.2). */
const NEWER_RFCS: readonly number[] = [2429, 4629];

/** Sizes that pictures of ours have, macroblocks: every decoder of either codec has QCIF. */
const SIZES = [
  ['cif', 396],
  ['qcif', 99],
] as const satisfies readonly (readonly [keyof PictureIntervals, number])[];
/** Intervals are counted at this rate, pictures a second. */
const RATE = 30;
/** A smaller picture is better than fewer a second. */
const LEAST_RATE = 10;
/** What is meant where a capability names no size of ours. */
const UNTOLD_INTERVAL = 2;

/** Bit/s that a capability of H.261 can name at most; one of H.263 can name ten times as much. */
const MOST_H261 = 1_920_000;

/** What we take: 1/29.97 s apart, and as far as decoders go. */
const OURS = {
  h261: { qcif: 1, cif: 1 },
  h263: { sqcif: 1, qcif: 1, cif: 1, cif4: 2 },
} as const satisfies Record<OlderVideoMedia['codec'], PictureIntervals>;
const NAMES: Record<OlderVideoMedia['codec'], OtherVideoName> = { h261: 'H261', h263: 'H263' };

/**
 * H.261 or H.263 as a payload format, within the largest picture of ours that the capability takes often enough.
 * `packetization` is null for a capability, and where a channel names none.
 */
export function olderFormat(
  media: OlderVideoMedia,
  payloadType: number | null = null,
  packetization: Packetization | null = null,
): OtherVideoFormat {
  const name = media.codec === 'h263' && isNewer(payloadType, packetization) ? 'H263-1998' : NAMES[media.codec];
  const kbps = Math.floor(media.maxBitRate / 1000);
  const usual = media.codec === 'h261' ? H261_NUMBER : H263_NUMBER;
  const pt = payloadType ?? (name === 'H263-1998' ? DYNAMIC : usual);
  const limits = { ...pictureLimits(media.intervals), maxBr: kbps > 0 ? kbps : Infinity };
  return { kind: 'video', name, pt, clock: 90000, params: {}, ...limits };
}

/** What we take of these codecs up to a bit rate, where pictures are encoded anew (`names`). */
export function olderCapabilities(names: readonly OtherVideoName[], kbps = 4000): OlderVideoMedia[] {
  const codecs = (['h263', 'h261'] as const).filter((codec) => names.includes(NAMES[codec]));
  const most = { h263: kbps * 1000, h261: Math.min(kbps * 1000, MOST_H261) };
  return codecs.map((codec) => ({
    ...{ kind: 'video', codec, maxBitRate: most[codec], intervals: OURS[codec], options: false },
  }));
}

/** The number 34 has one meaning; others are chosen for what it does not mean. */
function isNewer(payloadType: number | null, packetization: Packetization | null): boolean {
  const { format } = packetization ?? {};
  if (format && 'rfc' in format) return NEWER_RFCS.includes(format.rfc);
  return payloadType !== null && payloadType >= DYNAMIC;
}

function pictureLimits(intervals: PictureIntervals): Pick<OtherVideoFormat, 'maxFs' | 'maxMbps'> {
  const told = SIZES.flatMap(([size, blocks]) => {
    const interval = intervals[size];
    return interval === undefined ? [] : [{ maxFs: blocks, rate: RATE / Math.max(1, interval) }];
  });
  const [, smallest] = SIZES.at(-1)!;
  const found = told.find(({ rate }) => rate >= LEAST_RATE) ?? told.at(-1);
  const { maxFs, rate } = found ?? { maxFs: smallest, rate: RATE / UNTOLD_INTERVAL };
  return { maxFs, maxMbps: maxFs * rate };
}
