import { SessionTooBrief } from './errors.js';
import type { SipRequest } from './srf.js';

const ours = 1800;
const least = 90;

/**
 * Session timer headers of our 200 (RFC 4028 §9): the caller's interval is kept, without one we propose our own; a caller
 * without `timer` that asks for nothing gets none, because its stack would not refresh.
 * @throws SessionTooBrief
 */
export function sessionTimerHeaders(request: SipRequest): Record<string, string> {
  const supported = /(^|,)\s*timer\s*(,|$)/i.test(request.get('Supported') ?? request.get('k') ?? '');
  const asked = request.get('Session-Expires') ?? request.get('x');
  if (asked === undefined && !supported) return {};
  const wanted = secondsOf(asked);
  if (wanted !== null && wanted < least && supported) throw new SessionTooBrief(least);
  const seconds = Math.max(least, wanted ?? Math.max(ours, secondsOf(request.get('Min-SE')) ?? least));
  const refresher = supported ? (/refresher\s*=\s*(uac|uas)/i.exec(asked ?? '')?.[1]?.toLowerCase() ?? 'uac') : 'uas';
  return {
    'Session-Expires': `${seconds};refresher=${refresher}`,
    ...(refresher === 'uac' ? { Require: 'timer' } : {}),
  };
}

function secondsOf(value: string | undefined): number | null {
  const seconds = Number.parseInt(value ?? '', 10);
  return Number.isFinite(seconds) ? seconds : null;
}
