import type { Chance } from '../../base/ids.js';
import type { Metrics } from '../../base/metrics.js';
import { isPassed } from '../../media/passed-sound.js';
import { LoopDetected, type PassedCall } from '../../rooms/dialer.js';
import type { RoomDirectory } from '../../rooms/directory.js';
import { NotAllowed } from '../../rooms/errors.js';
import type { Leg } from '../../rooms/leg.js';
import { relayDigits } from '../../rooms/relay-digits.js';
import type { Room } from '../../rooms/room.js';
import type { ArrivedCall, FarEnd } from './arrived-call.js';
import { BeforeAnswer } from './before-answer.js';
import { SipsNotAllowed } from './errors.js';

/** What calls are connected with. */
export interface CallThroughOptions {
  rooms: Pick<RoomDirectory, 'openHidden'>;
  /** Whether calls from this address may go out without a password. */
  trusts: (address: string) => boolean;
  chance: Chance;
  metrics: Metrics;
}

/** What is known before the caller's description is read. */
type Passed = Omit<PassedCall, 'sounds' | 'later'>;

/**
 * Calls that go through: a caller and somebody else, of whatever protocols, meet in a room of two that nobody else finds.
 * The caller is answered when the far end is, and when one leaves the other is hung up.
 */
export class CallThrough {
  /** Calls that nobody has answered yet: who calls what. */
  private readonly ringing = new Set<string>();

  constructor(private readonly options: CallThroughOptions) {}

  /**
   * Connects a call that came in with a far end; resolves when the caller is answered.
   * @throws NotAllowed, SipsNotAllowed, LoopDetected, DialFailed, what the far end's dialer throws and what answering throws
   */
  async connect(call: ArrivedCall, far: FarEnd): Promise<void> {
    const { rooms, metrics, chance, trusts } = this.options;
    // whatever the dial plan was made to say: nobody unknown gets out
    const { user, source, via } = call.facts;
    if (far.free !== true && user === null && !trusts(source) && via?.gatekeeper !== true)
      throw new NotAllowed('call through');
    const secure = /^sips:/i.test(call.facts.uri);
    if (!far.secure && secure) throw new SipsNotAllowed();
    const passage = call.passage(far.place);
    const key = `${call.from.toLowerCase()} ${far.place}`;
    // nobody calls the same number twice at once; a call that lost its mark on the way does
    if (this.ringing.has(key)) throw new LoopDetected('the same call is under way already');
    this.ringing.add(key);
    const room = rooms.openHidden(`call-${chance.hex(4)}`);
    metrics.count('dualstream_forwarded_calls_total', { trunk: far.label });
    try {
      await this.join(call, far, room, { caller: call.caller, passage, place: far.place, secure });
    } catch (error) {
      await room.close({ kind: 'left' });
      throw error;
    } finally {
      this.ringing.delete(key);
    }
  }

  private async join(call: ArrivedCall, far: FarEnd, room: Room, passed: Passed): Promise<void> {
    let other: Leg | null = null;
    const { metrics } = this.options;
    const keyLost = (): void => metrics.count('dualstream_keys_lost_total');
    const before = new BeforeAnswer(call, room, () => metrics.count('dualstream_early_sound_lost_total'), keyLost);
    const answered = async (): Promise<Leg> => (other = await this.dial(call, far, room, passed, before));
    // from its seat on: the caller can press keys before we hear that our answer is out
    const seated = room.on.on('participantJoined', ({ id }) => {
      const near = room.participant(id)?.leg;
      if (!near || !other || near === other) return;
      seated.dispose();
      before.close();
      relayDigits(near, other, keyLost);
    });
    const near = await call.answer(room, answered).finally(() => before.close());
    near.on.on('ended', ({ reason }) => void room.close(reason));
  }

  /** Resolves with the leg that answered; `before` tells the caller meanwhile. */
  private async dial(call: ArrivedCall, far: FarEnd, room: Room, passed: Passed, before: BeforeAnswer): Promise<Leg> {
    const seated: Leg[] = [];
    const dialling = far.dial({
      ...{ to: '', room, passed: { ...passed, sounds: call.sounds, later: call.later === true } },
      ...before.told,
      seat: (leg) => {
        seated.push(leg);
        before.answered(leg);
        leg.on.on('ended', ({ reason }) => void room.close(reason));
        return room.join(leg);
      },
    });
    const gone = call.onGone((why) => dialling.cancel(why));
    const closed = room.on.on('closed', () => dialling.cancel({ kind: 'shutdown' }));
    await dialling.done.finally(() => {
      gone.dispose();
      closed.dispose();
    });
    const [leg] = seated;
    if (!leg) throw new Error('a call that was answered has no leg');
    if (call.sounds.some(isPassed)) await leg.settleSound?.();
    return leg;
  }
}
