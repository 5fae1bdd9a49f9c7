import { branchOf, type Via } from '../sip-values/via.js';
import { tagOf, type Envelope } from './envelope.js';
import type { SipRequest } from './message.js';

const cookie = 'z9hG4bK';

/** Whether the branch of a Via identifies a transaction by itself: it has the magic cookie and something behind it. */
export function hasCookie(via: Via): boolean {
  const branch = branchOf(via);
  return branch !== null && branch.startsWith(cookie) && branch.length > cookie.length;
}

/**
 * Key of a server transaction (RFC 3261 §17.2.3): branch, sent-by and method; ACK has the key of its INVITE. Without the
 * magic cookie the old rules apply: Request-URI, From tag, Call-ID, CSeq number and top Via; the To tag of an ACK is
 * compared with that of the response, since its INVITE had none.
 */
export function serverKey(request: SipRequest, envelope: Envelope, method = request.method): string {
  const matched = method === 'ACK' ? 'INVITE' : method;
  const branch = branchOf(envelope.via);
  const sentBy = `${envelope.via.host.toLowerCase()}:${envelope.via.port ?? ''}`;
  if (hasCookie(envelope.via)) {
    return `${branch ?? ''}|${sentBy}|${matched}`;
  }
  const { callId, cseq, from } = envelope;
  return `2543|${request.uri}|${tagOf(from) ?? ''}|${callId}|${cseq.number}|${sentBy}|${branch ?? ''}|${matched}`;
}

/** Key by which the same request on two paths is recognised (RFC 3261 §8.2.2.2). */
export function mergeKey(request: SipRequest, { callId, cseq, from }: Envelope): string {
  return `${callId}|${tagOf(from) ?? ''}|${cseq.number}|${request.method}`;
}

/** Key of a client transaction (RFC 3261 §17.1.3). */
export function clientKey(branch: string, method: string): string {
  return `${branch}|${method}`;
}
