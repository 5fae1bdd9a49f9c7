import type { Timer } from '../../../base/clock.js';
import type { SignalledCall } from '../../../protocol/h323/call/contract.js';
import { causes } from '../../../protocol/h323/q931-names.js';
import type { AdmissionAsk, GatekeptCall } from '../../../protocol/h323/ras/contract.js';
import { reportOf } from './call-report.js';
import { ratesOf } from './channel-rates.js';
import type { ForeignGatekeeper } from './foreign-gatekeeper.js';
import type { H323Leg } from '../h323-leg.js';

/** Rates that change by less than this are not told, kbit/s. */
const worthTelling = 64;
/** Channels are opened one after the other: less than was allowed is told after this, milliseconds. */
const settledMs = 5000;

/** A call by leave of a gatekeeper: the gatekeeper hears of its rate and its end, and may end or limit it. */
export class KeptCall {
  private kept: GatekeptCall | null = null;
  private call: SignalledCall | null = null;
  private leg: H323Leg | null = null;
  private cause: number | undefined;
  private over = false;
  /** Both directions together, kbit/s. */
  private kbps = 0;
  private asking = false;
  /** Channels came or went while it was asked. */
  private changed = false;
  /** A lower rate is told then. */
  private later: Timer | null = null;

  /** `released` is called once, when the call is over or came to nothing. */
  constructor(private readonly released: () => void = () => undefined) {}

  /** What the request for the call says besides names. */
  readonly hooks: Pick<AdmissionAsk, 'dropped' | 'limited' | 'report'> = {
    dropped: (reason) =>
      this.call?.release({ cause: causes.normalUnspecified, why: `the gatekeeper ended it: ${reason}` }),
    limited: (kbps) => this.limit(kbps),
    report: () => reportOf(this.call, this.leg),
  };

  /** The gatekeeper gave leave. */
  admitted(kept: GatekeptCall): void {
    this.kept = kept;
    this.kbps = kept.admission.kbps;
    if (this.over) kept.disengage(this.cause);
  }

  /** This may become the call; that it ends does not matter yet. */
  carry(call: SignalledCall): void {
    this.call = call;
  }

  /** This is the call. */
  follow(call: SignalledCall): void {
    this.call = call;
    if (call.state === 'released') return this.end();
    call.on.on('released', ({ cause }) => this.end(cause));
  }

  /** It has media now, whose rate may change. */
  media(leg: H323Leg): void {
    this.leg = leg;
    leg.on.on('lines', () => this.told());
  }

  /** It is over, or came to nothing. Idempotent. */
  end(cause?: number): void {
    if (this.over) return;
    this.over = true;
    this.later?.cancel();
    this.cause = cause;
    this.released();
    this.kept?.disengage(cause);
  }

  /** Channels may carry another rate than the gatekeeper knows. More is asked for at once, less told when it stays so. */
  private told(): void {
    const { leg, over, asking, kbps } = this;
    if (asking) this.changed = true;
    const wanted = this.wanted();
    if (!leg || over || asking || Math.abs(wanted - kbps) < worthTelling) return;
    if (wanted > kbps) return void this.ask(wanted);
    this.later ??= leg.parts.clock.after(settledMs, () => {
      this.later = null;
      const now = this.wanted();
      if (!this.asking && kbps - now >= worthTelling) void this.ask(now);
    });
  }

  /** What the channels carry; where some of them do not say, at least what was allowed at first. */
  private wanted(): number {
    if (!this.leg || !this.kept) return this.kbps;
    const { kbps, whole } = ratesOf(this.leg.parts.session.channels);
    if (kbps === 0) return this.kbps;
    return whole ? kbps : Math.max(kbps, this.kept.admission.kbps);
  }

  /** BRQ. */
  private async ask(wanted: number): Promise<void> {
    if (!this.kept) return;
    this.asking = true;
    this.changed = false;
    try {
      this.kbps = await this.kept.bandwidth(wanted);
    } catch {
      // it stays as it was allowed
      this.limit(this.kbps);
    } finally {
      this.asking = false;
      if (this.changed) this.told();
    }
  }

  /** What we receive is what we can limit: half of it is the peer's, less its sound. */
  private limit(kbps: number): void {
    this.kbps = kbps;
    this.leg?.limit('video', Math.max(64, Math.floor(kbps / 2) - 64));
  }
}

/** Asks whether a call that came in may be answered. Rejects with RasRefused, RasSilent, NotRegistered. */
export async function leaveToAnswer(owner: Pick<ForeignGatekeeper, 'admit'>, call: SignalledCall): Promise<KeptCall> {
  const { callReference, callIdentifier, conferenceID, path, peer, called } = call;
  const kept = new KeptCall();
  kept.follow(call);
  const asked = await owner.admit({
    ...{ callReference, callIdentifier, conferenceID, ...kept.hooks },
    answerCall: true,
    destination: called.aliases,
    destinationAddress: path?.local,
    source: peer.aliases,
    sourceAddress: path?.remote,
  });
  kept.admitted(asked);
  return kept;
}
