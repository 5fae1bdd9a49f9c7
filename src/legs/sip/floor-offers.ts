import { type FloorTransport, isEncrypted } from '../../protocol/sdp/floor-rules.js';

/** What devices take that were not asked. */
const usual: readonly FloorTransport[] = ['UDP'];

/**
 * Transports that an offer of ours says for floor control, one after the other until one is taken. An m-line names one only
 * (RFC 8856 §4). Floor control goes as the media goes: where that is encrypted the encrypted transports of the list come
 * first; where it is plain they are passed over, unless the list has no others.
 */
export function floorOffers(
  listed: readonly FloorTransport[] | undefined,
  encrypted: boolean,
): readonly FloorTransport[] {
  const all = listed && listed.length > 0 ? listed : usual;
  const secure = all.filter(isEncrypted);
  const plain = all.filter((one) => !isEncrypted(one));
  if (encrypted) return [...secure, ...plain];
  return plain.length > 0 ? plain : secure;
}

/**
 * What is offered after one was refused; null when nothing is left. `instead` is what devices of this kind take in place of
 * a plain one; where only encrypted transports are listed it is not.
 */
export function nextOffer(
  offers: readonly FloorTransport[],
  refused: FloorTransport,
  instead: FloorTransport | null,
): FloorTransport | null {
  const plainWanted = offers.some((one) => !isEncrypted(one));
  const [next] = offers.slice(offers.indexOf(refused) + 1);
  if (instead && instead !== refused && plainWanted && !isEncrypted(refused)) return instead;
  return offers.includes(refused) ? (next ?? null) : null;
}
