import { join, num, Reader } from './bytes.js';

/** RFC 6347 §4.1. */
export const contentTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, data: 23 } as const;

/** DTLS 1.2, and 1.0 as some write their first record. */
export const dtls12 = 0xfefd;
const dtls10 = 0xfeff;

/** One record as it came, its fragment still protected where the epoch is not 0. */
export interface DtlsRecord {
  type: number;
  epoch: number;
  /** 0..2^48-1. */
  sequence: number;
  fragment: Uint8Array;
}

const headSize = 13;

/** Whether a datagram may begin with a DTLS record rather than BFCP or STUN (RFC 8855 §6.2.4). */
export function looksLikeDtls(datagram: Uint8Array): boolean {
  const first = datagram[0] ?? 0;
  return first >= 20 && first <= 63;
}

/** Whether a datagram is a ClientHello: the beginning of a handshake, or its second try. */
export function beginsHandshake(datagram: Uint8Array): boolean {
  const [first] = readRecords(datagram);
  return first?.type === contentTypes.handshake && first.epoch === 0 && first.fragment[0] === 1;
}

/** The records of a datagram; what cannot be read is left out (RFC 6347 §4.1.2.7). */
export function readRecords(datagram: Uint8Array): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  const reader = new Reader(datagram);
  while (reader.left >= headSize) {
    const type = reader.u8();
    const version = reader.u16();
    const epoch = reader.u16();
    const sequence = reader.u24() * 0x1000000 + reader.u24();
    const length = reader.u16();
    if ((version !== dtls12 && version !== dtls10) || length > reader.left) break;
    records.push({ type, epoch, sequence, fragment: reader.take(length) });
  }
  return records;
}

export function writeRecord({ type, epoch, sequence, fragment }: DtlsRecord): Uint8Array {
  return join(num(type, 1), num(dtls12, 2), num(epoch, 2), num(sequence, 6), num(fragment.length, 2), fragment);
}

/** Packs records into datagrams of at most `limit` octets; none is split. */
export function pack(records: Uint8Array[], limit: number): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  let current: Uint8Array[] = [];
  let size = 0;
  for (const record of records) {
    if (size > 0 && size + record.length > limit) {
      datagrams.push(join(...current));
      current = [];
      size = 0;
    }
    current.push(record);
    size += record.length;
  }
  if (size > 0) datagrams.push(join(...current));
  return datagrams;
}

/** Which sequence numbers of one epoch came already, RFC 6347 §4.1.2.6. */
export class ReplayWindow {
  private highest = -1;
  private seen = 0n;

  /** Whether a record may be new; `note` it when it turns out to be genuine. */
  isNew(sequence: number): boolean {
    if (sequence > this.highest) return true;
    const back = this.highest - sequence;
    return back < 64 && (this.seen & (1n << BigInt(back))) === 0n;
  }

  note(sequence: number): void {
    if (sequence > this.highest) {
      const ahead = sequence - this.highest;
      this.seen = ahead >= 64 ? 1n : ((this.seen << BigInt(ahead)) | 1n) & 0xffffffffffffffffn;
      this.highest = sequence;
    } else this.seen |= 1n << BigInt(this.highest - sequence);
  }
}
