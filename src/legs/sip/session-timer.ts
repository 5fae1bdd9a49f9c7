import type { SipRequest } from './srf.js';

const ours = 1800;
const least = 90;

/**
 * Session timer headers of our 200 (RFC 4028 §9): the caller's interval is kept, without one we propose our own; a caller
 * without `timer` that asks for nothing gets none, because its stack would not refresh.
 */
export function sessionTimerHeaders(request: SipRequest): Record<string, string> {
  const supported = /(^|,)\s*timer\s*(,|$)/i.test(request.get('Supported') ?? request.get('k') ?? '');
  const asked = request.get('Session-Expires') ?? request.get('x');
  if (asked === undefined && !supported) return {};
  const wanted = Number.parseInt(asked ?? '', 10);
  const seconds = Math.max(least, Number.isFinite(wanted) ? wanted : ours);
  const refresher = supported ? (/refresher\s*=\s*(uac|uas)/i.exec(asked ?? '')?.[1]?.toLowerCase() ?? 'uac') : 'uas';
  return {
    'Session-Expires': `${seconds};refresher=${refresher}`,
    ...(refresher === 'uac' ? { Require: 'timer' } : {}),
  };
}
