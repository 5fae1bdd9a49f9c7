import { Headers, noBody, type SipRequest, type SipResponse } from './message.js';

/** Reason phrases of RFC 3261 §21 and its followers. */
const phrases: Record<number, string> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  199: 'Early Dialog Terminated',
  200: 'OK',
  202: 'Accepted',
  204: 'No Notification',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  305: 'Use Proxy',
  380: 'Alternative Service',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  412: 'Conditional Request Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  417: 'Unknown Resource-Priority',
  420: 'Bad Extension',
  421: 'Extension Required',
  422: 'Session Interval Too Small',
  423: 'Interval Too Brief',
  424: 'Bad Location Information',
  428: 'Use Identity Header',
  429: 'Provide Referrer Identity',
  430: 'Flow Failed',
  433: 'Anonymity Disallowed',
  436: 'Bad Identity Info',
  437: 'Unsupported Credential',
  438: 'Invalid Identity Header',
  439: 'First Hop Lacks Outbound Support',
  440: 'Max-Breadth Exceeded',
  469: 'Bad Info Package',
  470: 'Consent Needed',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  485: 'Ambiguous',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable',
  494: 'Security Agreement Required',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  505: 'Version Not Supported',
  513: 'Message Too Large',
  580: 'Precondition Failure',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
};

/** Standard reason phrase of a status. */
export function phraseOf(status: number): string {
  return phrases[status] ?? 'Unknown';
}

/** Method names this stack knows; others are answered 501. */
export const knownMethods: ReadonlySet<string> = new Set([
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
]);

/** Value of Allow in our own rejections. */
export const allow = [...knownMethods].join(', ');

/** `value` of From or To with a tag, unless it has one. */
export function withTag(value: string, tag: string): string {
  return /;\s*tag\s*=/i.test(afterBracket(value)) ? value : `${value};tag=${tag}`;
}

function afterBracket(value: string): string {
  return value.slice(value.lastIndexOf('>') + 1);
}

/** Response skeleton: all Via lines, From, To, Call-ID and CSeq copied (RFC 3261 §8.2.6.2); the tag is added above 100. */
export function responseTo(request: SipRequest, status: number, reason: string, toTag: string | null): SipResponse {
  const headers = new Headers();
  for (const via of request.headers.all('via')) headers.add('Via', via);
  headers.add('From', request.headers.get('from') ?? '');
  const to = request.headers.get('to') ?? '';
  headers.add('To', toTag === null ? to : withTag(to, toTag));
  headers.add('Call-ID', request.headers.get('call-id') ?? '');
  headers.add('CSeq', request.headers.get('cseq') ?? '');
  return { kind: 'response', status, reason, headers, body: noBody };
}

/** A whole response without body. */
export function plainResponse(
  request: SipRequest,
  status: number,
  toTag: string | null,
  extra: Record<string, string> = {},
): SipResponse {
  const response = responseTo(request, status, phraseOf(status), toTag);
  const timestamp = request.headers.get('timestamp');
  if (status === 100 && timestamp !== null) response.headers.add('Timestamp', timestamp);
  for (const [name, value] of Object.entries(extra)) response.headers.add(name, value);
  response.headers.add('Content-Length', '0');
  return response;
}

/** ACK of a final response of 300 and more: same branch, route and URI as the INVITE (RFC 3261 §17.1.1.3). */
export function hopAck(invite: SipRequest, response: SipResponse): SipRequest {
  return hopRequest(invite, 'ACK', response.headers.get('to') ?? '');
}

/** CANCEL of a request that was sent (RFC 3261 §9.1). */
export function cancelOf(request: SipRequest): SipRequest {
  return hopRequest(request, 'CANCEL', request.headers.get('to') ?? '');
}

function hopRequest(request: SipRequest, method: string, to: string): SipRequest {
  const headers = new Headers([{ name: 'Via', value: request.headers.get('via') ?? '' }]);
  for (const route of request.headers.all('route')) headers.add('Route', route);
  headers.add('Max-Forwards', '70');
  headers.add('From', request.headers.get('from') ?? '').add('To', to);
  headers.add('Call-ID', request.headers.get('call-id') ?? '');
  headers.add('CSeq', `${Number.parseInt(request.headers.get('cseq') ?? '', 10)} ${method}`);
  headers.add('Content-Length', '0');
  return { kind: 'request', method, uri: request.uri, headers, body: noBody };
}
