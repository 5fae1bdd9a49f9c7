import { decodeBody } from './attributes.js';
import { BfcpFault, type Decoded } from './fault.js';
import type { Body, Carriage, Header, Message, Version } from './message.js';
import { primitiveName, type PrimitiveName } from './names.js';

/** Octets of COMMON-HEADER without fragment fields. */
export const headerSize = 12;
/** Octets of COMMON-HEADER with fragment fields. */
export const fragmentHeaderSize = 16;

/** Reads COMMON-HEADER and checks the lengths, RFC 8855 §5.1. On reliable carriage the R and F bits are ignored. */
export function decodeHeader(bytes: Uint8Array, carriage: Carriage): Decoded<Header> {
  if (bytes.length < headerSize) return bad('incomplete', bytes.length, 'fewer octets than a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  const datagram = carriage === 'datagram';
  const ids = { conferenceId: view.getUint32(4), transactionId: view.getUint16(8), userId: view.getUint16(10) };
  const version = first >> 5;
  if (version !== 1 && version !== 2) {
    return { ok: false, fault: new BfcpFault('unsupported-version', 0, `version ${version}`, ids) };
  }
  const fragmented = datagram && (first & 0x08) !== 0;
  if (fragmented && bytes.length < fragmentHeaderSize)
    return bad('incomplete', bytes.length, 'fragment header cut off');
  const header: Header = {
    ...ids,
    version: version satisfies Version,
    response: datagram && (first & 0x10) !== 0,
    primitive: view.getUint8(1),
    payloadWords: view.getUint16(2),
    fragment: fragmented ? { offset: view.getUint16(12), length: view.getUint16(14) } : null,
  };
  return lengthsAgree(header, bytes.length)
    ? { ok: true, value: header }
    : { ok: false, fault: new BfcpFault('wrong-length', 2, 'lengths disagree', ids, header) };
}

function lengthsAgree({ fragment, payloadWords }: Header, octets: number): boolean {
  if (!fragment) return headerSize + 4 * payloadWords === octets;
  return fragmentHeaderSize + 4 * fragment.length === octets && fragment.offset + fragment.length <= payloadWords;
}

/**
 * Reads the attributes of an unfragmented message whose header was accepted. Unknown attributes without the M bit and known
 * ones in a place where they mean nothing are skipped, RFC 8855 §5.2.
 */
export function decodeMessage(bytes: Uint8Array, header: Header): Decoded<Message> {
  const { conferenceId, transactionId, userId, version, response } = header;
  const ids = { conferenceId, transactionId, userId };
  const primitive = primitiveName(header.primitive);
  if (!primitive) {
    return { ok: false, fault: new BfcpFault('unknown-primitive', 1, `primitive ${header.primitive}`, ids, header) };
  }
  const walked = decodeBody(bytes, headerSize);
  if (walked.broken) {
    const { at, why } = walked.broken;
    return { ok: false, fault: new BfcpFault('malformed', at, why, ids, header) };
  }
  if (walked.unknownMandatory.length > 0) {
    const types = walked.unknownMandatory;
    return { ok: false, fault: new BfcpFault('unknown-mandatory', 0, 'unknown attributes', ids, header, types) };
  }
  const missing = missingAttribute(primitive, walked.body);
  if (missing) return { ok: false, fault: new BfcpFault('missing-attribute', bytes.length, missing, ids, header) };
  return { ok: true, value: { ...ids, version, response, primitive, body: walked.body } };
}

/** Header and attributes in one step; a fragment is refused with `wrong-length` (reassemble it first). */
export function decode(bytes: Uint8Array, carriage: Carriage): Decoded<Message> {
  const header = decodeHeader(bytes, carriage);
  if (!header.ok) return header;
  if (header.value.fragment) return bad('wrong-length', 0, 'a fragment is not a message');
  return decodeMessage(bytes, header.value);
}

/** Attributes that RFC 8855 §5.3 makes mandatory; HelloAck lists are optional here because old peers leave them out. */
function missingAttribute(primitive: PrimitiveName, body: Body): string | null {
  switch (primitive) {
    case 'FloorRequest':
      return body.floorIds ? null : 'FLOOR-ID missing';
    case 'FloorRelease':
    case 'FloorRequestQuery':
      return body.floorRequestId === undefined ? 'FLOOR-REQUEST-ID missing' : null;
    case 'FloorRequestStatus':
      return body.floorRequests ? null : 'FLOOR-REQUEST-INFORMATION missing';
    case 'ChairAction':
      return body.floorRequests?.[0]?.floors.length ? null : 'FLOOR-REQUEST-STATUS missing';
    case 'Error':
      return body.error ? null : 'ERROR-CODE missing';
    default:
      return null;
  }
}

function bad(kind: 'incomplete' | 'wrong-length', position: number, why: string): { ok: false; fault: BfcpFault } {
  return { ok: false, fault: new BfcpFault(kind, position, why) };
}
