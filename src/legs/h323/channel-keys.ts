import type { Chance } from '../../base/ids.js';
import type { RemoteMedia } from '../../media/h245-capabilities.js';
import type { MediaAnswer } from '../../media/negotiate.js';
import type { Format } from '../../media/vocabulary.js';
import { KeyFault } from '../../protocol/h323/h235/key-fault.js';
import {
  algorithmsFor,
  commonAlgorithms,
  makeKey,
  readKey,
  type MadeKey,
  type MediaKey,
} from '../../protocol/h323/h235/media-keys.js';
import type { ChannelOpening, ControlRole, RejectCause } from '../../protocol/h323/control/contract.js';
import type { EncryptionSync } from '../../protocol/h323/h245/schema.js';
import { encryptionRequired, plainCall, type CallKeys } from './call-keys.js';

/** Payload numbers of encrypted channels whose codec has a number of its own: packets are told apart by it. */
const sealedNumbers = [120, 119, 118];

/** How a channel is encrypted, before its key is known. */
export interface ChannelSeal {
  /** Object identifier. */
  algorithm: string;
  /** Number of its packets, 96-127. */
  payloadType: number;
}

/** How a channel of ours is encrypted; as master with the key that we made for it. */
export interface Sealing {
  seal: ChannelSeal;
  made: MadeKey | null;
}

/** How a channel of the peer is encrypted; both null for plain. */
export interface Taken {
  seal: ChannelSeal | null;
  key: MediaKey | null;
  /** For its acknowledgement: the key, where we made it. */
  told: { encryptionSync?: EncryptionSync };
}

/** A plain channel. */
export const takenPlain: Taken = { seal: null, key: null, told: {} };

/** Keys of the channels of one call: the master makes them all, whoever sends (H.235.6). */
export class ChannelKeys {
  private keys: CallKeys = plainCall;
  /** What call signalling comes to is not known yet: no channel of ours is opened, and none is known to be encrypted. */
  undecided = false;

  constructor(
    private readonly role: () => ControlRole | null,
    private readonly chance: Chance,
    private readonly onFault: (fault: KeyFault) => void,
  ) {}

  /** What call signalling came to; before H.245 begins, or after `expect`. */
  agreed(keys: CallKeys): void {
    this.keys = keys;
    this.undecided = false;
  }

  /** H.245 begins before the callee has answered: it may have keys. */
  expect(required: boolean): void {
    this.keys = { secret: null, required };
    this.undecided = true;
  }

  /** Ours, in order of preference; empty where media can only be plain. */
  get algorithms(): readonly string[] {
    return this.keys.secret ? algorithmsFor(this.keys.secret) : [];
  }

  /** What we say that we have: all that is known, or what every secret is long enough for. */
  get told(): readonly string[] {
    return this.undecided ? commonAlgorithms : this.algorithms;
  }

  /** Channels are encrypted, or have to be. */
  get sealed(): boolean {
    return this.required || this.algorithms.length > 0;
  }

  /** No channel may be plain. */
  get required(): boolean {
    return this.keys.required;
  }

  /** From now on no channel may be plain. */
  demand(): void {
    this.keys = { ...this.keys, required: true };
  }

  /** Whether we make keys. */
  get master(): boolean {
    return this.role() === 'master';
  }

  /**
   * How a channel is to be encrypted for which the other side has these algorithms, under none of the numbers `others`; null
   * is plain.
   */
  sealOf(theirs: readonly string[], payloadType: number | null, others: readonly number[] = []): ChannelSeal | null {
    const algorithm = this.algorithms.find((one) => theirs.includes(one));
    if (algorithm === undefined) return null;
    return { algorithm, payloadType: sealedNumber(payloadType, others) };
  }

  /**
   * How a channel of ours is to be encrypted for which the peer has these algorithms; null is plain. `others`: numbers of
   * what else goes on the line.
   * @throws EncryptionRequired where that may not be
   */
  sealing(theirs: readonly string[], payloadType: number, others: readonly number[] = []): Sealing | null {
    const seal = this.sealOf(theirs, payloadType, others);
    if (!seal && this.required) throw encryptionRequired();
    return seal && { seal, made: this.make(seal) };
  }

  /** Whether the peer takes something of ours, and nothing of it encrypted, where nothing may be plain. */
  missing(answer: MediaAnswer | null, remote: RemoteMedia | null): boolean {
    const formats = Object.values(answer?.lines ?? {}).flatMap(({ send }) => send);
    const sealed = (one: Format): boolean => this.sealOf(remote?.algorithms(one) ?? [], one.pt) !== null;
    return this.required && !this.undecided && formats.length > 0 && !formats.some(sealed);
  }

  /** How a channel of the peer is encrypted, and its key; or why it is not taken. */
  taken({ forward, encryptionSync }: ChannelOpening): Taken | { cause: RejectCause } {
    if (!forward?.encryption) return this.required ? { cause: 'securityDenied' } : takenPlain;
    const seal = this.sealOf(forward.encryption.algorithms, forward.payloadType);
    if (!seal) return { cause: 'dataTypeNotSupported' };
    const made = this.make(seal);
    const key = made?.key ?? this.read(seal, encryptionSync);
    if (!key) return { cause: 'securityDenied' };
    return { seal, key, told: made ? { encryptionSync: made.sync } : {} };
  }

  /** A new key, as master; null as slave, and without a secret. */
  make(seal: ChannelSeal): MadeKey | null {
    return this.master ? this.makeForBoth(seal) : null;
  }

  /** A new key of a channel that fast start opens, whoever is master later; null without a secret. */
  makeForBoth({ algorithm, payloadType }: ChannelSeal): MadeKey | null {
    const { secret } = this.keys;
    return secret && makeKey(secret, algorithm, payloadType, this.chance);
  }

  /** The key that the master made; null, and counted, where it cannot be used. */
  read({ algorithm, payloadType }: ChannelSeal, sync: EncryptionSync | undefined): MediaKey | null {
    const { secret } = this.keys;
    if (!secret) return null;
    try {
      return readKey(secret, algorithm, sync, payloadType);
    } catch (error) {
      if (!(error instanceof KeyFault)) throw error;
      this.onFault(error);
      return null;
    }
  }
}

/** Payload number of an encrypted channel, none of `others`: the codec's own where it can say that packets are encrypted. */
export function sealedNumber(payloadType: number | null, others: readonly number[] = []): number {
  if (payloadType !== null && payloadType >= 96) return payloadType;
  return sealedNumbers.find((one) => !others.includes(one)) ?? 96;
}
