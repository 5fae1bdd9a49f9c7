import { DualstreamError, type Verdict } from '../../base/errors.js';
import type { Participant } from '../../rooms/participant.js';
import type { Room } from '../../rooms/room.js';
import { parseParams } from '../../protocol/sip-values/params.js';
import type { Destination } from '../admission/destination.js';
import type { GatewayParts } from './gateway-parts.js';
import type { SipLeg } from './sip-leg.js';

/** What an INVITE with Replaces asks to take the place of (RFC 3891 §6.1). Tags are seen from our side. */
export interface Replaced {
  callId: string;
  localTag: string;
  remoteTag: string;
  /** Only a dialog that is not confirmed. */
  earlyOnly: boolean;
}

/** A call that cannot be replaced, with the answer of RFC 3891 §3. */
export class NotReplaced extends DualstreamError {
  readonly verdict: Verdict;
  constructor(sip: 400 | 481 | 486 | 603, why: string) {
    super(why);
    const label = { 400: 'bad_replaces', 481: 'no_such_dialog', 486: 'dialog_confirmed', 603: 'dialog_over' }[sip];
    this.verdict = { sip, h225: 'undefinedReason', bfcp: 0, http: 409, label, retry: false };
  }
}

/** Reads Replaces. @throws NotReplaced */
export function parseReplaces(text: string): Replaced {
  const cut = text.indexOf(';');
  const params = readParams(cut < 0 ? '' : text.slice(cut));
  const callId = (cut < 0 ? text : text.slice(0, cut)).trim();
  const [localTag, remoteTag] = [params.get('to-tag'), params.get('from-tag')];
  if (callId === '' || !localTag || !remoteTag) throw new NotReplaced(400, 'Replaces cannot be read');
  return { callId, localTag, remoteTag, earlyOnly: params.has('early-only') };
}

function readParams(text: string): ReturnType<typeof parseParams> {
  try {
    return parseParams(text);
  } catch {
    throw new NotReplaced(400, 'Replaces cannot be read');
  }
}

/** How many calls that ended are remembered, to tell their ends from calls that never were. */
const remembered = 500;

/** The calls that another one may take the place of, and those that are over. */
export class Replaceable {
  private readonly live = new Map<string, SipLeg>();
  private readonly over = new Set<string>();

  /** A leg has its dialog. */
  add(leg: SipLeg): void {
    const ids = leg.ids;
    if (!ids) return;
    const key = keyOf(ids);
    this.live.set(key, leg);
    leg.on.on('ended', () => {
      this.live.delete(key);
      this.over.add(key);
      const [oldest] = this.over;
      if (this.over.size > remembered && oldest !== undefined) this.over.delete(oldest);
    });
  }

  /** The call that is meant. @throws NotReplaced */
  find(text: string): SipLeg {
    const asked = parseReplaces(text);
    const key = keyOf(asked);
    const leg = this.live.get(key);
    if (!leg && this.over.has(key)) throw new NotReplaced(603, 'the call to be replaced is over');
    if (!leg) throw new NotReplaced(481, 'there is no call like the one to be replaced');
    if (asked.earlyOnly) throw new NotReplaced(486, 'the call to be replaced was answered');
    return leg;
  }
}

/** A peer of RFC 2543 without a tag is named by the tag `0` (RFC 3891 §3). */
function keyOf({ callId, localTag, remoteTag }: { callId: string; localTag: string; remoteTag?: string }): string {
  return `${callId}|${localTag}|${remoteTag ?? '0'}`;
}

/** The seat of another leg, which is hung up when the new call has it: same name, role, rights and place in the room. */
export function seatOf(
  parts: Pick<GatewayParts, 'seated' | 'conference'>,
  old: SipLeg,
  rooms: readonly Room[],
): Destination<SipLeg> {
  const place = (): { room: Room; seat: Participant } => {
    for (const room of rooms) {
      const seat = room.seatOf(old.id);
      if (seat) return { room, seat };
    }
    throw new NotReplaced(603, 'the call to be replaced is over');
  };
  return {
    room: place().room,
    name: place().seat.name,
    asks: false,
    ready: () => void place(),
    take(leg) {
      const { room, seat } = place();
      if (room.settings.srtp === 'required') leg.parts.exchanges.requireEncryption();
      const participant = room.replace(seat, leg);
      parts.seated(leg, room, participant);
      parts.conference?.seated(leg, room);
      void old.end({ kind: 'left' });
    },
  };
}
