import type { Endpoint } from '../../base/net.js';
import { decodeHeader } from '../../protocol/bfcp/decode.js';
import type { Carriage, Ids } from '../../protocol/bfcp/message.js';

/** Which of the secret numbers of an association a message carries. */
export type Proof = 'both' | 'conference' | 'none';

/** Silence of the known source after which another port of the same host may take its place, milliseconds. */
export const rebindAfterMs = 5000;

/** Reads which of the right ids a message shows. */
export function proofOf(bytes: Uint8Array, carriage: Carriage, ids: Pick<Ids, 'conferenceId' | 'userId'>): Proof {
  const read = decodeHeader(bytes, carriage);
  const found = read.ok ? read.value : read.fault.ids;
  if (found?.conferenceId !== ids.conferenceId) return 'none';
  return found.userId === ids.userId ? 'both' : 'conference';
}

/**
 * Decides from where an association takes messages. The ids are random and known to the two ends of one dialog only, so the
 * first source that shows both is the peer (NAT may hide the signalled address); from the signalled host the conference id
 * is enough. From then on it is that source alone:
 *
 *     open -- right ids --> latched -- 5 s silence and right ids from the same host --> latched elsewhere
 *     latched -- negotiated anew with another address, or connection lost --> open
 */
export class SourceGuard {
  private signalled: Endpoint | null = null;
  private latched: Endpoint | null = null;
  private heardAt = 0;

  /** Where to send: the latched source, before that the signalled address, or null. */
  get target(): Endpoint | null {
    return this.latched ?? this.signalled;
  }

  /** Takes what the negotiation says; true when it is another address than before. */
  expect(remote: Endpoint): boolean {
    if (this.signalled && same(this.signalled, remote)) return false;
    this.signalled = remote;
    this.latched = null;
    return true;
  }

  /** The latched connection is gone. */
  forget(): void {
    this.latched = null;
  }

  /** Whether the address is that of the negotiation. */
  signalledHost(address: string): boolean {
    return this.signalled?.address === address;
  }

  /** Whether a message may be worked on; latches. */
  admit(from: Endpoint, proof: Proof, now: number): boolean {
    if (this.latched && same(from, this.latched)) {
      this.heardAt = now;
      return true;
    }
    if (!this.mayLatch(from, proof, now)) {
      // The signalled peer may hear what is wrong with its message as long as nobody else has proved to be the peer.
      return !this.latched && this.signalled !== null && same(from, this.signalled);
    }
    this.latched = { ...from };
    this.heardAt = now;
    return true;
  }

  private mayLatch(from: Endpoint, proof: Proof, now: number): boolean {
    if (!this.latched) return proof === 'both' || (proof === 'conference' && this.signalledHost(from.address));
    const sameHost = from.address === this.latched.address || this.signalledHost(from.address);
    return proof === 'both' && sameHost && now - this.heardAt >= rebindAfterMs;
  }
}

/** Whether an address of the negotiation says anything: hold is written as 0.0.0.0, and the association outlives it. */
export function isReachable(remote: Endpoint | null): remote is Endpoint {
  return remote !== null && remote.address !== '0.0.0.0' && remote.address !== '::';
}

function same(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}
