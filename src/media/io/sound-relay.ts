import type { RtpHeader } from '../../protocol/rtp/header.js';
import { seqDelta, tsAdd, tsDelta } from '../../protocol/rtp/sequence.js';
import type { LineParams } from '../plane.js';
import type { Sender } from './sender.js';

/** Comfort noise has one number everywhere (RFC 3551 §4.5.5). */
const COMFORT_NOISE = 13;
/** Packets further behind than this are of no use to anybody. */
const LATE = 64;
/** A gap in the numbers beyond this is a new beginning. */
const FAR = 3000;

/** What became of a packet of sound that was to be passed on. */
export type Passed = 'passed' | 'no-codec' | 'nowhere';

/** Sends another line's sound on as it is: the same payload under the numbers of this line. */
export class SoundRelay {
  private ssrc = -1;
  /** Newest number of the other line. */
  private seq = 0;
  /** From its timestamps to ours. */
  private offset = 0;

  constructor(
    private readonly sender: Pick<Sender, 'relayed' | 'timestampAt'>,
    private readonly params: () => LineParams | null,
  ) {}

  /** One packet of a line described by `from`; it goes nowhere where this line is not described. */
  pass(packet: RtpHeader, payload: Uint8Array, from: LineParams | null, now: number): Passed {
    const to = this.params();
    if (!from || !to) return 'nowhere';
    const { ssrc, seq, timestamp, marker } = packet;
    const ahead = this.ssrc === ssrc ? seqDelta(seq, this.seq) : FAR;
    let step = ahead;
    if (ahead >= FAR || ahead <= -FAR) {
      const clock = from.receive[0]?.clock ?? 8000;
      this.offset = tsDelta(this.sender.timestampAt(now, clock, clock), timestamp);
      this.ssrc = ssrc;
      step = 1;
    }
    // numbers go on where nothing is sent: what is left out was not lost
    if (step > 0) this.seq = seq;
    const number = numberFor(packet.pt, from, to);
    if (number < 0) return 'no-codec';
    if (step !== 0 && step > -LATE)
      this.sender.relayed(number, marker, step, tsAdd(timestamp, this.offset), payload, now);
    return 'passed';
  }
}

/** Number under which what comes as `pt` goes out, by its codec; -1 where the other side has no such codec. */
function numberFor(pt: number, from: LineParams, to: LineParams): number {
  if (pt === COMFORT_NOISE) return pt;
  for (const received of from.receive) {
    if (received.pt !== pt) continue;
    for (const sent of to.send) if (sent.name === received.name) return sent.pt;
  }
  return -1;
}
