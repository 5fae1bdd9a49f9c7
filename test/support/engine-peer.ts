import { requestOf, type MemoryEngine } from './memory-engine.js';

/** A description. */
export const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n';

/** First value of a header of a message. */
export function valueOf(text: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
}

/** Answers a request of the engine as its UDP peer. */
export function peerAnswer(
  run: MemoryEngine,
  request: string,
  status: string,
  tag: string,
  extra: string[] = [],
): void {
  const to = valueOf(request, 'To');
  const lines = [
    `SIP/2.0 ${status}`,
    `Via: ${valueOf(request, 'Via')}`,
    `From: ${valueOf(request, 'From')}`,
    `To: ${to}${to.includes('tag=') ? '' : `;tag=${tag}`}`,
    `Call-ID: ${valueOf(request, 'Call-ID')}`,
    `CSeq: ${valueOf(request, 'CSeq')}`,
    'Contact: <sip:bob@127.0.0.1:6001>',
    ...extra,
    'Content-Length: 0',
    '',
    '',
  ];
  run.peer.send(Buffer.from(lines.join('\r\n')), run.at);
}

/** What the engine sent last. */
export const last = (run: MemoryEngine): string => run.sent.at(-1)?.text ?? '';
/** What the engine sent that begins so. */
export const sentOf = (run: MemoryEngine, start: string): string[] =>
  run.sent.map(({ text }) => text).filter((text) => text.startsWith(start));

/** A call of the peer, answered with 200 by the application. Returns the To value with tag. */
export function answered(run: MemoryEngine, fields: Record<string, string> = {}): string {
  run.peer.send(Buffer.from(requestOf('INVITE', fields, sdp)), run.at);
  run.app.answer(run.app.fromNetwork.at(-1) ?? '', '200 OK', [], sdp);
  return valueOf(last(run), 'To');
}

/** A request of the peer inside the dialog with this To value. */
export function inDialog(
  run: MemoryEngine,
  method: string,
  to: string,
  n: number,
  extra: Record<string, string> = {},
  body = '',
): void {
  const fields = {
    To: to,
    CSeq: `${n} ${method}`,
    Via: `SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bK${method}${n};rport`,
    ...extra,
  };
  run.peer.send(Buffer.from(requestOf(method, fields, body)), run.at);
}
