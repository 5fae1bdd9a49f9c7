import { chosen } from '../../protocol/asn1/choice.js';
import { endpointOf, endpointText } from '../../protocol/h323/addresses.js';
import { aliasTexts } from '../../protocol/h323/aliases.js';
import type { InfoRequestResponse, RasMessage, TransportAddress } from '../../protocol/h323/h225/schema.js';
import { nameOf, rejectReason } from '../../protocol/h323/ras/messages.js';
import { causeWords } from './h225-words.js';

/** What a message of RAS says, in one line: its name, for whom, and why not. */
export function rasWords(message: RasMessage): string {
  const words = [rejectReason(message), ...admissionWords(message), ...callWords(message)];
  const said = words.filter((one) => one !== null && one !== '').join(', ');
  return said === '' ? nameOf(message) : `${nameOf(message)}: ${said}`;
}

/** May a call be made, and where does it go. */
function admissionWords(message: RasMessage): (string | null)[] {
  const { admissionRequest, locationRequest, locationConfirm, admissionReject, admissionConfirm } = message;
  if (admissionRequest) {
    const { answerCall, destinationInfo, srcInfo, bandWidth } = admissionRequest;
    const [whom = 'an address'] = aliasTexts(answerCall ? srcInfo : destinationInfo);
    return [`${answerCall ? 'a call from' : 'a call to'} ${whom}`, kbps(bandWidth)];
  }
  const confirms = admissionConfirm ? [admissionConfirm] : (message.admissionConfirmSequence ?? []);
  const [confirm] = confirms;
  if (confirm) {
    const { callModel, destCallSignalAddress, destinationInfo, bandWidth, alternateEndpoints = [] } = confirm;
    const others = alternateEndpoints.length + confirms.length - 1;
    return [
      `${chosen(callModel)}${at(destCallSignalAddress)}`,
      destinationInfo ? `as ${aliasTexts(destinationInfo).join(' ')}` : null,
      others > 0 ? `or ${others} others` : null,
      kbps(bandWidth),
    ];
  }
  if (admissionReject?.altGKInfo)
    return [`${admissionReject.altGKInfo.alternateGatekeeper.length} other gatekeepers are named`];
  if (locationRequest) return [`where is ${aliasTexts(locationRequest.destinationInfo).join(' ')}`];
  if (locationConfirm) {
    const { callSignalAddress, destinationInfo } = locationConfirm;
    const as = destinationInfo ? `as ${aliasTexts(destinationInfo).join(' ')}` : null;
    return [at(callSignalAddress).trim(), as];
  }
  return [];
}

/** What becomes of a call that was admitted. */
function callWords(message: RasMessage): (string | null)[] {
  const { bandwidthRequest, bandwidthConfirm, bandwidthReject, disengageRequest, requestInProgress } = message;
  const rate = bandwidthRequest?.bandWidth ?? bandwidthConfirm?.bandWidth;
  if (rate !== undefined) return [kbps(rate)];
  if (bandwidthReject) return [`${kbps(bandwidthReject.allowedBandWidth)} are allowed`];
  if (requestInProgress) return [`wait ${requestInProgress.delay} ms`];
  if (disengageRequest) {
    const { disengageReason, terminationCause } = disengageRequest;
    // location, then the cause with its extension bit (Q.850)
    const value = terminationCause?.releaseCompleteCauseIE?.at(-1);
    return [chosen(disengageReason), value === undefined ? null : causeWords({ value: value & 0x7f })];
  }
  return message.infoRequestResponse ? reportWords(message.infoRequestResponse) : [];
}

/** Media as it is reported; of several calls their number alone. */
function reportWords({ perCallInfo = [], irrStatus }: InfoRequestResponse): (string | null)[] {
  if (irrStatus?.invalidCall) return ['no such call'];
  const [call, ...others] = perCallInfo;
  if (!call) return ['no calls'];
  if (others.length > 0) return [`${perCallInfo.length} calls`];
  const { audio = [], video = [], data = [], bandWidth } = call;
  const count = (what: string, list: readonly unknown[]): string | null =>
    list.length > 0 ? `${list.length} ${what}` : null;
  return [count('audio', audio), count('video', video), count('data', data), kbps(bandWidth)];
}

function kbps(hundreds: number): string {
  return `${Math.floor(hundreds / 10)} kbit/s`;
}

function at(address: TransportAddress | undefined): string {
  const place = endpointOf(address);
  return place ? ` at ${endpointText(place)}` : '';
}
