import type { PayloadFault } from '../../protocol/h323/h235/payload-cipher.js';
import type { RtpFault } from '../../protocol/rtp/header.js';

/** Why a packet could not be deciphered; `plain`: it has a number that no key has. */
export type CipherFault = PayloadFault | 'plain';

/** Why a datagram was not used. */
export type DropReason =
  | `rtp_${RtpFault}`
  | 'rtcp_malformed'
  | 'early'
  | 'unknown_payload_type'
  | 'stranger'
  | 'not_receiving'
  | 'far_off_sequence'
  | 'second_ssrc'
  | 'h264_malformed'
  | 'picture_malformed'
  | 'red_malformed'
  | 'fec_malformed'
  | 'ring_full'
  | `cipher_${CipherFault}`
  | 'data_too_long'
  | 'data_too_fast'
  | 'multiplex_short'
  | 'multiplex_unknown'
  | `socket_${string}`;

/** What makes good for lost packets: brought back by FEC, FEC sent, sent once more. */
export type Repair = 'recovered' | 'protection' | 'resent';

/** Counters, by default of dropped datagrams, taken over by the main thread now and then. */
export class Drops<R extends string = DropReason> {
  private counts: Record<string, number> = {};
  private any = false;

  add(reason: R): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    this.any = true;
  }

  /** What was counted since the last call; null when nothing was. */
  take(): Record<string, number> | null {
    if (!this.any) return null;
    const counts = this.counts;
    this.counts = {};
    this.any = false;
    return counts;
  }
}
