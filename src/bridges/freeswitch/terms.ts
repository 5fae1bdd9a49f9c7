import { isMixed } from '../../media/passed-sound.js';
import type { LineParams } from '../../media/plane.js';
import type { Direction, MixedFormat } from '../../media/vocabulary.js';
import type { SoundTerms } from '../../rooms/sound-call.js';

/** How a member's sound gets to FreeSWITCH. */
export interface Terms extends SoundTerms {
  /** The member has no codec that goes both ways: it is decoded and encoded here. */
  converted: boolean;
}

/** What is spoken where sound is converted here: nothing is lost by it twice. */
const plain: MixedFormat = { kind: 'audio', name: 'PCMU', pt: 0, clock: 8000, channels: 1, params: {} };

/**
 * The call to FreeSWITCH as the member's line stands: its codec under its number where both directions have one, and the
 * directions that it has. What is on hold is not sent anywhere. Null while nothing is agreed on with the member.
 */
export function termsOf(params: LineParams | null): Terms | null {
  if (!params) return null;
  const common = params.send.filter(isMixed).filter(({ name }) => params.receive.some((other) => other.name === name));
  const formats = common.slice(0, 1).map((format) => ({ ...format, pt: numberOf(format, params) }));
  const none = params.send.length === 0 && params.receive.length === 0;
  if (none) return null;
  const converted = formats.length === 0;
  return { formats: converted ? [plain] : formats, direction: directionOf(params), converted };
}

/**
 * What a call must do to become as `b` says: `direction` can be renegotiated. Another codec (`codec`) is another call:
 * FreeSWITCH 1.11 aborts when a member of a conference changes to a codec of another sampling rate by re-INVITE.
 */
export function difference(a: Terms, b: Terms): 'none' | 'direction' | 'codec' {
  const spoken = ({ formats, converted }: Terms): string =>
    JSON.stringify([formats.map(({ name, pt, params }) => [name, pt, params]), converted]);
  if (spoken(a) !== spoken(b)) return 'codec';
  return a.direction === b.direction ? 'none' : 'direction';
}

/** FreeSWITCH takes these under their own numbers only (RFC 3551 §6). */
const STATIC: Partial<Record<MixedFormat['name'], number>> = { PCMU: 0, PCMA: 8, G722: 9 };

/** The number under which the member sends it. */
function numberOf(format: MixedFormat, { receive }: LineParams): number {
  const fixed = STATIC[format.name];
  if (fixed !== undefined) return fixed;
  return receive.find(({ name }) => name === format.name)?.pt ?? format.pt;
}

/** Towards FreeSWITCH we are what the member is towards us. */
function directionOf({ direction, held, remote }: LineParams): Direction {
  if (held) return 'inactive';
  const from = direction === 'sendrecv' || direction === 'recvonly';
  const to = remote !== null && (direction === 'sendrecv' || direction === 'sendonly');
  if (from && to) return 'sendrecv';
  return from ? 'sendonly' : to ? 'recvonly' : 'inactive';
}
