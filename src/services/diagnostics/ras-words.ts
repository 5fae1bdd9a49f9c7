import { chosen } from '../../protocol/asn1/choice.js';
import { endpointOf, endpointText } from '../../protocol/h323/addresses.js';
import { aliasTexts } from '../../protocol/h323/aliases.js';
import type { RasMessage } from '../../protocol/h323/h225/schema.js';
import { nameOf, rejectReason } from '../../protocol/h323/ras/messages.js';

/** What a message of RAS says, in one line: its name, for whom, and why not. */
export function rasWords(message: RasMessage): string {
  const name = nameOf(message);
  const why = rejectReason(message);
  if (why !== null) return `${name}: ${why}`;
  const { admissionRequest, admissionConfirm, disengageRequest, locationRequest } = message;
  if (admissionRequest) {
    const { answerCall, destinationInfo, srcInfo } = admissionRequest;
    const [whom] = aliasTexts(answerCall ? srcInfo : destinationInfo);
    return `${name}: ${answerCall ? 'a call from' : 'a call to'} ${whom ?? 'an address'}`;
  }
  if (admissionConfirm) {
    const at = endpointOf(admissionConfirm.destCallSignalAddress);
    return `${name}: ${chosen(admissionConfirm.callModel)}${at ? ` to ${endpointText(at)}` : ''}`;
  }
  if (disengageRequest) return `${name}: ${chosen(disengageRequest.disengageReason)}`;
  if (locationRequest) return `${name}: ${aliasTexts(locationRequest.destinationInfo).join(', ')}`;
  return name;
}
