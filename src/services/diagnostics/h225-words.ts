import { chosen } from '../../protocol/asn1/choice.js';
import { decode } from '../../protocol/asn1/codec.js';
import { endpointOf, endpointText } from '../../protocol/h323/addresses.js';
import { aliasTexts } from '../../protocol/h323/aliases.js';
import { reasonName } from '../../protocol/h323/call/causes.js';
import { anyBody, bodyOf } from '../../protocol/h323/call/signal.js';
import type { H323_UU_PDU } from '../../protocol/h323/h225/schema.js';
import { MultimediaSystemControlMessage } from '../../protocol/h323/h245/schema.js';
import type { Q931Message } from '../../protocol/h323/q931.js';
import { causes } from '../../protocol/h323/q931-names.js';
import { h245Words } from './h245-words.js';

/** What a message of call signalling says, in one line, with the H.245 that it carries. */
export function h225Words(q931: Q931Message, pdu: H323_UU_PDU | null): string {
  const said = [...bodyWords(q931, pdu), ...channelWords(pdu)].filter((one) => one !== '');
  const carried = [...(bodyOf(pdu, 'setup')?.parallelH245Control ?? []), ...(pdu?.h245Control ?? [])].map(carriedWords);
  const name = typeof q931.type === 'number' ? `message ${q931.type}` : nameOf(q931.type);
  const head = said.length > 0 ? `${name}: ${said.join(', ')}` : name;
  return carried.length > 0 ? `${head} [${carried.join('; ')}]` : head;
}

/** A cause by its name and number. */
export function causeWords({ value }: { value: number }): string {
  const name = Object.entries(causes).find(([, number]) => number === value)?.[0];
  return name === undefined ? `cause ${value}` : `${spaced(name)} (cause ${value})`;
}

function bodyWords(q931: Q931Message, pdu: H323_UU_PDU | null): string[] {
  const { type, display = '', cause, keypad, callState } = q931;
  switch (type) {
    case 'setup': {
      const setup = bodyOf(pdu, 'setup');
      const [whom = q931.calledPartyNumber?.digits ?? 'our address'] = aliasTexts(setup?.destinationAddress);
      return [display && `from ${display}`, `to ${whom}`];
    }
    case 'connect':
      return [display && `by ${display}`];
    case 'releaseComplete': {
      const reason = reasonName(bodyOf(pdu, 'releaseComplete')?.reason);
      return [cause ? causeWords(cause) : '', reason ?? ''];
    }
    case 'facility': {
      const facility = bodyOf(pdu, 'facility');
      return [facility ? chosen(facility.reason) : ''];
    }
    case 'information':
      return [keypad === undefined ? '' : 'keys'];
    case 'notify':
      return [display];
    case 'status':
      return [cause ? causeWords(cause) : '', callState === undefined ? '' : `state ${callState}`];
    default:
      return [];
  }
}

/** How media and H.245 are to begin. */
function channelWords(pdu: H323_UU_PDU | null): string[] {
  const { fastStart = [], fastConnectRefused, h245Address } = anyBody(pdu);
  const at = endpointOf(h245Address);
  return [
    fastStart.length > 0 ? `fast start of ${fastStart.length} channels` : '',
    fastConnectRefused ? 'fast start refused' : '',
    at ? `H.245 at ${endpointText(at)}` : '',
    pdu?.h245Tunnelling === true && bodyOf(pdu, 'setup') ? 'tunnels H.245' : '',
  ];
}

function carriedWords(octets: Buffer): string {
  const read = decode(MultimediaSystemControlMessage, octets);
  return read.ok ? h245Words(read.value) : 'H.245 that cannot be read';
}

function nameOf(type: string): string {
  return type.charAt(0).toUpperCase() + type.slice(1);
}

function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
