import type { MediaFlow } from '../../rooms/leg.js';
import type { LegMedia } from './leg-media.js';

const held = ['audio', 'video'] as const;

/** Hold of a SIP call, both ways (RFC 3264 §8.4). */
export class Hold {
  private flow: MediaFlow = 'sendrecv';

  constructor(
    private readonly media: LegMedia,
    /** Offers the lines anew while that is wanted. */
    private readonly offer: (wanted: () => boolean) => Promise<void>,
  ) {}

  /** The peer holds: it takes nothing of what it could be sent. */
  get holds(): boolean {
    const lines = held.flatMap((name) => this.media.lines[name]?.params ?? []);
    // what it answers while it is held itself says nothing
    if (this.flow !== 'sendrecv' || lines.length === 0) return false;
    return lines.every(({ direction }) => direction === 'recvonly' || direction === 'inactive');
  }

  /** Offers the peer sound and pictures in these directions, as we have them. Rejects with OfferRefused. */
  async follow(flow: MediaFlow): Promise<void> {
    if (this.flow === flow) return;
    this.flow = flow;
    for (const name of held) {
      if (flow === 'sendrecv') delete this.media.wishes[name];
      else this.media.wishes[name] = flow;
    }
    await this.offer(() => this.flow === flow);
  }
}
