import { Disposables, type Disposable } from '../../base/disposables.js';
import { passedBothWays } from '../../media/passed-sound.js';
import type { Line } from '../../media/plane.js';
import type { EarlySound, Passage } from '../../rooms/dialer.js';
import type { EndReason, Leg } from '../../rooms/leg.js';
import type { Room } from '../../rooms/room.js';
import { CallerGone } from '../admission/errors.js';
import { roomSeat } from '../admission/room-seat.js';
import type { ArrivedCall } from '../through/arrived-call.js';
import type { CallThrough } from '../through/call-through.js';
import type { FarEnds } from '../through/far-ends.js';
import { assertedBy } from './connected-identity.js';
import type { ForwardedCall } from './forwarding.js';
import type { GatewayParts } from './gateway-parts.js';
import type { Waiting } from './incoming.js';
import type { LoopMark } from './loop-mark.js';
import { peerInfoOf } from './peer-info.js';
import { sipSeating } from './room-seat.js';
import type { SipLeg } from './sip-leg.js';

/** What forwarded calls are made with. */
export interface ForwarderOptions {
  parts: Pick<GatewayParts, 'seated' | 'conference'>;
  through: Pick<CallThrough, 'connect'>;
  farEnds: Pick<FarEnds, 'of'>;
  loops: LoopMark;
  /** The caller's leg is one of the gateway's now. */
  adopt: (leg: SipLeg) => void;
}

/** Sends SIP callers on where a rule of the dial plan says. */
export class Forwarder {
  constructor(private readonly options: ForwarderOptions) {}

  /**
   * Resolves when the caller is answered.
   * @throws what `CallThrough.connect` and IncomingCall throw
   */
  async forward(call: ForwardedCall): Promise<void> {
    const { through, farEnds } = this.options;
    await through.connect(new ArrivedSipCall(call, this.options), farEnds.of(call.trunk, call.to));
  }
}

/** A SIP caller who goes on to somebody else. */
class ArrivedSipCall implements ArrivedCall {
  readonly facts;
  readonly from: string;
  readonly caller: ArrivedCall['caller'];
  sounds: ArrivedCall['sounds'] = [];
  private told = 100;
  private waiting: Waiting | null = null;

  constructor(
    private readonly call: ForwardedCall,
    private readonly options: ForwarderOptions,
  ) {
    const { name, uri } = peerInfoOf(call.request, null);
    this.facts = call.facts;
    this.from = uri;
    const user = call.facts.user?.replace(/@.*$/, '') ?? /^sips?:([\w.+*~!-]+)@/i.exec(uri)?.[1] ?? 'anonymous';
    this.caller = { name, user };
  }

  passage(place: string): Passage {
    const { loops } = this.options;
    loops.arrive(this.call.request, place, true);
    return loops.passageOf(this.call.request);
  }

  ringing(): void {
    if (this.told !== 180) this.call.response.send((this.told = 180));
  }

  progress(): void {
    if (this.told === 100) this.call.response.send((this.told = 183));
  }

  async early(far: Line, rings: boolean): Promise<EarlySound | null> {
    const said = (await this.waiting?.early(passedBothWays(far.params))) ?? null;
    if (!said) return null;
    this.told = rings ? 180 : 183;
    this.call.response.send(this.told, { headers: { 'Content-Type': 'application/sdp' }, body: said.sdp });
    return said.sound;
  }

  onGone(told: (why: EndReason) => void): Disposable {
    const bag = new Disposables();
    let listens = true;
    bag.defer(() => (listens = false));
    this.call.request.on('cancel', () => {
      if (listens) told({ kind: 'left' });
    });
    return bag;
  }

  async answer(room: Room, far: () => Promise<Leg>): Promise<Leg> {
    const { parts, adopt } = this.options;
    const seat = roomSeat(sipSeating(parts), { room, role: 'participant', grant: null, name: null });
    const leg = await this.call.incoming.answer(seat, async (waiting) => {
      this.sounds = waiting.sounds;
      this.waiting = waiting;
      const { lines, who } = await far();
      return { passed: passedBothWays(lines.audio?.params ?? null), headers: assertedBy(who) };
    });
    if (leg.over) throw new CallerGone();
    adopt(leg);
    return leg;
  }
}
