import type { AudioCodecName, AudioFormat, Format, MixedFormat, PassedCodecName } from './vocabulary.js';

/** The codecs that are only passed on, the better first. */
export const PASSED_SOUNDS: readonly PassedCodecName[] = ['G7221-32', 'G7221-24'];

const RATES: Readonly<Record<PassedCodecName, 24_000 | 32_000>> = { 'G7221-24': 24_000, 'G7221-32': 32_000 };

/** RTP clock of G.722.1, Hz (RFC 5577 §4.1). */
export const G7221_CLOCK = 16_000;

/** Whether a codec is one that is only passed on. */
export function isPassed(name: string): name is PassedCodecName {
  return Object.hasOwn(RATES, name);
}

/** Whether a format is sound that can be decoded. */
export function isMixed(format: Format): format is MixedFormat {
  return format.kind === 'audio' && !isPassed(format.name);
}

/** G.722.1 at this bit rate, bit/s; null at rates that it does not have in 16 kHz. */
export function passedAt(bitRate: number | undefined): PassedCodecName | null {
  return PASSED_SOUNDS.find((name) => RATES[name] === bitRate) ?? null;
}

/** Bit/s of a codec. */
export function rateOf(name: PassedCodecName): number {
  return RATES[name];
}

/** What its fmtp line says: the rate is part of what it is (RFC 5577 §4.2). */
export function passedParams(name: PassedCodecName): Record<string, string> {
  return { bitrate: String(RATES[name]) };
}

/** It as a payload format. */
export function passedFormat(name: PassedCodecName, pt: number): AudioFormat {
  return { kind: 'audio', name, pt, clock: G7221_CLOCK, channels: 1, params: passedParams(name) };
}

/** Name of a codec as SDP has it. */
export function encodingName(name: AudioCodecName): string {
  return isPassed(name) ? 'G7221' : name;
}

/**
 * The one codec that a line's sound is passed on in, whichever way it goes; null where it can be mixed, or where a
 * direction is missing or is another codec.
 */
export function passedBothWays(
  line: { receive: readonly Format[]; send: readonly Format[] } | null,
): PassedCodecName | null {
  const all = line && line.receive.length > 0 && line.send.length > 0 ? [...line.receive, ...line.send] : [];
  const name = all[0]?.name ?? '';
  return isPassed(name) && all.every((one) => one.name === name) ? name : null;
}
