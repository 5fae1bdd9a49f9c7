import type { Metrics } from '../../base/metrics.js';
import { BadTarget, LoopDetected } from '../../rooms/dialer.js';
import type { RoomDirectory } from '../../rooms/directory.js';
import { NotAllowed } from '../../rooms/errors.js';
import { relayDigits } from '../../rooms/relay-digits.js';
import type { Room } from '../../rooms/room.js';
import type { SipDialer } from './dialer.js';
import type { GatewayParts } from './gateway-parts.js';
import type { ForwardedCall } from './forwarding.js';
import type { LoopMark, PassedOn } from './loop-mark.js';
import { peerInfoOf } from './peer-info.js';
import type { SipLeg } from './sip-leg.js';
import { roomSeat } from '../admission/room-seat.js';
import { sipSeating } from './room-seat.js';
import type { Caller } from './trunks.js';

/** What forwarded calls are made with. */
export interface ForwarderOptions {
  parts: GatewayParts;
  dialer: Pick<SipDialer, 'throughTrunk'>;
  rooms: Pick<RoomDirectory, 'openHidden'>;
  loops: LoopMark;
  /** Whether calls from this address may go out without a password. */
  trusts: (address: string) => boolean;
  /** The caller's leg is one of the gateway's now. */
  adopt: (leg: SipLeg) => void;
  metrics: Metrics;
}

/** What a trunk can be asked for; no URI, no parameter, nothing that could lead elsewhere. */
const number = /^\+?[\w*.-]{1,64}$/;

/**
 * Gateway calls: a caller and somebody behind a trunk meet in a room of their own. The caller is answered when the far
 * end is, and when one leaves the other is hung up.
 */
export class Forwarder {
  /** Calls that nobody has answered yet: who calls what. */
  private readonly ringing = new Set<string>();

  constructor(private readonly options: ForwarderOptions) {}

  /**
   * Makes one; resolves when the caller is answered.
   * @throws NotAllowed, LoopDetected, BadTarget, TooManyCalls, DialFailed and what IncomingCall throws
   */
  async forward(call: ForwardedCall): Promise<void> {
    const { request, trunk, to, facts } = call;
    const { loops, rooms, metrics, parts, trusts } = this.options;
    // whatever the dial plan was made to say: nobody unknown gets out
    if (facts.user === null && !trusts(facts.source)) throw new NotAllowed('call through a trunk');
    if (!number.test(to)) throw new BadTarget('not a number');
    const place = `trunk:${trunk}:${to}`;
    loops.arrive(request, place, true);
    const headers = loops.passOn(request, place);
    const who = peerInfoOf(request, null);
    const key = `${who.uri.toLowerCase()} ${place}`;
    // nobody calls the same number twice at once; a call that lost its mark on the way does
    if (this.ringing.has(key)) throw new LoopDetected('the same call is under way already');
    this.ringing.add(key);
    const room = rooms.openHidden(`call-${parts.chance.hex(4)}`);
    metrics.count('dualstream_forwarded_calls_total', { trunk });
    try {
      const user = facts.user?.replace(/@.*$/, '') ?? /^sips?:([\w.+*~!-]+)@/i.exec(who.uri)?.[1] ?? 'anonymous';
      await this.connect(call, room, { name: who.name, user }, headers);
    } catch (error) {
      await room.close({ kind: 'left' });
      throw error;
    } finally {
      this.ringing.delete(key);
    }
  }

  private async connect(call: ForwardedCall, room: Room, caller: Caller, headers: PassedOn): Promise<void> {
    const { parts, adopt } = this.options;
    const far: SipLeg[] = [];
    const seat = roomSeat(sipSeating(parts), { room, role: 'participant', grant: null, name: null });
    const near = await call.incoming.answer(seat, () => this.dial(call, room, caller, headers, far));
    adopt(near);
    near.on.on('ended', ({ reason }) => void room.close(reason));
    if (near.over) await room.close({ kind: 'left' });
    const [other] = far;
    if (other) relayDigits(near, other, () => this.options.metrics.count('dualstream_keys_lost_total'));
  }

  /** Resolves when somebody answered; the caller hears it ring meanwhile. */
  private async dial(
    { request, response, trunk, to }: ForwardedCall,
    room: Room,
    caller: Caller,
    headers: PassedOn,
    far: SipLeg[],
  ): Promise<void> {
    let told = false;
    const dialling = this.options.dialer.throughTrunk({
      ...{ trunk, to, caller, headers, room },
      ringing: () => {
        if (!told) response.send(180);
        told = true;
      },
      seat: (leg) => {
        far.push(leg);
        leg.on.on('ended', ({ reason }) => void room.close(reason));
        return room.join(leg);
      },
    });
    request.on('cancel', () => dialling.cancel({ kind: 'left' }));
    const closed = room.on.on('closed', () => dialling.cancel({ kind: 'shutdown' }));
    await dialling.done.finally(() => closed.dispose());
  }
}
