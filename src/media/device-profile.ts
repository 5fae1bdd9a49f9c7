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

/** The first profile whose signs a description shows, or null. */
export function deviceOf(sdp: string, devices: readonly DeviceProfile[] = DEVICES): DeviceProfile | null {
  const raw = splitSdp(sdp);
  const lines = [...raw.session, ...raw.sections.flatMap(({ head, lines: own }) => [head, ...own])];
  const shows = (sign: RegExp): boolean => lines.some((line) => sign.test(line));
  const fits = ({ signs, not = [] }: DeviceProfile): boolean =>
    signs.length > 0 && signs.every(shows) && !not.some(shows);
  return devices.find(fits) ?? null;
}

/** How to deal with a device; null is one that is not known. */
export function dialectOf(device: DeviceProfile | null): Dialect {
  return { ...STANDARD, ...device?.does };
}
