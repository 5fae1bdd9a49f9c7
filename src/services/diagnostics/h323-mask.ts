import { decode, encode } from '../../protocol/asn1/codec.js';
import type { AnySchema } from '../../protocol/asn1/schema.js';
import { H323_UserInformation, RasMessage } from '../../protocol/h323/h225/schema.js';
import { MultimediaSystemControlMessage, OpenLogicalChannel } from '../../protocol/h323/h245/schema.js';
import { decodeQ931, encodeQ931, type Q931Message } from '../../protocol/h323/q931.js';
import type { H323Taped } from './h323-octets.js';

/** A value without its secrets; the same one where it has none. */
type Mask = (value: unknown, secrets: ReadonlySet<string>) => unknown;

/**
 * Takes the secrets out of a message of H.323 before anybody sees it: tokens and passwords of H.235, media keys, PINs in
 * what was dialled, and pressed keys. What cannot be read may hold any of them: of that nothing but zeros is left.
 * `text` has one character for each octet; `secrets` are words of this call that are secret wherever it names somebody.
 */
export function maskH323({ text, language }: H323Taped, secrets: ReadonlySet<string> = new Set()): string {
  const octets = Buffer.from(text, 'latin1');
  const masked = language === 'h225' ? maskSignal(octets, secrets) : maskBySchema(schemaOf(language))(octets, secrets);
  return masked === octets ? text : masked.toString('latin1');
}

function schemaOf(language: H323Taped['language']): AnySchema {
  return language === 'ras' ? RasMessage : MultimediaSystemControlMessage;
}

/** Encoded values within a message, and messages themselves. */
function maskBySchema(schema: AnySchema): (octets: Buffer, secrets: ReadonlySet<string>) => Buffer {
  return (octets, secrets) => {
    const read = decode(schema, octets);
    if (!read.ok) return Buffer.alloc(octets.length);
    const masked = maskValue(read.value, secrets);
    if (masked === read.value) return octets;
    return written(() => encode(schema, masked), octets);
  };
}

function maskSignal(octets: Buffer, secrets: ReadonlySet<string>): Buffer {
  const read = decodeQ931(octets);
  if (!read.ok) return Buffer.alloc(octets.length);
  const { message } = read;
  const masked: Q931Message = { ...message };
  if (message.keypad !== undefined) masked.keypad = crossed(message.keypad);
  for (const number of ['calledPartyNumber', 'connectedNumber', 'redirectingNumber'] as const) {
    const known = message[number];
    const digits = known && maskName(known.digits, secrets, '*');
    if (known && digits !== undefined && digits !== known.digits) masked[number] = { ...known, digits };
  }
  if (message.userUser) masked.userUser = maskInformation(message.userUser, secrets);
  const same = Object.keys(masked).every(
    (name) => masked[name as keyof Q931Message] === message[name as keyof Q931Message],
  );
  return same ? octets : written(() => encodeQ931(masked), octets);
}

/** What cannot be written again without its secrets is not shown. */
function written(write: () => Buffer, octets: Buffer): Buffer {
  try {
    return write();
  } catch {
    return Buffer.alloc(octets.length);
  }
}

/** Walks a decoded value. */
const maskValue: Mask = (value, secrets) => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return mapped<unknown>(value, (one) => maskValue(one, secrets));
  // a copy has the additions too that are not known by name
  const copy: Record<string, unknown> = { ...value };
  let changed = false;
  for (const [name, inner] of Object.entries(value)) {
    const masked = (masks[name] ?? maskValue)(inner, secrets);
    changed ||= masked !== inner;
    copy[name] = masked;
  }
  return changed ? copy : value;
};

/** The same list where nothing in it changes. */
function mapped<T>(list: readonly T[], mask: (one: T) => T): readonly T[] {
  const masked = list.map(mask);
  return masked.every((one, index) => one === list[index]) ? list : masked;
}

/** Octets of zeros, words of `x`; what says of which kind they are stays. */
const blank: Mask = (value, secrets) => {
  if (value instanceof Uint8Array) return Buffer.alloc(value.length);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => blank(one, secrets));
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [
    name,
    typeof inner === 'string' && name === 'password' ? crossed(inner) : blank(inner, secrets),
  ]);
  return Object.fromEntries(entries);
};

const key: Mask = (value) => (typeof value === 'string' ? crossed(value) : value);
/** Only keys can be written there. */
const oneKey: Mask = (value) => (typeof value === 'string' ? '*' : value);
const name: Mask = (value, secrets) => (typeof value === 'string' ? maskName(value, secrets, 'x') : value);
const digits: Mask = (value, secrets) => (typeof value === 'string' ? maskName(value, secrets, '*') : value);

function within(schema: AnySchema): Mask {
  const mask = maskBySchema(schema);
  return (value, secrets) =>
    Array.isArray(value) ? mapped(value as Buffer[], (octets) => mask(octets, secrets)) : value;
}

const control = within(MultimediaSystemControlMessage);
const anyRas = maskBySchema(RasMessage);

/** Components by their names, which mean the same wherever they are in H.225.0, H.235 and H.245. */
const masks: Readonly<Record<string, Mask>> = {
  tokens: blank,
  cryptoTokens: blank,
  integrityCheckValue: blank,
  // who has it speaks for a device that has no password
  endpointIdentifier: key,
  messageNotUnderstood: (value, secrets) => (value instanceof Uint8Array ? anyRas(Buffer.from(value), secrets) : value),
  h235Key: blank,
  encryptedSignalType: blank,
  encryptedAlphanumeric: blank,
  alphanumeric: key,
  signalType: oneKey,
  dialledDigits: digits,
  publicNumberDigits: digits,
  privateNumberDigits: digits,
  'h323-ID': name,
  'url-ID': name,
  'email-ID': name,
  h245Control: control,
  parallelH245Control: control,
  fastStart: within(OpenLogicalChannel),
};

const maskInformation = maskBySchema(H323_UserInformation);

/** Room and PIN in one, `ROOM*PIN`, and whatever else is secret here. */
function maskName(text: string, secrets: ReadonlySet<string>, cross: 'x' | '*'): string {
  let masked = text.replace(/\*([^@;>\s]+)/g, (_, pin: string) => `*${cross.repeat(pin.length)}`);
  for (const secret of secrets) masked = masked.split(secret).join(cross.repeat(secret.length));
  return masked;
}

function crossed(text: string): string {
  return text.replace(/\S/g, 'x');
}
