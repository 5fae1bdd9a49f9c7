import { primitiveName, primitives } from '../../protocol/bfcp/names.js';
import type { FloorTalk } from '../../rooms/call-archive.js';
import { floorSentence } from './floor-text.js';
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
      told.last = { at, by: outgoing ? 'us' : 'peer', what: floorSentence(bytes, way) };
  }
  return told;
}
