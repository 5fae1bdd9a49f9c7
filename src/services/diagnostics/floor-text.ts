import { decodeHeader, decodeMessage } from '../../protocol/bfcp/decode.js';
import type { Carriage, FloorRequestInfo, Header, Message, RequestStatus } from '../../protocol/bfcp/message.js';
import { primitiveName } from '../../protocol/bfcp/names.js';
import type { Taped } from './tape.js';

/** What a message says about the floor, in one line. */
export function floorSentence(bytes: Uint8Array, way: Taped['way']): string {
  const header = decodeHeader(bytes, carriageOf(way));
  return header.ok ? read(bytes, header.value) : `message (${header.fault.message})`;
}

/** The same with the numbers of the message: for readers of captures whose program does not know BFCP version 2. */
export function floorComment(bytes: Uint8Array, way: Taped['way']): string {
  const header = decodeHeader(bytes, carriageOf(way));
  if (!header.ok) return `BFCP: ${header.fault.message}`;
  const { version, response, conferenceId, transactionId, userId } = header.value;
  const numbers = `conference ${conferenceId}, transaction ${transactionId}, user ${userId}`;
  return `BFCP ${version}: ${read(bytes, header.value)} [${response ? 'answer, ' : ''}${numbers}]`;
}

function carriageOf(way: Taped['way']): Carriage {
  return way === 'udp' || way === 'dtls' ? 'datagram' : 'reliable';
}

function read(bytes: Uint8Array, header: Header): string {
  const name = primitiveName(header.primitive) ?? `primitive ${header.primitive}`;
  const { fragment, payloadWords } = header;
  if (fragment) {
    return `${name}, words ${fragment.offset + 1} to ${fragment.offset + fragment.length} of ${payloadWords}`;
  }
  const message = decodeMessage(bytes, header);
  return message.ok ? sentence(message.value) : `${name} (${message.fault.message})`;
}

function sentence({ primitive, body }: Message): string {
  const requests = (body.floorRequests ?? []).map(requestText);
  if (primitive === 'Error') return `Error ${body.error?.code ?? '?'} ${body.errorInfo ?? ''}`.trimEnd();
  if (primitive === 'FloorStatus' && requests.length === 0) return 'FloorStatus: nobody';
  if (requests.length > 0) return `${primitive}: ${requests.join(', ')}`;
  if (body.floorRequestId !== undefined) return `${primitive} ${body.floorRequestId}`;
  const floors = body.floorIds ? ` for floor ${body.floorIds.join(', ')}` : '';
  const user = body.beneficiaryId === undefined ? '' : ` of user ${body.beneficiaryId}`;
  return `${primitive}${floors}${user}`;
}

function requestText({ id, overall, floors, beneficiary }: FloorRequestInfo): string {
  const status = overall?.status ?? floors[0]?.status;
  const who = beneficiary ? ` of ${beneficiary.name ?? beneficiary.id}` : '';
  return `request ${id}${who} ${status ? statusText(status) : ''}`.trimEnd();
}

function statusText({ state, position }: RequestStatus): string {
  return position > 0 ? `${state} at place ${position}` : state;
}
