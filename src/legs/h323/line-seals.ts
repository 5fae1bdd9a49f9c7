import type { LineKeys, PayloadKey } from '../../media/plane.js';
import type { MediaKey } from '../../protocol/h323/h235/media-keys.js';
import type { EncryptionSync } from '../../protocol/h323/h245/schema.js';
import type { ChannelKeys, ChannelSeal, Sealing, Taken } from './channel-keys.js';

/** Keys of the peer's channel that are known at a time: the old one until the new one is used. */
const mostKeys = 2;

/** How both directions of one kind of media are encrypted, and by which keys (H.235.6). */
export class LineSeals {
  /** How our channel is encrypted, null for plain; its key, once it is known, and the one that is to come. */
  out: ChannelSeal | null = null;
  outKey: MediaKey | null = null;
  nextKey: MediaKey | null = null;
  /** How the peer's channel is encrypted, null for plain, and its keys. */
  in: ChannelSeal | null = null;
  inKeys: readonly MediaKey[] = [];

  /** Our channel can be used: it is plain, or its key is known. */
  get ready(): boolean {
    return this.out === null || this.outKey !== null;
  }

  /** Our channel is being opened. */
  opens(sealing: Sealing | null): void {
    this.forgetOut();
    this.out = sealing?.seal ?? null;
    this.outKey = sealing?.made?.key ?? null;
  }

  /** Our channel was taken. False where the master's key did not come with that. */
  acknowledged(keys: ChannelKeys, sync: EncryptionSync | undefined): boolean {
    if (this.out && !this.outKey) this.outKey = keys.read(this.out, sync);
    return this.ready;
  }

  /** The peer's channel. */
  receives({ seal, key }: Taken): void {
    this.in = seal;
    this.inKeys = key ? [key] : [];
  }

  /** Another key of the peer's channel. */
  addKey(key: MediaKey): void {
    const others = this.inKeys.filter(({ payloadType }) => payloadType !== key.payloadType);
    this.inKeys = [...others, key].slice(-mostKeys);
  }

  /** Our channel is no more. */
  forgetOut(): void {
    this.out = this.outKey = this.nextKey = null;
  }

  /** The peer's channel is no more. */
  forgetIn(): void {
    this.in = null;
    this.inKeys = [];
  }

  /** Keys for the media plane, which knows what comes by the number `format`; null where nothing is encrypted. */
  keys(format: number): LineKeys | null {
    if (!this.out && !this.in) return null;
    const of = ({ cipher, key, payloadType }: MediaKey, number: number): PayloadKey => ({
      ...{ cipher, key, payloadType, format: number },
    });
    return {
      ...(this.out && this.outKey ? { send: of(this.outKey, this.out.payloadType) } : {}),
      ...(this.in ? { receive: this.inKeys.map((key) => of(key, format)) } : {}),
    };
  }
}
