import { systemChance } from '../../../src/base/ids.js';
import { CallerKeys, keysOfCaller, type AnsweredKeys } from '../../../src/legs/h323/call-keys.js';
import { ChannelKeys, type ChannelSeal } from '../../../src/legs/h323/channel-keys.js';
import type { KeyedLine } from '../../../src/legs/h323/key-updates.js';
import { LineSeals } from '../../../src/legs/h323/line-seals.js';
import { secured } from '../../../src/media/h245-capabilities.js';
import type { SrtpPolicy } from '../../../src/media/keying.js';
import type { SignalledCall } from '../../../src/protocol/h323/call/contract.js';
import { algorithmsOf, receives } from '../../../src/protocol/h323/control/capabilities.js';
import type {
  CapabilitySet,
  ChannelMedia,
  ChannelOpening,
  ControlRole,
  IncomingChannel,
  OutgoingChannel,
} from '../../../src/protocol/h323/control/contract.js';
import type { KeyFault } from '../../../src/protocol/h323/h235/key-fault.js';
import { keysNumber } from './media.js';

/** The call ends by what it lacks; else a fault of keys leaves it plain. */
const ignored = (_fault: KeyFault): void => undefined;

/** Encryption of one call's media (H.235.6): its half keys in call signalling, then the keys of its channels. */
export class Encryption {
  readonly channels: ChannelKeys;

  /** `offered`: the half keys of our Setup; null where the call came in. */
  constructor(
    readonly policy: SrtpPolicy,
    private readonly offered: CallerKeys | null,
    role: () => ControlRole | null,
  ) {
    this.channels = new ChannelKeys(role, systemChance, ignored);
  }

  static offer(policy: SrtpPolicy): CallerKeys {
    return new CallerKeys(policy, systemChance);
  }

  /**
   * What both sides' half keys come to, with ours for the answer; H.245 begins after it.
   * @throws EncryptionRequired, KeyFault
   */
  agree({ peer }: SignalledCall): Pick<AnsweredKeys, 'tokens'> {
    const { policy, offered } = this;
    const keys: AnsweredKeys = offered
      ? { ...offered.answered(peer.tokens, ignored), tokens: [] }
      : keysOfCaller(policy, peer.tokens, systemChance, ignored);
    this.channels.agreed(keys);
    return keys;
  }

  /** A capability set as this call says it. */
  said(set: CapabilitySet): CapabilitySet {
    const { algorithms } = this.channels;
    return algorithms.length > 0 ? secured(set, algorithms) : set;
  }

  /** How a channel of ours is encrypted, and its key where we make it; null is plain. False where that may not be. */
  seal(media: ChannelMedia, number: number, remote: CapabilitySet): ChannelSeal | null | false {
    const seal = this.channels.sealOf(algorithmsFor(media, remote), number, [keysNumber]);
    return seal ?? (this.channels.required ? false : null);
  }
}

/** Algorithms by which the other side takes these media. */
function algorithmsFor({ kind }: ChannelMedia, remote: CapabilitySet): string[] {
  if (kind !== 'audio' && kind !== 'video' && kind !== 'content') return [];
  const [entry] = receives(remote, kind);
  return entry ? algorithmsOf(remote, entry.number) : [];
}

/** Both directions of a line, each a logical channel of its own, and how they are encrypted. */
export class Slot implements KeyedLine {
  out: OutgoingChannel | null = null;
  incoming: IncomingChannel | null = null;
  /** What the other side allows us, kbit/s; null is anything. */
  kbps: number | null = null;
  readonly seals = new LineSeals();
  readonly otherNumbers = [keysNumber];

  get sends(): boolean {
    return this.out?.state === 'open' && this.seals.ready;
  }

  /** Notes how our channel is encrypted that is about to be opened; what its opening says of that. */
  opens(seal: ChannelSeal | null, keys: ChannelKeys): Pick<ChannelOpening, 'encryptionSync'> {
    const made = seal && keys.make(seal);
    this.seals.opens(seal && { seal, made });
    return made ? { encryptionSync: made.sync } : {};
  }

  closedOut(): void {
    this.out = null;
    this.seals.forgetOut();
  }

  closedIn(): void {
    this.incoming = null;
    this.seals.forgetIn();
  }
}
