import { DualstreamError } from '../../base/errors.js';
import type { Metrics } from '../../base/metrics.js';
import { NoCommonMedia } from '../../media/negotiate.js';
import { RefusedByPlan } from '../admission/errors.js';
import { SipsNotAllowed } from '../through/errors.js';
import { SessionTooBrief, UnsupportedBody } from './errors.js';
import { ExtensionUnknown, IntervalTooBrief } from './register-errors.js';
import { NotAcceptable, sdpType, UnsupportedEncoding } from './request-checks.js';
import type { SipResponse } from './srf.js';

/** Answers a request with what an error means in SIP, and counts it. */
export function refuse(response: SipResponse, error: unknown, metrics: Metrics): void {
  const verdict = error instanceof DualstreamError ? error.verdict : null;
  metrics.count('dualstream_sip_refused_total', { reason: verdict?.label ?? 'internal' });
  const status = verdict?.sip ?? 500;
  const headers: Record<string, string> = {};
  if (error instanceof NoCommonMedia) headers['Warning'] = warning(error.warning.code, error.warning.text);
  else if (error instanceof SipsNotAllowed) headers['Warning'] = warning(380, error.message);
  else if (error instanceof DualstreamError) headers['Warning'] = warning(399, error.message);
  if (error instanceof SessionTooBrief) headers['Min-SE'] = String(error.least);
  if (error instanceof IntervalTooBrief) headers['Min-Expires'] = String(error.least);
  if (error instanceof ExtensionUnknown) headers['Unsupported'] = error.extensions.join(', ');
  if (error instanceof UnsupportedBody || error instanceof NotAcceptable) headers['Accept'] = sdpType;
  if (error instanceof UnsupportedEncoding) headers['Accept-Encoding'] = 'identity';
  if (status === 503) headers['Retry-After'] = '5';
  if (error instanceof RefusedByPlan && error.phrase !== '') response.send(status, error.phrase, { headers });
  else response.send(status, { headers });
}

/** RFC 3261 §20.43; the agent is a token without meaning to the peer. */
function warning(code: number, text: string): string {
  return `${code} dualstream "${text.replace(/[^\x20-\x7e]|["\\]/g, ' ').slice(0, 200)}"`;
}
