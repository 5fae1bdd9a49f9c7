import { decode } from '../../protocol/asn1/codec.js';
import { H323_UserInformation, type H323_UU_PDU, type RasMessage } from '../../protocol/h323/h225/schema.js';
import { MultimediaSystemControlMessage } from '../../protocol/h323/h245/schema.js';
import { decodeQ931, type Q931Message } from '../../protocol/h323/q931.js';
import { messageTypes, type MessageType } from '../../protocol/h323/q931-names.js';
import { readRas } from '../../protocol/h323/ras/messages.js';
import type { Taped } from './tape.js';

/** Messages of H.323 on a tape. */
export type H323Taped = Pick<Taped, 'text' | 'language'>;

/** One of them, read; null where it cannot be. */
export type ReadH323 =
  | { language: 'h225'; q931: Q931Message; pdu: H323_UU_PDU | null }
  | { language: 'h245'; pdu: MultimediaSystemControlMessage }
  | { language: 'ras'; message: RasMessage };

/** Reads a message of one character for each octet; in call signalling what could not be read is left out. */
export function readH323({ text, language }: H323Taped): ReadH323 | null {
  const octets = Buffer.from(text, 'latin1');
  if (language === 'h245') {
    const read = decode(MultimediaSystemControlMessage, octets);
    return read.ok ? { language, pdu: read.value } : null;
  }
  if (language === 'ras') {
    const read = readRas(octets);
    return read.ok ? { language, message: read.message } : null;
  }
  const read = decodeQ931(octets);
  if (!read.ok) return null;
  const { userUser } = read.message;
  const information = userUser && decode(H323_UserInformation, userUser);
  if (information?.ok === false) return null;
  return { language: 'h225', q931: read.message, pdu: information?.value['h323-uu-pdu'] ?? null };
}

/** Whether it is that message of call signalling, read as cheaply as may be. */
export function isSignal({ text, language }: H323Taped, type: MessageType): boolean {
  // discriminator, length of the call reference, call reference, type (Q.931 §4)
  return language === 'h225' && text.charCodeAt(2 + text.charCodeAt(1)) === messageTypes[type];
}
