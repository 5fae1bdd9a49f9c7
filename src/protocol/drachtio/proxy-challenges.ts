import type { Clock } from '../../base/clock.js';
import type { Headers, SipMessage } from '../sip/message.js';

const keptMs = 60_000;
const maxKept = 1000;

/**
 * Remembers which destination asked for credentials: the request that brings them goes there and nowhere else, as the
 * nonce means nothing to any other.
 */
export class ProxyChallenges {
  private readonly byNonce = new Map<string, { destination: string; until: number }>();

  constructor(private readonly clock: Clock) {}

  learn({ headers }: SipMessage, destination: string): void {
    const until = this.clock.now() + keptMs;
    for (const nonce of noncesOf(headers, ['www-authenticate', 'proxy-authenticate'])) {
      const [oldest] = this.byNonce.keys();
      if (this.byNonce.size >= maxKept && oldest !== undefined) this.byNonce.delete(oldest);
      this.byNonce.set(nonce, { destination, until });
    }
  }

  /** Destinations whose challenges this request answers. */
  answeredBy({ headers }: SipMessage): string[] {
    const now = this.clock.now();
    return noncesOf(headers, ['authorization', 'proxy-authorization']).flatMap((nonce) => {
      const known = this.byNonce.get(nonce);
      return known && known.until > now ? [known.destination] : [];
    });
  }
}

function noncesOf(headers: Headers, names: readonly string[]): string[] {
  const values = names.flatMap((name) => headers.all(name));
  return values.flatMap((value) => /(?:^|[\s,])nonce\s*=\s*"([^"]+)"/i.exec(value)?.[1] ?? []);
}
