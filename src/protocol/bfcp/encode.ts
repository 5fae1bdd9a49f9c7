import type { Body, Carriage, FloorRequestInfo, Message, StatusInfo, UserInfo } from './message.js';
import { attributes as a, primitives, requestStates } from './names.js';

/** One attribute to be written: at least `min` octets, and at most the room it is given. Sizes include padding. */
interface Part {
  min: number;
  write(room: number): number[];
}

/** Children of a group: its Length counts at most 255 with a 4-octet header, rounded down to whole words. */
const groupRoom = 248;
const messageRoom = 4 * 0xffff;
const utf8 = new TextEncoder();

/**
 * Writes one unfragmented message, attributes in ABNF order (RFC 8855 §5.3), padding zero, M bits clear. Texts that do not
 * fit their attribute or group are cut at a character boundary, so any message value can be written.
 */
export function encode(message: Message, carriage: Carriage): Uint8Array {
  const payload = fit(bodyParts(message.body), messageRoom);
  const bytes = new Uint8Array(12 + payload.length);
  const view = new DataView(bytes.buffer);
  const response = carriage === 'datagram' && message.response;
  view.setUint8(0, (message.version << 5) | (response ? 0x10 : 0));
  view.setUint8(1, primitives[message.primitive]);
  view.setUint16(2, payload.length / 4);
  view.setUint32(4, message.conferenceId);
  view.setUint16(8, message.transactionId);
  view.setUint16(10, message.userId);
  bytes.set(payload, 12);
  return bytes;
}

/** One order serves all primitives: none has attributes that another wants the other way round at this level. */
function bodyParts(body: Body): Part[] {
  return [
    ...(body.floorIds ?? []).map((id) => u16(a.floorId, id)),
    ...optional(body.floorRequestId, (id) => u16(a.floorRequestId, id)),
    ...optional(body.beneficiaryId, (id) => u16(a.beneficiaryId, id)),
    ...optional(body.providedInfo, (value) => text(a.providedInfo, value)),
    ...optional(body.priority, priority),
    ...optional(body.error, ({ code, details }) => octets(a.errorCode, [code, ...details])),
    ...optional(body.errorInfo, (value) => text(a.errorInfo, value)),
    ...optional(body.supportedPrimitives, (list) => octets(a.supportedPrimitives, list)),
    ...optional(body.supportedAttributes, (list) =>
      octets(
        a.supportedAttributes,
        list.map((type) => type << 1),
      ),
    ),
    ...optional(body.beneficiary, (user) => userInfo(a.beneficiary, user)),
    ...(body.floorRequests ?? []).map(floorRequestInfo),
  ];
}

function floorRequestInfo(info: FloorRequestInfo): Part {
  return group(a.floorRequest, info.id, [
    ...optional(info.overall, (status) => statusInfo(a.overallStatus, status)),
    ...info.floors.map((status) => statusInfo(a.floorStatus, status)),
    ...optional(info.beneficiary, (user) => userInfo(a.beneficiary, user)),
    ...optional(info.requestedBy, (user) => userInfo(a.requestedBy, user)),
    ...optional(info.priority, priority),
    ...optional(info.providedInfo, (value) => text(a.providedInfo, value)),
  ]);
}

function statusInfo(type: number, info: StatusInfo): Part {
  return group(type, info.id, [
    ...optional(info.status, ({ state, position }) =>
      u16(a.requestStatus, ((requestStates.indexOf(state) + 1) << 8) | (position & 0xff)),
    ),
    ...optional(info.info, (value) => text(a.statusInfo, value)),
  ]);
}

function userInfo(type: number, info: UserInfo): Part {
  return group(type, info.id, [
    ...optional(info.name, (value) => text(a.displayName, value)),
    ...optional(info.uri, (value) => text(a.userUri, value)),
  ]);
}

function optional<T>(value: T | undefined, part: (value: T) => Part): Part[] {
  return value === undefined ? [] : [part(value)];
}

function priority(value: number): Part {
  return u16(a.priority, (value & 7) << 13);
}

function u16(type: number, value: number): Part {
  return { min: 4, write: () => [type << 1, 4, (value >> 8) & 0xff, value & 0xff] };
}

function octets(type: number, data: number[]): Part {
  const bytes = padded(type, data.slice(0, 253));
  return { min: bytes.length, write: () => bytes };
}

/** A text may be left out altogether where its container has no room for it: all of them are optional. */
function text(type: number, value: string): Part {
  const bytes = utf8.encode(value);
  return {
    min: 0,
    write(room) {
      const limit = Math.min(253, (room & ~3) - 2);
      return limit < 0 ? [] : padded(type, [...cut(bytes, limit)]);
    },
  };
}

function group(type: number, id: number, parts: Part[]): Part {
  const min = 4 + kept(parts, groupRoom).reduce((sum, part) => sum + part.min, 0);
  return {
    min,
    write(room) {
      const children = fit(parts, Math.min(groupRoom, room - 4));
      return [type << 1, 4 + children.length, (id >> 8) & 0xff, id & 0xff, ...children];
    },
  };
}

/** Gives every part its minimum and lets the parts use what is left over, in order. */
function fit(parts: Part[], room: number): number[] {
  const chosen = kept(parts, room);
  let spare = room - chosen.reduce((sum, part) => sum + part.min, 0);
  const out: number[] = [];
  for (const part of chosen) {
    const bytes = part.write(part.min + spare);
    spare -= bytes.length - part.min;
    for (const byte of bytes) out.push(byte);
  }
  return out;
}

function kept(parts: Part[], room: number): Part[] {
  let used = 0;
  return parts.filter((part) => {
    if (used + part.min > room) return false;
    used += part.min;
    return true;
  });
}

function padded(type: number, data: number[]): number[] {
  const out = [type << 1, 2 + data.length, ...data];
  while (out.length % 4 !== 0) out.push(0);
  return out;
}

/** The longest prefix of at most `limit` octets that ends between two UTF-8 characters. */
function cut(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length <= limit) return bytes;
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
