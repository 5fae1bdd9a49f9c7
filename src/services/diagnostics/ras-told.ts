import { aliasTexts } from '../../protocol/h323/aliases.js';
import type { AliasAddress, RasMessage } from '../../protocol/h323/h225/schema.js';
import { bodyOf, rejectReason } from '../../protocol/h323/ras/messages.js';
import { peerOf, type Told } from './signalling.js';
import type { Taped } from './tape.js';

/** A message of RAS that was read. */
export interface ReadRas {
  taped: Taped;
  message: RasMessage;
}

/** A call of which nothing but RAS passed us: one that was not admitted, or that devices have among themselves. */
export function tellRas(messages: readonly ReadRas[]): Told {
  const [first] = messages;
  const asked = first?.message.admissionRequest ?? first?.message.locationRequest;
  const { srcInfo, sourceInfo, destinationInfo } = (asked ?? {}) as {
    srcInfo?: AliasAddress[];
    sourceInfo?: AliasAddress[];
    destinationInfo?: AliasAddress[];
  };
  const outgoing = first?.taped.outgoing === true;
  const called = first?.message.admissionRequest?.answerCall === true;
  // a rate that was refused ends nothing
  const last = messages.findLast(({ message }) => rejectReason(message) !== null && !message.bandwidthReject);
  const over = messages.some(({ message }) => message.disengageRequest !== undefined);
  const refused = last !== undefined && !over && lastWord(messages) === last;
  return {
    direction: outgoing && !called ? 'out' : 'in',
    from: uriOf(srcInfo ?? sourceInfo),
    to: uriOf(destinationInfo),
    agent: '',
    transport: first?.taped.way ?? '',
    peer: peerOf(first?.taped),
    status: null,
    reason: refused ? (rejectReason(last.message) ?? '') : '',
    final: over || refused ? { refused } : null,
  };
}

/** The last answer that grants or refuses something. */
function lastWord(messages: readonly ReadRas[]): ReadRas | undefined {
  return messages.findLast(({ message }) => {
    const { admissionConfirm, admissionConfirmSequence, locationConfirm } = message;
    return (
      bodyOf(message) && (admissionConfirm ?? admissionConfirmSequence ?? locationConfirm ?? rejectReason(message))
    );
  });
}

function uriOf(aliases: readonly AliasAddress[] | undefined): string {
  return `h323:${aliasTexts(aliases)[0] ?? ''}`;
}
