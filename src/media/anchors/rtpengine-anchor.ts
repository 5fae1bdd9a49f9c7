import type { CommandOptions, RtpengineControl } from '../../protocol/rtpengine/control.js';
import type { Secure } from '../negotiate.js';
import { restoreApplications, withoutApplications } from '../sdp-applications.js';
import { everyLineKeyed, liftProfile, lowerProfile } from './best-effort.js';
import { refusedAgain, refusedAsOffered, refusedAsWaiting } from './refused-lines.js';

/** Names of rtpengine's logical interfaces on the two sides of a leg. */
export interface Sides {
  outside: string;
  inside: string;
}

const peerTag = 'peer';
const gatewayTag = 'gateway';

/**
 * Media anchor of one encrypted leg: the peer's side speaks SRTP (DTLS with ICE, or SDES), our side plain RTP on loopback.
 * Floor control lines never reach rtpengine: they are taken out before and put back after (facts: it breaks them).
 */
export class RtpengineAnchor {
  /** What the peer's descriptions say, which ours must repeat. */
  private peer: PeerSide;
  /** The peer described itself. */
  private known = false;
  /** Its last offer. */
  private offer = '';
  /** The peer writes keys beside a plain profile: rtpengine is shown the secure one. */
  private bestEffort = false;

  constructor(
    private readonly control: RtpengineControl,
    private readonly callId: string,
    private readonly keying: Secure,
    /** Null leaves the choice to an rtpengine that is configured elsewhere. */
    private readonly sides: Sides | null,
  ) {
    this.peer = keying === 'dtls' ? dtlsByUs : sdesByUs;
  }

  /** The peer, which has not said anything yet, is a browser: our first offer is one that it takes. */
  towardsBrowser(): void {
    if (!this.known) this.peer = browserByUs;
  }

  /** @throws RtpengineError */
  offerFromPeer(sdp: string): Promise<string> {
    this.bestEffort ||= everyLineKeyed(sdp);
    const shown = this.shown(sdp);
    this.peer = sideOf(shown, this.peer);
    this.known = true;
    this.offer = sdp;
    return this.pass('offer', shown, { ...this.towardsUs(peerTag), ...this.direction(true) });
  }

  /** @throws RtpengineError */
  async answerToPeer(plain: string): Promise<string> {
    const answer = await this.pass('answer', plain, { ...this.towardsPeer(peerTag), 'to-tag': gatewayTag });
    return refusedAsOffered(this.told(answer), this.offer);
  }

  /** @throws RtpengineError */
  async offerToPeer(plain: string): Promise<string> {
    const to = this.known ? { 'to-tag': peerTag } : {};
    const options = { ...this.towardsPeer(gatewayTag), ...to, ...this.direction(false) };
    return this.told(await this.pass('offer', plain, options));
  }

  /** @throws RtpengineError */
  answerFromPeer(sdp: string): Promise<string> {
    if (!this.known) this.peer = sideOf(sdp, this.peer);
    this.known = true;
    return this.pass('answer', this.shown(sdp), { ...this.towardsUs(gatewayTag), 'to-tag': peerTag });
  }

  /**
   * Reads an answer that is not the final one. Lines that it refuses may be taken by the final one, and rtpengine closes
   * refused ones for good: it is shown them as lines that carry nothing yet.
   * @throws RtpengineError
   */
  async previewFromPeer(sdp: string): Promise<string> {
    return refusedAgain(await this.answerFromPeer(refusedAsWaiting(sdp)), sdp);
  }

  async close(): Promise<void> {
    await this.control.delete(this.callId);
  }

  private shown(sdp: string): string {
    return this.bestEffort ? liftProfile(sdp) : sdp;
  }

  private told(sdp: string): string {
    return this.bestEffort ? lowerProfile(sdp) : sdp;
  }

  private async pass(verb: 'offer' | 'answer', sdp: string, options: CommandOptions): Promise<string> {
    const { sdp: media, taken } = withoutApplications(sdp);
    const passed = await this.control[verb]({ ...options, 'call-id': this.callId, sdp: media });
    return restoreApplications(passed, taken);
  }

  private direction(inwards: boolean): CommandOptions {
    if (!this.sides) return {};
    const { outside, inside } = this.sides;
    return { direction: inwards ? [outside, inside] : [inside, outside] };
  }

  private towardsUs(from: string): CommandOptions {
    return {
      'from-tag': from,
      // feedback such as NACK only passes with a feedback profile on our side
      'transport-protocol': this.peer.profile.endsWith('F') ? 'RTP/AVPF' : 'RTP/AVP',
      ICE: 'remove',
      'rtcp-mux': ['demux'],
      replace: ['origin'],
      SDES: ['off'],
      flags: ['trust address', 'strip extmap', 'no rtcp attribute'],
    };
  }

  private towardsPeer(from: string): CommandOptions {
    const { profile, ice, mux, suites } = this.peer;
    return {
      'from-tag': from,
      'transport-protocol': profile,
      ICE: ice ? 'force' : 'remove',
      'rtcp-mux': ice ? ['require'] : mux ? ['offer', 'accept'] : ['demux'],
      replace: ['origin'],
      flags: ['trust address', ...(ice ? ['generate mid'] : [])],
      // without ICE the peer has the first word, so that it gets through its router; a first offer of ours leaves that to
      // the peer (RFC 5763 §5)
      ...(this.keying === 'dtls'
        ? { SDES: ['off'], ...(ice || !this.known ? {} : { DTLS: 'passive' }) }
        : { SDES: [...unwanted(suites), ...padded], DTLS: 'off' }),
    };
  }
}

/** Suites rtpengine would offer, each with a key in every line. */
const allSuites = [
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'AES_192_CM_HMAC_SHA1_80',
  'AES_192_CM_HMAC_SHA1_32',
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
  'F8_128_HMAC_SHA1_80',
  'F8_128_HMAC_SHA1_32',
  'NULL_HMAC_SHA1_80',
  'NULL_HMAC_SHA1_32',
];

/** Keys whose base64 ends in `=`, which baresip reads wrongly without it. */
const padded = ['pad'];

/** Options that leave only the peer's own suites: an offer of ours with twelve would not fit into a datagram. */
function unwanted(suites: readonly string[]): string[] {
  return allSuites.filter((suite) => !suites.includes(suite)).map((suite) => `no-${suite}`);
}

/** What our own first offer says: SDES, with the suites that devices have. */
const sdesByUs: PeerSide = {
  profile: 'RTP/SAVP',
  ice: false,
  mux: false,
  suites: ['AEAD_AES_256_GCM', 'AES_256_CM_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'],
};

/** The same by DTLS (RFC 5764 §8). */
const dtlsByUs: PeerSide = { profile: 'UDP/TLS/RTP/SAVP', ice: false, mux: false, suites: [] };

/** What browsers take and nothing else (RFC 8827 §6.5, RFC 8834 §4.2, RFC 8858). */
const browserByUs: PeerSide = { profile: 'UDP/TLS/RTP/SAVPF', ice: true, mux: true, suites: [] };

interface PeerSide {
  profile: string;
  ice: boolean;
  mux: boolean;
  /** Its SDES suites, the ones that protect. */
  suites: string[];
}

function sideOf(description: string, before: PeerSide): PeerSide {
  // floor control may have ICE and certificates of its own
  const { sdp } = withoutApplications(description);
  const profile = /^m=(?:audio|video) [1-9]\d* (\S+)/m.exec(sdp)?.[1];
  // with every line switched off it says nothing
  if (profile === undefined) return before;
  const named = [...sdp.matchAll(/^a=crypto:\d+ (\w+) /gm)].flatMap(([, suite]) => suite ?? []);
  const suites = [...new Set(named)].filter((suite) => !suite.startsWith('NULL_'));
  return { profile, ice: /^a=ice-ufrag:/m.test(sdp), mux: /^a=rtcp-mux\s*$/m.test(sdp), suites };
}
