import { createCipheriv, createHmac, randomBytes } from 'node:crypto';

const suite = 'AES_CM_128_HMAC_SHA1_80';
const tagLength = 10;
const headerLength = 12;

/** One direction of SRTP as SDES agrees on it (RFC 3711, RFC 4568): short streams without CSRC and extensions, ROC 0. */
export class SrtpKey {
  private readonly cipher: Buffer;
  private readonly salt: Buffer;
  private readonly auth: Buffer;

  constructor(private readonly master: Buffer = randomBytes(30)) {
    [this.cipher, this.auth, this.salt] = [this.derive(0, 16), this.derive(1, 20), this.derive(2, 14)];
  }

  /** The key that a description's first line gives for this suite, and its tag. */
  static in(sdp: string): { key: SrtpKey; tag: string } {
    const [, tag = '', inline = ''] = new RegExp(`^a=crypto:(\\d+) ${suite} inline:([\\w+/=]+)`, 'm').exec(sdp) ?? [];
    return { key: new SrtpKey(Buffer.from(inline, 'base64')), tag };
  }

  /** As a line of a description. */
  line(tag: string): string {
    return `a=crypto:${tag} ${suite} inline:${this.master.toString('base64')}`;
  }

  protect(packet: Buffer): Buffer {
    const sealed = Buffer.concat([packet.subarray(0, headerLength), this.applied(packet)]);
    const tag = createHmac('sha1', this.auth).update(sealed).update(Buffer.alloc(4)).digest().subarray(0, tagLength);
    return Buffer.concat([sealed, tag]);
  }

  /** The payload of a packet whose tag is right; null for one that is not of this key. */
  open(packet: Buffer): Buffer | null {
    const sealed = packet.subarray(0, -tagLength);
    const tag = createHmac('sha1', this.auth).update(sealed).update(Buffer.alloc(4)).digest().subarray(0, tagLength);
    return tag.equals(packet.subarray(-tagLength)) ? this.applied(sealed) : null;
  }

  /** The payload with the key stream over it (§4.1.1). */
  private applied(packet: Buffer): Buffer {
    const iv = Buffer.alloc(16);
    this.salt.copy(iv);
    const mix = (at: number, bytes: Buffer): void => bytes.forEach((byte, n) => (iv[at + n]! ^= byte));
    mix(4, packet.subarray(8, 12));
    mix(12, packet.subarray(2, 4));
    return createCipheriv('aes-128-ctr', this.cipher, iv).update(packet.subarray(headerLength));
  }

  /** §4.3.1, §4.3.3. */
  private derive(label: number, length: number): Buffer {
    const iv = Buffer.alloc(16);
    this.master.copy(iv, 0, 16, 30);
    iv[7]! ^= label;
    return createCipheriv('aes-128-ctr', this.master.subarray(0, 16), iv).update(Buffer.alloc(length));
  }
}
