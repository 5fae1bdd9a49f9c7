import { messageOf } from '../../base/errors.js';
import { isPassed } from '../../media/passed-sound.js';
import type { AudioCodecName } from '../../media/vocabulary.js';
import type { SoundChoice } from '../../rooms/leg.js';
import type { SipLegParts } from './parts.js';
import type { Wanted } from './wanted.js';

/** Samples a second, kHz. */
const rates: Readonly<Record<AudioCodecName, number>> = {
  ...{ opus: 48, G722: 16, PCMA: 8, PCMU: 8 },
  ...{ 'G7221-32': 16, 'G7221-24': 16 },
};
/** Programs that sample their sound after a change of codec as before it (seen with baresip 1.0.0). */
const oneRate = /^baresip v?[01]\./i;

/** The codec of a SIP call's sound, changed by re-offers (RFC 3264 §8.3.2). A peer that refuses one keeps what there is. */
export class SoundOffers implements SoundChoice {
  private wish: readonly AudioCodecName[] | null = null;
  /** It refused to change. */
  private refused = false;

  constructor(
    private readonly parts: Pick<SipLegParts, 'id' | 'media' | 'exchanges' | 'log' | 'metrics'>,
    /** Offers lines anew while that is wanted. Rejects with OfferRefused. */
    private readonly offer: (add: Partial<Wanted>, wanted: () => boolean) => Promise<void>,
  ) {}

  get has(): AudioCodecName[] {
    return [...this.inUse, ...(this.parts.exchanges.current?.lines.audio?.also ?? [])];
  }

  async settle(names: readonly AudioCodecName[]): Promise<boolean> {
    this.wish = names;
    const wanted = (): boolean => this.wish === names && !this.stands(names) && this.mayAsk(names);
    if (wanted()) await this.ask(names, wanted);
    this.keep();
    return this.stands(names);
  }

  /** Who refused once, or cannot, is not asked. */
  private mayAsk([wanted]: readonly AudioCodecName[]): boolean {
    const [first] = this.inUse;
    if (this.refused || !wanted || !first) return false;
    return !oneRate.test(this.parts.exchanges.agent) || rates[first] === rates[wanted];
  }

  private async ask(names: readonly AudioCodecName[], wanted: () => boolean): Promise<void> {
    const { id, log, metrics } = this.parts;
    const count = (outcome: string): void => metrics.count('dualstream_sip_sound_offers_total', { outcome });
    try {
      await this.offer({ sounds: names }, wanted);
      const taken = this.stands(names);
      // another wish may have come before it was asked
      if (!taken && this.wish !== names) return;
      this.refused = !taken;
      count(taken ? 'taken' : 'other');
    } catch (error) {
      this.refused = true;
      count('refused');
      log.info({ leg: id, sounds: names, error: messageOf(error) }, 'The peer did not take another codec of sound');
    }
  }

  /** Later offers of the peer are answered in what there is now; where that cannot be mixed, in that alone. */
  private keep(): void {
    const { inUse } = this;
    const passed = inUse.find(isPassed);
    this.parts.media.settleSound(
      passed ?? null,
      inUse.filter((name) => !isPassed(name)),
    );
  }

  private stands(names: readonly AudioCodecName[]): boolean {
    const { inUse } = this;
    return inUse.length > 0 && inUse.every((name) => names.includes(name));
  }

  private get inUse(): AudioCodecName[] {
    const { receive = [] } = this.parts.exchanges.current?.lines.audio ?? {};
    return receive.flatMap((format) => (format.kind === 'audio' ? [format.name] : []));
  }
}
