import type { Body, FloorRequestInfo, RequestStatus, StatusInfo, UserInfo } from './message.js';
import { attributes as a, lastAttribute, requestStates } from './names.js';

/** What the attribute walk over a message found. */
export interface Walked {
  body: Body;
  unknownMandatory: number[];
  /** Where and why the walk had to stop, or null. */
  broken: { at: number; why: string } | null;
}

/** One attribute: contents in [start, end). */
interface Tlv {
  type: number;
  at: number;
  start: number;
  end: number;
}

/** Aborts a walk; caught in `decodeBody`, never seen outside. */
class Broken extends Error {
  constructor(
    readonly at: number,
    why: string,
  ) {
    super(why);
  }
}

const utf8 = new TextDecoder();

/** Decodes all attributes from octet `from` to the end, RFC 8855 §5.2. Never throws. */
export function decodeBody(bytes: Uint8Array, from: number): Walked {
  const reader = new Reader(bytes);
  const body: Body = {};
  try {
    reader.each(from, bytes.length, (tlv) => topLevel(reader, tlv, body));
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { body, unknownMandatory: reader.unknownMandatory, broken: { at: error.at, why: error.message } };
  }
  return { body, unknownMandatory: reader.unknownMandatory, broken: null };
}

/** Where an attribute occurs twice that may occur once, the first one counts. */
function topLevel(reader: Reader, tlv: Tlv, body: Body): void {
  switch (tlv.type) {
    case a.beneficiaryId:
      body.beneficiaryId ??= reader.u16(tlv);
      break;
    case a.floorId:
      (body.floorIds ??= []).push(reader.u16(tlv));
      break;
    case a.floorRequestId:
      body.floorRequestId ??= reader.u16(tlv);
      break;
    case a.priority:
      body.priority ??= reader.priority(tlv);
      break;
    case a.errorCode: {
      const [code, ...details] = reader.octets(tlv);
      if (code === undefined) throw new Broken(tlv.at, 'ERROR-CODE without a code');
      body.error ??= { code, details };
      break;
    }
    case a.errorInfo:
      body.errorInfo ??= reader.text(tlv);
      break;
    case a.providedInfo:
      body.providedInfo ??= reader.text(tlv);
      break;
    case a.supportedAttributes:
      body.supportedAttributes ??= reader.octets(tlv).map((octet) => octet >> 1);
      break;
    case a.supportedPrimitives:
      body.supportedPrimitives ??= reader.octets(tlv);
      break;
    case a.beneficiary:
      body.beneficiary ??= userInfo(reader, tlv);
      break;
    case a.floorRequest:
      (body.floorRequests ??= []).push(floorRequestInfo(reader, tlv));
      break;
  }
}

function floorRequestInfo(reader: Reader, group: Tlv): FloorRequestInfo {
  const info: FloorRequestInfo = { id: reader.groupId(group), floors: [] };
  reader.each(group.start + 2, group.end, (tlv) => {
    switch (tlv.type) {
      case a.overallStatus:
        info.overall ??= statusInfo(reader, tlv);
        break;
      case a.floorStatus:
        info.floors.push(statusInfo(reader, tlv));
        break;
      case a.beneficiary:
        info.beneficiary ??= userInfo(reader, tlv);
        break;
      // The text of §13.2 names BENEFICIARY-ID here although the ABNF does not.
      case a.beneficiaryId:
        info.beneficiary ??= { id: reader.u16(tlv) };
        break;
      case a.requestedBy:
        info.requestedBy ??= userInfo(reader, tlv);
        break;
      case a.priority:
        info.priority ??= reader.priority(tlv);
        break;
      case a.providedInfo:
        info.providedInfo ??= reader.text(tlv);
        break;
    }
  });
  return info;
}

function statusInfo(reader: Reader, group: Tlv): StatusInfo {
  const info: StatusInfo = { id: reader.groupId(group) };
  reader.each(group.start + 2, group.end, (tlv) => {
    if (tlv.type === a.requestStatus) info.status ??= reader.status(tlv);
    else if (tlv.type === a.statusInfo) info.info ??= reader.text(tlv);
  });
  return info;
}

function userInfo(reader: Reader, group: Tlv): UserInfo {
  const info: UserInfo = { id: reader.groupId(group) };
  reader.each(group.start + 2, group.end, (tlv) => {
    if (tlv.type === a.displayName) info.name ??= reader.text(tlv);
    else if (tlv.type === a.userUri) info.uri ??= reader.text(tlv);
  });
  return info;
}

class Reader {
  readonly unknownMandatory: number[] = [];

  constructor(private readonly bytes: Uint8Array) {}

  /** Visits the known attributes in [from, to); notes unknown ones with the M bit. */
  each(from: number, to: number, visit: (tlv: Tlv) => void): void {
    for (let at = from; at < to;) {
      const head = this.bytes[at];
      const length = at + 1 < to ? this.bytes[at + 1] : undefined;
      if (head === undefined || length === undefined) throw new Broken(at, 'attribute cut off');
      if (length < 2) throw new Broken(at, 'attribute length below 2');
      const end = at + length;
      if (end > to) throw new Broken(at, 'attribute runs over its container');
      const type = head >> 1;
      if (type >= 1 && type <= lastAttribute) visit({ type, at, start: at + 2, end });
      else if ((head & 1) === 1 && !this.unknownMandatory.includes(type)) this.unknownMandatory.push(type);
      at = (end + 3) & ~3;
    }
  }

  u16(tlv: Tlv): number {
    if (tlv.end - tlv.start !== 2) throw new Broken(tlv.at, 'not a 16-bit attribute');
    return ((this.bytes[tlv.start] ?? 0) << 8) | (this.bytes[tlv.start + 1] ?? 0);
  }

  groupId(tlv: Tlv): number {
    if (tlv.end - tlv.start < 2) throw new Broken(tlv.at, 'group without an id');
    return this.u16({ ...tlv, end: tlv.start + 2 });
  }

  /** Values above 4 count as 4, RFC 8855 §5.2.4. */
  priority(tlv: Tlv): number {
    return Math.min(4, this.u16(tlv) >> 13);
  }

  status(tlv: Tlv): RequestStatus {
    const value = this.u16(tlv);
    const state = requestStates[(value >> 8) - 1];
    if (!state) throw new Broken(tlv.at, 'unknown request status');
    return { state, position: value & 0xff };
  }

  octets(tlv: Tlv): number[] {
    return [...this.bytes.subarray(tlv.start, tlv.end)];
  }

  text(tlv: Tlv): string {
    return utf8.decode(this.bytes.subarray(tlv.start, tlv.end));
  }
}
