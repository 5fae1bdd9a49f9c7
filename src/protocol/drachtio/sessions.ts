import { parseSessionExpires, printSessionExpires, type SessionExpires } from '../sip-values/session-expires.js';
import type { Headers, SipRequest } from '../sip/message.js';
import { minimumSession } from '../sip/session-timer.js';
import type { Call } from './call.js';

/** What a request or response says about the session timer. */
export function sessionExpiresOf(headers: Headers): SessionExpires | null {
  return parseSessionExpires(headers.get('session-expires'));
}

/** Whether a request asks for an interval that is too small, and its sender can be told so (RFC 4028 §9). */
export function isTooBrief(request: SipRequest): boolean {
  const asked = sessionExpiresOf(request.headers);
  return asked !== null && asked.seconds < minimumSession && request.headers.lists('supported', 'timer');
}

/**
 * Our 2xx to INVITE or UPDATE: the application's Session-Expires is used; else the caller's is echoed when it names the
 * refresher, or when a timer runs already and so the roles are known. A running timer starts anew in any case.
 */
export function answerSession(call: Call, request: SipRequest, answer: Headers): void {
  const given = sessionExpiresOf(answer);
  const asked = sessionExpiresOf(request.headers);
  if (given) {
    const refresher = given.refresher ?? asked?.refresher ?? 'uas';
    answer.set('Session-Expires', printSessionExpires({ seconds: given.seconds, refresher }));
    requireTimer(request, answer, refresher);
    call.timer.arm(given.seconds, refresher === 'uas');
    return;
  }
  const running = call.timer.session;
  const refresher = asked?.refresher ?? (running ? (running.weRefresh ? 'uas' : 'uac') : null);
  const seconds = asked?.seconds ?? running?.seconds;
  if (!refresher || seconds === undefined) return;
  call.timer.arm(seconds, refresher === 'uas');
  if (!asked && !request.headers.lists('supported', 'timer')) return;
  answer.add('Session-Expires', printSessionExpires({ seconds, refresher }));
  requireTimer(request, answer, refresher);
}

/** A 2xx that makes the caller refresh must say so where the caller knows how (RFC 4028 §9). */
function requireTimer(request: SipRequest, answer: Headers, refresher: 'uac' | 'uas'): void {
  if (refresher !== 'uac' || !request.headers.lists('supported', 'timer') || answer.lists('require', 'timer')) return;
  answer.add('Require', 'timer');
}

/**
 * The peer's 2xx to our INVITE or UPDATE arms the timer. Without Session-Expires there is none (RFC 4028 §7.2), unless we
 * refresh for a peer that knows no timers.
 */
export function acceptSession(call: Call, answer: Headers): void {
  const given = sessionExpiresOf(answer);
  if (given) call.timer.arm(given.seconds, given.refresher !== 'uas');
  else if (call.timer.session?.weRefresh) call.timer.rearm();
  else call.timer.stop();
}

/** A request of ours inside a dialog with a timer keeps it alive: same interval, same roles. */
export function offerSession(call: Call, headers: Headers): void {
  const running = call.timer.session;
  if (!running || headers.has('session-expires')) return;
  const refresher = running.weRefresh ? 'uac' : 'uas';
  headers.add('Session-Expires', printSessionExpires({ seconds: running.seconds, refresher }));
  headers.add('Min-SE', String(minimumSession));
}
