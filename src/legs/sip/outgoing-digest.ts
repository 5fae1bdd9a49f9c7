import type { Chance } from '../../base/ids.js';
import { splitChallenges } from '../../protocol/sip-values/challenges.js';
import {
  digestResponse,
  isKnownAlgorithm,
  parseDigest,
  printDigest,
  type DigestFields,
} from '../../protocol/sip-values/digest.js';
import { MalformedSip } from '../../protocol/sip-values/errors.js';
import type { SipResponse } from './srf.js';

/** Who we are at a far end that asks. */
export interface Credentials {
  user: string;
  password: string;
  /** Only there; null answers any realm. */
  realm: string | null;
}

/** The request that was challenged. */
export interface Challenged {
  method: string;
  uri: string;
  body: string;
}

/**
 * Answers the challenges of one call or registration: RFC 7616 and 8760 with MD5, SHA-256 and SHA-512-256 (the library
 * knows MD5 only). A nonce that was answered once and refused is not answered again unless it only got old.
 */
export class DigestAnswers {
  private readonly tried = new Set<string>();
  private stale = 0;

  constructor(
    private readonly credentials: Credentials | null,
    private readonly chance: Chance,
  ) {}

  /** Header with credentials for a 401 or 407; null when it cannot be answered, or was already. */
  answer(response: SipResponse, request: Challenged): Record<string, string> | null {
    if (!this.credentials) return null;
    const proxy = response.status === 407;
    const text = response.get(proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate') ?? '';
    // the topmost that we understand is what the far end likes best (RFC 8760 §2.4)
    for (const challenge of splitChallenges(text).flatMap(readable)) {
      const line = this.respond(challenge, request);
      if (line !== null) return { [proxy ? 'Proxy-Authorization' : 'Authorization']: line };
    }
    return null;
  }

  private respond(challenge: DigestFields, { method, uri, body }: Challenged): string | null {
    const { credentials } = this;
    const realm = challenge.get('realm') ?? '';
    const nonce = challenge.get('nonce') ?? '';
    if (!credentials || nonce === '' || (credentials.realm !== null && credentials.realm !== realm)) return null;
    if (!this.mayTry(realm, challenge)) return null;
    const algorithm = challenge.get('algorithm') ?? 'MD5';
    const offered = (challenge.get('qop') ?? '').split(',').map((one) => one.trim().toLowerCase());
    const qop = (['auth', 'auth-int'] as const).find((one) => offered.includes(one));
    const session = /-sess$/i.test(algorithm);
    const fresh = qop !== undefined || session ? { cnonce: this.chance.hex(8) } : {};
    const counted = qop === undefined ? {} : { qop, nc: '00000001' };
    const input = { algorithm, username: credentials.user, realm, password: credentials.password, method, uri, nonce };
    const answer = digestResponse({ ...input, ...fresh, ...counted, body: Buffer.from(body) });
    const opaque = challenge.get('opaque');
    const fields = {
      ...{ username: credentials.user, realm, nonce, uri, response: answer, algorithm },
      ...(opaque === undefined ? {} : { opaque }),
      ...fresh,
      ...counted,
    };
    return printDigest(new Map(Object.entries(fields)));
  }

  /** Once a realm, and a few times more for nonces that got old. */
  private mayTry(realm: string, challenge: DigestFields): boolean {
    const key = `${realm}|${(challenge.get('algorithm') ?? 'MD5').toUpperCase()}`;
    if (!this.tried.has(key)) {
      this.tried.add(key);
      return true;
    }
    this.stale += 1;
    return challenge.get('stale')?.toLowerCase() === 'true' && this.stale <= 3;
  }
}

function readable(text: string): DigestFields[] {
  try {
    const fields = parseDigest(text);
    return isKnownAlgorithm(fields.get('algorithm') ?? 'MD5') ? [fields] : [];
  } catch (error) {
    if (error instanceof MalformedSip) return [];
    throw error;
  }
}
