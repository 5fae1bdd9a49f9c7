import { splitSdp } from '../protocol/sdp/raw.js';
import { DEVICES } from './devices.js';
import type { DeviceProfile, Dialect } from './dialect.js';

/** What every device gets that says nothing else. */
export const STANDARD: Dialect = {
  silentVersion: 2,
  settleMs: 0,
  contentLine: 'with-content',
  floorInstead: null,
};

/** A description that has floor control or a second picture. */
const dualStream = [/^m=application [1-9]\d* \S+\/BFCP /i, /^a=content:.*\bslides\b/i];

/**
 * The first profile whose signs a description shows; for one of two streams that shows none, the first that names its
 * User-Agent; else null.
 */
export function deviceOf(sdp: string, agent = '', devices: readonly DeviceProfile[] = DEVICES): DeviceProfile | null {
  const raw = splitSdp(sdp);
  const lines = [...raw.session, ...raw.sections.flatMap(({ head, lines: own }) => [head, ...own])];
  const shows = (sign: RegExp): boolean => lines.some((line) => sign.test(line));
  const fits = ({ signs, not = [] }: DeviceProfile): boolean => signs.every(shows) && !not.some(shows);
  const known = devices.find(fits);
  if (known || agent === '' || !dualStream.some(shows)) return known ?? null;
  return devices.find((device) => device.agent?.test(agent)) ?? null;
}

/** How to deal with a device; null is one that is not known. */
export function dialectOf(device: DeviceProfile | null): Dialect {
  return { ...STANDARD, ...device?.does };
}
