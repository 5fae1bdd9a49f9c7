import type { LineParams } from '../plane.js';
import type { Sender } from './sender.js';

/** Shows the peer that we are there where nothing else has been sent for a while (RFC 6263). */
export class SignsOfLife {
  /** Packets sent when one was seen last, and when that was. */
  private packets = -1;
  private at = 0;

  constructor(private readonly sender: Pick<Sender, 'packets' | 'life'>) {}

  tick(now: number, params: LineParams | null): void {
    const signs = params?.signsOfLife;
    if (!signs || !params.remote) return;
    if (this.sender.packets === this.packets && now - this.at < signs.everyMs) return;
    if (this.sender.packets === this.packets) this.sender.life(signs.pt, now, params.send[0]?.clock);
    this.packets = this.sender.packets;
    this.at = now;
  }
}
