import { bindFor } from './base/addressing.js';
import { messageOf } from './base/errors.js';
import type { MediaPlane, SharedPorts } from './media/plane.js';

/** Ports that media of H.323 devices behind NAT shares (H.460.19), one pair for each address that media is bound to. */
export class SharedMedia {
  private readonly ports = new Map<string, SharedPorts>();

  /** `bind` is where media binds, `port` that of RTP; 0 lets the system choose. */
  constructor(
    private readonly plane: Pick<MediaPlane, 'share'>,
    private readonly bind: string,
    private readonly port: number,
  ) {}

  /** Ports at an address; null where they could not be had. */
  readonly at = (bind: string): SharedPorts | null => this.ports.get(bind) ?? null;

  /** Opens them for callers of these listeners; what went wrong is told, and those callers use ports of their own. */
  async open(listen: readonly { address: string }[]): Promise<string[]> {
    const problems: string[] = [];
    for (const bind of new Set(listen.map(({ address }) => bindFor(this.bind, address)))) {
      try {
        this.ports.set(bind, await this.plane.share(bind, this.port));
      } catch (error) {
        problems.push(`ports that media shares (h323.nat.multiplexPort): ${messageOf(error)}`);
      }
    }
    return problems;
  }
}
