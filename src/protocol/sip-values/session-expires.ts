import { parseParams } from './params.js';

/** Session-Expires (RFC 4028 §4). Seconds. */
export interface SessionExpires {
  seconds: number;
  refresher: 'uac' | 'uas' | null;
}

/** Parses Session-Expires; null when absent or not understood (it is then as if absent). */
export function parseSessionExpires(text: string | null): SessionExpires | null {
  const match = text === null ? null : /^\s*(\d{1,9})\s*(;.*)?$/s.exec(text);
  if (!match) return null;
  try {
    const refresher = parseParams(match[2] ?? '')
      .get('refresher')
      ?.toLowerCase();
    return { seconds: Number(match[1]), refresher: refresher === 'uac' || refresher === 'uas' ? refresher : null };
  } catch {
    return null;
  }
}

/** Writes Session-Expires. */
export function printSessionExpires(value: SessionExpires): string {
  return value.refresher === null ? String(value.seconds) : `${value.seconds};refresher=${value.refresher}`;
}
