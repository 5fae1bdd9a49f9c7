import { Buckets } from '../../../../base/buckets.js';
import type { Clock } from '../../../../base/clock.js';
import { sourceOf } from '../../../../base/source.js';
import { Freshness } from '../../h235/freshness.js';
import { claimsOf, type Claim } from '../../h235/password.js';
import type { RasMessage } from '../../h225/schema.js';
import type { GatekeeperHost } from '../contract.js';
import { bodyOf } from '../messages.js';
import type { Proof } from './proof.js';
import type { Registration } from './registration.js';
import type { GatekeeperSettings } from './settings.js';

/** Why a password was not taken. */
export type GuardFault = 'absent' | 'unknown_user' | 'wrong' | 'other_gatekeeper' | 'time' | 'replay' | 'too_often';

export type Checked =
  { kind: 'open' } | { kind: 'proved'; proof: Proof } | { kind: 'refused'; why: GuardFault; user: string };

/** Wrong passwords that a source may send at once, and a second. */
const failures = { burst: 20, perSecond: 0.2 };
/** Senders whose messages are remembered. */
const mostSenders = 10_000;

/** Looks at the passwords of requests (H.235.1, and the older form where it is allowed). */
export class Guard {
  private readonly fresh = new Map<string, Freshness>();
  private readonly failed: Buckets;

  constructor(
    private readonly settings: GatekeeperSettings,
    private readonly host: Pick<GatekeeperHost, 'credentialsOf'>,
    private readonly clock: Clock,
  ) {
    this.failed = new Buckets(clock, failures.burst, failures.perSecond);
  }

  /** Who sends this. `registration` is the one that the message names, if there is such. */
  async check(
    message: RasMessage,
    octets: Uint8Array,
    address: string,
    registration: Registration | null,
  ): Promise<Checked> {
    if (this.settings.authentication === 'off') return { kind: 'open' };
    const claims = claimsOf(bodyOf(message)?.cryptoTokens, octets);
    const claim = claims.find(({ form }) => this.settings.forms.includes(form));
    const held = registration?.proof ?? null;
    if (!claim) return held ? this.refused('absent', held.user, address) : { kind: 'open' };
    if (!this.failed.has(sourceOf(address))) return { kind: 'refused', why: 'too_often', user: claim.user };
    return this.judge(claim, address, registration);
  }

  private async judge(claim: Claim, address: string, registration: Registration | null): Promise<Checked> {
    // A registered device calls itself by the identifier that we gave it.
    const proved = claim.user === registration?.endpointIdentifier ? registration.proof : null;
    const user = proved?.user ?? claim.user;
    const credentials = await this.host.credentialsOf(user);
    const held = registration?.proof?.account;
    if (!credentials || (held !== undefined && credentials.account !== held))
      return this.refused('unknown_user', user, address);
    if (claim.generalID !== null && claim.generalID !== this.settings.identifier)
      return this.refused('other_gatekeeper', user, address);
    if (!claim.provedBy(credentials.secret)) return this.refused('wrong', user, address);
    const fault = this.freshnessOf(claim.user).fault(
      claim,
      Math.floor(this.clock.wall() / 1000),
      this.settings.clockSkew,
    );
    // Not the sender's fault if somebody else repeats it.
    if (fault) return { kind: 'refused', why: fault, user };
    const { account, secret } = credentials;
    return { kind: 'proved', proof: { account, user, secret, form: claim.form } };
  }

  private refused(why: GuardFault, user: string, address: string): Checked {
    this.failed.take(sourceOf(address));
    return { kind: 'refused', why, user };
  }

  private freshnessOf(sender: string): Freshness {
    let found = this.fresh.get(sender);
    if (!found) {
      const [oldest] = this.fresh.keys();
      if (this.fresh.size >= mostSenders && oldest !== undefined) this.fresh.delete(oldest);
      this.fresh.set(sender, (found = new Freshness()));
    }
    return found;
  }
}
