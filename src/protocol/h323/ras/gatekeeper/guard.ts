import { Buckets } from '../../../../base/buckets.js';
import type { Clock } from '../../../../base/clock.js';
import { sourceOf } from '../../../../base/source.js';
import { Freshness } from '../../h235/freshness.js';
import { aliasTexts } from '../../aliases.js';
import { claimsOf, type Claim } from '../../h235/password.js';
import type { RasMessage } from '../../h225/schema.js';
import type { Credentials, GatekeeperHost } from '../contract.js';
import { bodyOf } from '../messages.js';
import { userIn } from './identifiers.js';
import type { Proof } from './proof.js';
import type { Registration } from './registration.js';
import type { GatekeeperSettings } from './settings.js';

/** Why a password was not taken. */
export type GuardFault = 'absent' | 'unknown_user' | 'wrong' | 'other_gatekeeper' | 'time' | 'replay' | 'too_often';

export type Checked =
  { kind: 'open' } | { kind: 'proved'; proof: Proof } | { kind: 'refused'; why: GuardFault; user: string };

/** Wrong passwords that a source may send at once, and a second. */
const failures = { burst: 20, perSecond: 0.2 };
/** Names of a registration whose passwords are tried. */
const mostNames = 8;
/** Senders whose messages are remembered. */
const mostSenders = 10_000;

type Candidate = Credentials & { user: string };

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
    if (claim.user === this.settings.identifier || !this.isForUs(claim))
      return this.refused('other_gatekeeper', claim.user, address);
    const users = held ? [held.user] : [userIn(claim.user) ?? claim.user, ...this.further(message)];
    const known = await Promise.all(users.map((user) => this.credentials(user)));
    return this.judge(
      message,
      claim,
      known.filter((one) => one !== null),
      address,
    );
  }

  /** H.235.1 wants our name in it where the device knows it; not all put it there. */
  private isForUs({ generalID }: Claim): boolean {
    return generalID === null || generalID === this.settings.identifier;
  }

  /**
   * Whom a full registration may mean besides the sender of its token: after a restart of ours, devices go on to call
   * themselves by an identifier that we gave them once.
   */
  private further({ registrationRequest }: RasMessage): string[] {
    return registrationRequest?.keepAlive === true
      ? []
      : aliasTexts(registrationRequest?.terminalAlias).slice(0, mostNames);
  }

  private async credentials(user: string): Promise<Candidate | null> {
    const found = await this.host.credentialsOf(user);
    return found && { ...found, user };
  }

  private judge(message: RasMessage, claim: Claim, known: readonly Candidate[], address: string): Checked {
    const proved = known.find(({ secret }) => claim.provedBy(secret));
    if (!proved) {
      // Somebody whom we do not know any more is to register, not to look for a mistake in the password.
      const stranger = known.length === 0 && (!message.registrationRequest || message.registrationRequest.keepAlive);
      if (stranger) return { kind: 'open' };
      return this.refused(known.length === 0 ? 'unknown_user' : 'wrong', claim.user, address);
    }
    const { account, user, secret } = proved;
    const now = Math.floor(this.clock.wall() / 1000);
    const fault = this.freshnessOf(`${account} ${claim.user}`).fault(claim, now, this.settings.clockSkew);
    // Not the sender's fault if somebody else repeats it.
    return fault
      ? { kind: 'refused', why: fault, user }
      : { kind: 'proved', proof: { account, user, sender: claim.user, secret, form: claim.form } };
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
