import type { EndReason } from '../../rooms/leg.js';

/** Reason header of a BYE of ours (RFC 3326). */
export function byeReason(why: EndReason): string {
  switch (why.kind) {
    case 'left':
      return 'Q.850;cause=16;text="Normal call clearing"';
    case 'removed':
      return 'SIP;cause=603;text="Removed from the conference"';
    case 'room-closed':
      return 'Q.850;cause=16;text="The conference has ended"';
    case 'shutdown':
      return 'SIP;cause=503;text="The gateway is shutting down"';
    case 'silent':
      return 'Q.850;cause=102;text="No media received"';
    case 'not-admitted':
      return `SIP;cause=${why.status};text="${quoted(why.why)}"`;
    case 'failed':
      return `SIP;cause=488;text="${quoted(why.why)}"`;
  }
}

function quoted(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, ' ').slice(0, 120);
}
