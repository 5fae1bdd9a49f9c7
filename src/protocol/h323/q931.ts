import { H323Fault } from './fault.js';
import {
  bearerCodec,
  causeCodec,
  displayCodec,
  numberCodec,
  octetCodec,
  octetsCodec,
  progressCodec,
  textCodec,
  type BearerCapability,
  type Cause,
  type ElementCodec,
  type PartyNumber,
  type ProgressIndicator,
} from './q931-elements.js';
import { elementIds, messageTypes, type MessageType } from './q931-names.js';

/** Information elements that are understood. */
export interface Q931Elements {
  bearerCapability?: BearerCapability | undefined;
  cause?: Cause | undefined;
  /** The state of a Status message (Q.931 §4.5.7): 0 null, 1 call initiated, 10 active, ... */
  callState?: number | undefined;
  /** Of length 0 in every Facility message (H.225.0 §7.4.1). */
  facility?: Buffer | undefined;
  progressIndicator?: ProgressIndicator | undefined;
  /** 0 user suspended, 1 user resumed, 2 bearer change; 0x79 remote hold, 0x7a remote retrieval. */
  notificationIndicator?: number | undefined;
  display?: string | undefined;
  keypad?: string | undefined;
  signal?: number | undefined;
  connectedNumber?: PartyNumber | undefined;
  callingPartyNumber?: PartyNumber | undefined;
  calledPartyNumber?: PartyNumber | undefined;
  redirectingNumber?: PartyNumber | undefined;
  /** The H323-UserInformation. */
  userUser?: Buffer | undefined;
}

/** An element that is not understood, a second one of its kind, or one whose contents make no sense: kept as it is. */
export interface OtherElement {
  codeset: number;
  id: number;
  /** Empty for those of one octet, whose `id` has bit 8. */
  octets: Buffer;
}

/** A message of Q.931 as H.225.0 §7 uses it. */
export interface Q931Message extends Q931Elements {
  /** A number where the type is unknown; such a message is answered with Status (cause 97). */
  type: MessageType | number;
  /** Chosen by the caller, 1 to 32767; 0 for what concerns no call. */
  callReference: number;
  /** Sent by the side that was called. */
  fromDestination: boolean;
  /** No more digits follow. */
  sendingComplete?: boolean | undefined;
  others?: OtherElement[] | undefined;
}

/** A message or the reason why there is none. */
export type DecodedQ931 = { ok: true; message: Q931Message } | { ok: false; fault: H323Fault };

/** Elements in the order in which they are written: by their numbers (Q.931 §4.5.1). */
const codecs: { [K in keyof Q931Elements]-?: ElementCodec<NonNullable<Q931Elements[K]>> } = {
  bearerCapability: bearerCodec,
  cause: causeCodec,
  callState: octetCodec(0x3f, 0),
  facility: octetsCodec,
  progressIndicator: progressCodec,
  notificationIndicator: octetCodec(0x7f, 0x80),
  display: displayCodec,
  keypad: textCodec,
  signal: octetCodec(0xff, 0),
  connectedNumber: numberCodec,
  callingPartyNumber: numberCodec,
  calledPartyNumber: numberCodec,
  redirectingNumber: numberCodec,
  userUser: {
    read: (octets) => (octets[0] === asn1Discriminator ? octets.subarray(1) : null),
    write: (octets) => Buffer.concat([Buffer.from([asn1Discriminator]), octets]),
  },
};

const protocolDiscriminator = 0x08;
/** User-user information coded by X.208 and X.209, which stands for PER in H.225.0 §7.2.2.31. */
const asn1Discriminator = 0x05;
const lockingShift = 0x90;
const shiftMask = 0xf0;
const shiftIsOnce = 0x08;
/** More elements than any device sends. */
const mostElements = 128;

type ElementName = keyof Q931Elements;
const names = new Map<number, ElementName>(
  (Object.keys(codecs) as ElementName[]).map((name): [number, ElementName] => [elementIds[name], name]),
);
const typeNames = new Map<number, MessageType>(
  (Object.entries(messageTypes) as [MessageType, number][]).map(([name, type]) => [type, name]),
);

/** Reads a message. Buffers of it are views of `octets`. */
export function decodeQ931(octets: Buffer): DecodedQ931 {
  try {
    return { ok: true, message: new Q931Reader(octets).message() };
  } catch (error) {
    if (error instanceof H323Fault) return { ok: false, fault: error };
    throw error;
  }
}

class Q931Reader {
  private at = 0;
  private codeset = 0;
  private elements = 0;

  constructor(private readonly octets: Buffer) {}

  message(): Q931Message {
    if (this.octet() !== protocolDiscriminator) throw this.fault('malformed', 'not a message of Q.931');
    const reference = this.reference();
    const type = this.octet();
    const message: Q931Message = { type: typeNames.get(type) ?? type, ...reference };
    while (this.at < this.octets.length) {
      if (++this.elements > mostElements) throw this.fault('malformed', `more than ${mostElements} elements`);
      this.element(message);
    }
    return message;
  }

  private fault(kind: 'incomplete' | 'malformed', why: string): H323Fault {
    return new H323Fault(kind, this.at, why);
  }

  private octet(): number {
    const octet = this.octets[this.at];
    if (octet === undefined) throw this.fault('incomplete', 'the message ends');
    this.at++;
    return octet;
  }

  private take(length: number): Buffer {
    if (this.at + length > this.octets.length) throw this.fault('incomplete', 'an element ends after the message');
    this.at += length;
    return this.octets.subarray(this.at - length, this.at);
  }

  /** H.225.0 always has two octets; one is understood. */
  private reference(): { callReference: number; fromDestination: boolean } {
    const length = this.octet();
    if (length > 2) throw this.fault('malformed', `a call reference of ${length} octets`);
    const value = this.take(length);
    const first = value[0] ?? 0;
    const callReference = value.length === 2 ? ((first & 0x7f) << 8) + (value[1] as number) : first & 0x7f;
    return { callReference, fromDestination: (first & 0x80) !== 0 };
  }

  private element(message: Q931Message): void {
    const id = this.octet();
    if ((id & shiftMask) === lockingShift) return this.shift(message, id);
    this.put(message, this.codeset, id);
  }

  /** A locking shift holds to the end, another one for the next element (Q.931 §4.5.2-4). */
  private shift(message: Q931Message, id: number): void {
    if ((id & shiftIsOnce) === 0) this.codeset = id & 7;
    else if (this.at < this.octets.length) this.put(message, id & 7, this.octet());
  }

  private put(message: Q931Message, codeset: number, id: number): void {
    const single = (id & 0x80) !== 0;
    const octets = single ? this.octets.subarray(0, 0) : this.take(this.contentLength(codeset, id));
    if (codeset === 0 && id === elementIds.sendingComplete) message.sendingComplete = true;
    else if (codeset !== 0 || single || !readInto(message, id, octets))
      (message.others ??= []).push({ codeset, id, octets });
  }

  /** Only user-user has two octets of length (H.225.0 §7.2.2.31). */
  private contentLength(codeset: number, id: number): number {
    const length = this.octet();
    return codeset === 0 && id === elementIds.userUser ? length * 256 + this.octet() : length;
  }
}

/** Reads contents of an element into the message; false where that cannot be. */
function readInto(message: Q931Message, id: number, octets: Buffer): boolean {
  const name = names.get(id);
  if (name === undefined || message[name] !== undefined) return false;
  const value = codecs[name].read(octets);
  if (value === null) return false;
  Object.assign(message, { [name]: value });
  return true;
}

/** Writes a message. Throws H323Fault where something has no room. */
export function encodeQ931(message: Q931Message): Buffer {
  const { callReference, fromDestination, type } = message;
  if (!(callReference >= 0 && callReference < 0x8000)) throw unencodable(`call reference ${callReference}`);
  const reference = callReference + (fromDestination ? 0x8000 : 0);
  const code = typeof type === 'number' ? type : messageTypes[type];
  const parts: Buffer[] = [Buffer.from([protocolDiscriminator, 2, reference >> 8, reference & 0xff, code])];
  const others = message.others ?? [];
  if (message.sendingComplete) parts.push(Buffer.from([elementIds.sendingComplete]));
  for (const part of inOrder(message, others)) parts.push(written(part));
  const shifted = others.filter(({ codeset }) => codeset !== 0);
  for (const part of shifted) parts.push(Buffer.from([lockingShift | shiftIsOnce | (part.codeset & 7)]), written(part));
  return Buffer.concat(parts);
}

function unencodable(why: string): H323Fault {
  return new H323Fault('unencodable', 0, why);
}

/** Elements of codeset 0 by their numbers, those of one octet first. */
function inOrder(message: Q931Message, others: readonly OtherElement[]): OtherElement[] {
  const elements: OtherElement[] = [];
  for (const name of names.values()) {
    const value = message[name];
    if (value === undefined) continue;
    // The table gives each element the codec of its own type; TypeScript does not follow that through a union.
    const codec = codecs[name] as ElementCodec<unknown>;
    elements.push({ codeset: 0, id: elementIds[name], octets: codec.write(value) });
  }
  // The sort is stable: the first of a kind stays the first.
  elements.push(...others.filter(({ codeset }) => codeset === 0));
  const rank = ({ id }: OtherElement): number => (id & 0x80 ? id - 0x100 : id);
  return elements.sort((a, b) => rank(a) - rank(b));
}

function written({ codeset, id, octets }: OtherElement): Buffer {
  if (id & 0x80) return Buffer.from([id]);
  const wide = codeset === 0 && id === elementIds.userUser;
  if (octets.length > (wide ? 0xffff : 0xff)) throw unencodable(`element ${id} of ${octets.length} octets`);
  const length = wide ? [octets.length >> 8, octets.length & 0xff] : [octets.length];
  return Buffer.concat([Buffer.from([id, ...length]), octets]);
}
