import { decode, decodeHeader } from '../../protocol/bfcp/decode.js';
import type { Message } from '../../protocol/bfcp/message.js';
import { primitiveName, primitives } from '../../protocol/bfcp/names.js';
import type { FloorTalk } from '../../rooms/call-archive.js';
import type { Taped } from './tape.js';

const talk = new Set([
  'FloorRequest',
  'FloorRelease',
  'FloorRequestStatus',
  'FloorStatus',
  'ChairAction',
  'Error',
  'Goodbye',
]);
/** Said again and again while nothing happens. */
const dull = new Set<number>([
  primitives.Hello,
  primitives.HelloAck,
  primitives.FloorRequestStatusAck,
  primitives.FloorStatusAck,
]);

/** Whether a recorded message only keeps the channel open. */
export function isKeepAlive(text: string): boolean {
  return dull.has(text.charCodeAt(1));
}

/** What was said about the floor. */
export function readFloor(messages: readonly Taped[]): FloorTalk {
  const told: FloorTalk = {
    received: 0,
    sent: 0,
    helloFromPeer: null,
    helloFromUs: null,
    helloAnswered: null,
    last: null,
  };
  for (const { text, way, outgoing, at } of messages) {
    if (outgoing) told.sent += 1;
    else told.received += 1;
    const bytes = Buffer.from(text, 'latin1');
    const name = primitiveName(bytes[1] ?? 0);
    if (name === 'Hello' && outgoing) told.helloFromUs ??= at;
    else if (name === 'Hello') told.helloFromPeer ??= at;
    else if (name === 'HelloAck') told.helloAnswered ??= at;
    if (name !== undefined && talk.has(name))
      told.last = { at, by: outgoing ? 'us' : 'peer', what: describe(bytes, way) };
  }
  return told;
}

function describe(bytes: Uint8Array, way: Taped['way']): string {
  const carriage = way === 'udp' || way === 'dtls' ? 'datagram' : 'reliable';
  const read = decode(bytes, carriage);
  if (read.ok) return sentence(read.value);
  const header = decodeHeader(bytes, carriage);
  const name = header.ok ? primitiveName(header.value.primitive) : undefined;
  return `${name ?? 'message'} (${read.fault.message})`;
}

function sentence({ primitive, body }: Message): string {
  const requests = (body.floorRequests ?? []).map((one) => {
    const state = one.overall?.status?.state ?? one.floors[0]?.status?.state ?? '';
    const who = one.beneficiary ? ` of ${one.beneficiary.name ?? one.beneficiary.id}` : '';
    return `request ${one.id}${who} ${state}`.trimEnd();
  });
  if (primitive === 'Error') return `Error ${body.error?.code ?? '?'} ${body.errorInfo ?? ''}`.trimEnd();
  if (primitive === 'FloorStatus' && requests.length === 0) return 'FloorStatus: nobody';
  if (requests.length > 0) return `${primitive}: ${requests.join(', ')}`;
  if (body.floorRequestId !== undefined) return `${primitive} ${body.floorRequestId}`;
  return body.floorIds ? `${primitive} for floor ${body.floorIds.join(', ')}` : primitive;
}
