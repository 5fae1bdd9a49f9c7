import type { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { FloorTransport } from '../../protocol/sdp/floor-rules.js';
import { nextOffer } from './floor-offers.js';
import type { SipLegParts } from './parts.js';

/** The first moments of a call, as the kind of device wants them. */
export class Settling {
  private paused: Promise<void> | null = null;

  constructor(
    private readonly parts: SipLegParts,
    private readonly acknowledged: Promise<void>,
    /** Of the leg: closed when it ends. */
    private readonly bag: Disposables,
  ) {}

  /** Devices that change the session by themselves right after it began are let to do so before us. */
  quiet(): Promise<void> {
    const { clock, media } = this.parts;
    const { settleMs } = media.dialect;
    if (settleMs === 0) return Promise.resolve();
    const pause = (): Promise<void> =>
      new Promise((resolve) => {
        const timer = clock.after(settleMs, resolve);
        this.bag.defer(() => {
          timer.cancel();
          resolve();
        });
      });
    return (this.paused ??= this.acknowledged.then(pause));
  }

  /**
   * Offers what the peer is known to want early: floor control over what it takes, or, to an MCU, with the choice of who
   * serves; or its content line.
   */
  async begin(openContent: () => Promise<unknown>, offerFloor: (over: FloorTransport) => Promise<void>): Promise<void> {
    const { id, media, exchanges, log } = this.parts;
    try {
      await this.quiet();
      const { contentLine } = media.dialect;
      if (this.bag.disposed) return;
      const refused = exchanges.floorRefused;
      if (refused && exchanges.focus) {
        media.floorSide = 'either';
        await offerFloor(refused);
      } else if (refused) await this.offerOthers(refused, offerFloor);
      else if (contentLine === 'early' && media.party && !media.lines.content) await openContent();
    } catch (error) {
      log.info({ leg: id, device: exchanges.device?.name, error: messageOf(error) }, 'An early offer was not taken');
    }
  }

  /** Floor control over what is left to try; a telephone without a picture is not asked again. */
  private async offerOthers(first: FloorTransport, offerFloor: (over: FloorTransport) => Promise<void>): Promise<void> {
    const { media, exchanges } = this.parts;
    const { floorInstead } = media.dialect;
    const tried = new Set<FloorTransport>();
    for (let refused: FloorTransport | null = first; refused; refused = exchanges.floorRefused) {
      tried.add(refused);
      const next = nextOffer(media.floorOffers, refused, floorInstead);
      const asks = media.lines.video !== null || next === floorInstead;
      if (!next || !asks || tried.has(next) || this.bag.disposed) return;
      await offerFloor(next);
    }
  }
}
