import { everyLineKeyed } from '../../media/anchors/best-effort.js';
import { isBrowser, protectionOf, withoutPlainLines, type SrtpPolicy } from '../../media/keying.js';
import { EncryptionRefused, EncryptionRequired, strictest } from '../admission/encryption.js';
import type { ListenPoint } from './hostports.js';
import type { SipRequest } from './srf.js';

/** What listener, room and configuration say about encryption of one call's media. */
export interface SrtpRules {
  /** Null where the listener says nothing. */
  listener: SrtpPolicy | null;
  room: SrtpPolicy;
  /** Keys in descriptions count only where the signalling is encrypted. */
  keysNeedTls: boolean;
}

/** A listener with its rule. */
export interface PolicedListener extends ListenPoint {
  srtp: SrtpPolicy | null;
}

/** Rule of the listener that a request came to: the one bound to its very address before the one bound to all. */
export function listenerPolicy(
  listeners: readonly PolicedListener[],
  { protocol, receivedOn = '' }: Pick<SipRequest, 'protocol' | 'receivedOn'>,
): SrtpPolicy | null {
  const cut = receivedOn.lastIndexOf(':');
  const address = receivedOn.slice(0, cut).replace(/^\[|\]$/g, '');
  const port = Number(receivedOn.slice(cut + 1));
  const transport = protocol.toLowerCase();
  const here = listeners.filter((one) => one.transport === transport && one.local.port === port);
  return (here.find((one) => one.local.address === address) ?? here[0])?.srtp ?? null;
}

/** Whether nobody on the way to us reads the signalling: TLS or secure WebSocket at least on the last hop. */
export function isSignallingSecure(request: SipRequest): boolean {
  // on the drachtio wire a WebSocket shows as tcp
  return /^(tls|wss)$/i.test(request.protocol) || /^SIP\s*\/\s*2\.0\s*\/\s*(TLS|WSS)\b/i.test(request.get('Via') ?? '');
}

/** What one call's media must be, from its first offer to its last. */
export class SrtpGuard {
  /** Keys in descriptions may be used: the signalling hides them, or need not. */
  private readonly sdes: boolean;

  constructor(
    private policy: SrtpPolicy,
    /** Nobody on the last hop reads the keys of a description. */
    readonly secret: boolean,
    keysNeedTls: boolean,
  ) {
    this.sdes = secret || !keysNeedTls;
  }

  /** The rules for this request's call. @throws EncryptionRefused */
  static of(rules: SrtpRules, request: SipRequest): SrtpGuard {
    return new SrtpGuard(strictest(rules.listener, rules.room), isSignallingSecure(request), rules.keysNeedTls);
  }

  /** From now on nothing plain is taken: the room, which was not known before, says so. */
  demand(): void {
    this.policy = 'required';
  }

  /** Offers of ours are encrypted, even the first one. */
  get required(): boolean {
    return this.policy === 'required';
  }

  /**
   * The first offer of a call, without plain lines where they are not taken.
   * @throws EncryptionRequired, EncryptionRefused
   */
  first(offer: string): string {
    if (isBrowser(offer)) return offer;
    if (this.policy === 'required') {
      if (protectionOf(offer, this.sdes) === 'none') throw new EncryptionRequired(this.words());
      return withoutPlainLines(offer, this.sdes);
    }
    if (demandsKeys(offer)) this.admitKeys(offer);
    return offer;
  }

  /** Keys that an offer names beside a plain profile may be used. */
  takesBestEffort(offer: string): boolean {
    return this.policy !== 'off' && this.sdes && everyLineKeyed(offer);
  }

  /**
   * A later offer or an answer of the peer: an encrypted call does not become plain where encryption is required.
   * @throws EncryptionRequired
   */
  later(sdp: string): void {
    if (this.policy === 'required' && !isBrowser(sdp) && protectionOf(sdp, this.sdes) !== 'all') {
      throw new EncryptionRequired(this.words());
    }
  }

  /** @throws EncryptionRefused when we offer keys that somebody else would read */
  offering(): void {
    if (this.required && !this.sdes) throw new EncryptionRefused(inClear);
  }

  private admitKeys(offer: string): void {
    if (this.policy === 'off') throw new EncryptionRefused('encrypted media is not taken here');
    if (protectionOf(offer, this.sdes) === 'none') throw new EncryptionRefused(inClear);
  }

  private words(): string {
    return this.sdes
      ? 'encrypted media (SRTP) is required here'
      : 'encrypted media (SRTP) is required here, with keys over TLS or by DTLS';
  }
}

/** Whether no audio or video line could be answered plain. */
function demandsKeys(offer: string): boolean {
  const live = [...offer.matchAll(/^m=(?:audio|video)\s+[1-9]\d*\s+(\S+)/gm)].map(([, profile = '']) => profile);
  return live.length > 0 && live.every((profile) => /SAVPF?$/i.test(profile));
}

const inClear = 'keys in the description are taken over TLS only';
