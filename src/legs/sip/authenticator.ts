import type { Clock } from '../../base/clock.js';
import { Emitter } from '../../base/events.js';
import { sameSecret, type Chance } from '../../base/ids.js';
import type { Metrics } from '../../base/metrics.js';
import {
  digestResponseOf,
  offeredAlgorithm,
  parseDigests,
  printChallenge,
  type DigestAlgorithm,
  type DigestFields,
} from '../../protocol/sip-values/digest.js';
import { MalformedSip } from '../../protocol/sip-values/errors.js';
import { isSipUri, parseSipUri } from '../../protocol/sip-values/uri.js';
import type { Accounts, User } from '../../rooms/store.js';
import { Nonces } from './nonces.js';
import { PlainClients } from './plain-clients.js';
import { headerLines, type SipRequest } from './srf.js';

/** Why credentials were not taken, for whoever counts per source. */
export type AuthFault = 'wrong' | 'replayed' | 'other_uri' | 'malformed';

/** Credentials that were not taken. A challenge that was merely not answered yet is none. */
export interface AuthFailure {
  why: AuthFault;
  /** Where the request came from. */
  address: string;
  method: string;
  /** As the request claims it; empty when it does not say. */
  username: string;
}

export interface AuthEvents {
  failed: AuthFailure;
  proved: { user: User; address: string; method: string };
}

/** What to answer, in words of `response.send(status, { headers })`. */
export interface Challenge {
  status: 401 | 407;
  headers: Record<string, string>;
}

/** Who sent a request. */
export type AuthResult =
  | { kind: 'user'; user: User }
  /** No credentials of ours are in it. */
  | { kind: 'anonymous' }
  /** Credentials that prove nothing: ask again. */
  | { kind: 'challenge'; challenge: Challenge }
  /** Credentials that no client of ours writes. */
  | { kind: 'refused'; status: 400; why: string };

export interface AuthenticatorOptions {
  accounts: Accounts;
  realm: string;
  /** Further host names by which this machine is meant. */
  domains?: readonly string[];
  /** Offered, the preferred one first; a client takes the first it knows (RFC 8760 §2.4). */
  algorithms: readonly DigestAlgorithm[];
  /** How long a nonce may be used. */
  nonceMs: number;
  clock: Pick<Clock, 'now'>;
  chance: Chance;
  metrics: Metrics;
}

/** What is read of credentials. */
interface Claim {
  algorithm: DigestAlgorithm;
  username: string;
  uri: string;
  nonce: string;
  response: string;
  /** Null without `qop`, as devices older than RFC 2617 do it. */
  qop: { cnonce: string; nc: string } | null;
}

/**
 * Digest authentication of requests outside dialogs (RFC 3261 §22, RFC 7616, RFC 8760): one challenge per algorithm,
 * `qop=auth`, nonces with an end and rising counts. Basic is never read. An unknown user costs and looks like a wrong
 * password. REGISTER is challenged with 401, everything else with 407, as a proxy would: telephones know both.
 */
export class Authenticator {
  readonly on = new Emitter<AuthEvents>();
  private readonly nonces: Nonces;
  private readonly plain = new PlainClients();
  /** Compared with when there is no such user, so that this takes as long. */
  private readonly nobody: string;

  constructor(private readonly options: AuthenticatorOptions) {
    const { clock, chance, nonceMs } = options;
    this.nonces = new Nonces(clock, chance, nonceMs);
    this.nobody = chance.hex(32);
  }

  /** Who sends this, asking when the request does not say. ACK and CANCEL cannot be asked (§22.1): `anonymous`. */
  async check(request: SipRequest): Promise<AuthResult> {
    const result = await this.identify(request);
    if (result.kind !== 'anonymous' || isUnaskable(request)) return result;
    return { kind: 'challenge', challenge: this.challenge(request) };
  }

  /** The same without asking: for requests that nobody in particular may make too. */
  async identify(request: SipRequest): Promise<AuthResult> {
    try {
      const fields = this.credentialsOf(request);
      if (!fields) return this.counted('anonymous', { kind: 'anonymous' });
      return await this.verify(request, readClaim(fields));
    } catch (error) {
      if (!(error instanceof MalformedSip)) throw error;
      this.fail(request, 'malformed', '');
      return { kind: 'refused', status: 400, why: error.message };
    }
  }

  /** A fresh challenge for this request; `stale` tells that the password was right and need not be asked for. */
  challenge(request: SipRequest, stale = false): Challenge {
    const { realm } = this.options;
    const nonce = this.nonces.issue();
    const algorithms = this.algorithmsFor(request);
    const lines = algorithms.map((algorithm) => printChallenge({ realm, nonce, algorithm, stale }));
    if (request.method === 'REGISTER') return { status: 401, headers: headerLines('WWW-Authenticate', lines) };
    return { status: 407, headers: headerLines('Proxy-Authenticate', lines) };
  }

  private algorithmsFor(request: SipRequest): readonly DigestAlgorithm[] {
    const { algorithms } = this.options;
    if (algorithms.length < 2 || !algorithms.includes('MD5')) return algorithms;
    return this.plain.isPlain(request) ? ['MD5'] : algorithms;
  }

  /** Credentials for our realm: those of the header that belongs to our challenge first. */
  private credentialsOf(request: SipRequest): DigestFields | null {
    const names = ['Authorization', 'Proxy-Authorization'];
    if (request.method !== 'REGISTER') names.reverse();
    for (const name of names) {
      const text = request.get(name);
      const found = text && parseDigests(text).find((one) => one.get('realm') === this.options.realm);
      if (found) return found;
    }
    return null;
  }

  private async verify(request: SipRequest, claim: Claim): Promise<AuthResult> {
    this.plain.answered(request, claim.algorithm);
    if (!this.options.algorithms.includes(claim.algorithm)) return this.failed(request, 'wrong', claim);
    if (!this.isFor(claim.uri, request.uri)) {
      this.fail(request, 'other_uri', claim.username);
      return { kind: 'refused', status: 400, why: 'the credentials are for another request URI' };
    }
    const known = await this.options.accounts.secret({ ...claim, realm: this.options.realm });
    const { algorithm, uri, nonce, qop } = claim;
    const expected = digestResponseOf(known?.ha1 ?? this.nobody, {
      ...{ algorithm, uri, nonce, method: request.method },
      ...(qop ? { ...qop, qop: 'auth' as const } : {}),
    });
    if (!sameSecret(expected, claim.response.toLowerCase()) || !known) return this.failed(request, 'wrong', claim);
    // no await from here on: a count is taken once
    switch (this.nonces.use(nonce, qop ? Number.parseInt(qop.nc, 16) : Infinity)) {
      case 'good':
        this.on.emit('proved', { user: known.user, address: request.source_address, method: request.method });
        return this.counted('proved', { kind: 'user', user: known.user });
      case 'used':
        return this.failed(request, 'replayed', claim, true);
      case 'expired':
      case 'foreign':
        return this.counted('stale', { kind: 'challenge', challenge: this.challenge(request, true) });
    }
  }

  /**
   * `uri` is the request URI as the client sent it. A proxy in between may have put an address for one of our names, and
   * some clients leave parameters out (RFC 7616 §3.4.6 lets the server judge).
   */
  private isFor(claimed: string, requested: string): boolean {
    if (claimed === requested) return true;
    if (!isSipUri(claimed) || !isSipUri(requested)) return false;
    const [a, b] = [parseSipUri(claimed), parseSipUri(requested)];
    if ((a.user ?? '') !== (b.user ?? '')) return false;
    const host = a.host.toLowerCase();
    const ours = [this.options.realm, ...(this.options.domains ?? [])].map((name) => name.toLowerCase());
    return ours.includes(host) || (host === b.host.toLowerCase() && (a.port ?? 0) === (b.port ?? 0));
  }

  private failed(request: SipRequest, why: AuthFault, claim: Claim, stale = false): AuthResult {
    this.fail(request, why, claim.username);
    return { kind: 'challenge', challenge: this.challenge(request, stale) };
  }

  private fail(request: SipRequest, why: AuthFault, username: string): void {
    const { source_address: address, method } = request;
    this.options.metrics.count('dualstream_sip_auth_total', { result: why });
    this.on.emit('failed', { why, address, method, username: username.slice(0, 64) });
  }

  private counted(result: string, value: AuthResult): AuthResult {
    this.options.metrics.count('dualstream_sip_auth_total', { result });
    return value;
  }
}

function isUnaskable({ method }: SipRequest): boolean {
  return method === 'ACK' || method === 'CANCEL';
}

/** @throws MalformedSip */
function readClaim(fields: DigestFields): Claim {
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined || value === '') throw new MalformedSip(`the credentials have no ${name}`, 0);
    return value;
  };
  const algorithm = offeredAlgorithm(fields.get('algorithm'));
  if (!algorithm) throw new MalformedSip('the algorithm of the credentials was not offered', 0);
  return {
    algorithm,
    username: field('username'),
    uri: field('uri'),
    nonce: field('nonce'),
    response: field('response'),
    qop: readQop(fields, field),
  };
}

function readQop(fields: DigestFields, field: (name: string) => string): Claim['qop'] {
  const qop = fields.get('qop');
  if (qop === undefined) return null;
  if (qop.toLowerCase() !== 'auth') throw new MalformedSip('qop auth was offered', 0);
  const nc = field('nc');
  // the text is part of what is hashed, so it stays as it is
  if (!/^[0-9a-fA-F]{8}$/.test(nc)) throw new MalformedSip('nc is not 8 hexadecimal digits', 0);
  return { cnonce: field('cnonce'), nc };
}
