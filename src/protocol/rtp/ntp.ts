/** Seconds from 1900 (NTP) to 1970 (Unix). */
const EPOCH = 2_208_988_800;

/** 64-bit NTP time as two 32-bit halves (RFC 3550 §4). */
export interface NtpTime {
  seconds: number;
  fraction: number;
}

/** Wall-clock milliseconds since 1970 as NTP time. */
export function toNtp(wallMs: number): NtpTime {
  const whole = Math.floor(wallMs / 1000);
  const fraction = Math.floor(((wallMs - whole * 1000) / 1000) * 4_294_967_296);
  return { seconds: (whole + EPOCH) >>> 0, fraction: fraction >>> 0 };
}

/** NTP time as milliseconds since 1970, with fractions. Era 0 is assumed. */
export function fromNtp(time: NtpTime): number {
  return (time.seconds - EPOCH) * 1000 + (time.fraction / 4_294_967_296) * 1000;
}

/** Middle 32 bits, the form LSR carries. */
export function ntpMiddle(time: NtpTime): number {
  return (((time.seconds & 0xffff) << 16) | (time.fraction >>> 16)) >>> 0;
}
