import { PayloadOpener, PayloadSealer } from '../../protocol/h323/h235/payload-cipher.js';
import { RTP_HEADER } from '../../protocol/rtp/header.js';
import type { LineParams, PayloadKey } from '../plane.js';
import type { CipherFault, Drops } from './drops.js';
import type { MediaSocket } from './sockets.js';

interface Receiving {
  key: PayloadKey;
  opener: PayloadOpener;
}
interface Sending {
  key: PayloadKey;
  sealer: PayloadSealer;
}

const MARKER = 0x80;

/**
 * Stands between the RTP socket of a line and everything else of it: what comes is opened before anybody looks at it, what goes
 * is sealed when numbers and timestamps are those of the wire. Without keys it does nothing.
 */
export class LineCipher implements MediaSocket {
  private receiving: Receiving[] | null = null;
  /** That of the latest packet which says by its number what key it has: events come with the same. */
  private latest: Receiving | null = null;
  private sending: Sending | null = null;
  private events: LineParams['events'] = { receive: [], send: [] };
  /** Number of signs of life, which carry nothing; -1 for none. */
  private life = -1;

  constructor(
    private readonly socket: MediaSocket,
    private readonly drops: Drops,
  ) {}

  get port(): number {
    return this.socket.port;
  }

  /** Keys after each negotiation; those that stay go on. */
  describe({ keys, events, traversal }: Pick<LineParams, 'keys' | 'events' | 'traversal'>): void {
    const { receive, send } = keys ?? {};
    this.events = events;
    this.life = traversal?.keepAlive ?? -1;
    const before = this.receiving ?? [];
    this.receiving =
      receive?.map(
        (key) => before.find((one) => same(one.key, key)) ?? { key, opener: new PayloadOpener(key.cipher, key.key) },
      ) ?? null;
    if (this.latest && !this.receiving?.includes(this.latest)) this.latest = null;
    if (!send) this.sending = null;
    else if (!this.sending || !same(this.sending.key, send))
      this.sending = { key: send, sealer: new PayloadSealer(send.cipher, send.key) };
  }

  /** Makes a plain packet of a datagram, in its place. Null where it did, or where there is no key. */
  open(packet: Buffer): CipherFault | null {
    const { receiving } = this;
    if (!receiving || packet.length < RTP_HEADER) return null;
    const number = packet[1]! & ~MARKER;
    for (let i = 0; i < receiving.length; i++) {
      const one = receiving[i]!;
      if (one.key.payloadType !== number) continue;
      this.latest = one;
      packet[1] = (packet[1]! & MARKER) | one.key.format;
      return openPayload(packet, one);
    }
    // what has no payload only shows where its sender is
    if (number === this.life || payloadStart(packet) === packet.length) return null;
    const one = has(this.events.receive, number) ? (this.latest ?? receiving.at(-1)) : undefined;
    return one ? openPayload(packet, one) : 'plain';
  }

  send(parts: Uint8Array[], port: number, address: string): void {
    const { sending } = this;
    if (!sending) return this.socket.send(parts, port, address);
    const [first, payload] = parts;
    const number = first ? first[1]! & ~MARKER : -1;
    const media = number === sending.key.format;
    if (!first || !payload || !(media || has(this.events.send, number))) return this.drops.add('cipher_plain');
    // the sender may keep its own
    const header = Buffer.from(first);
    if (media) header[1] = (header[1]! & MARKER) | sending.key.payloadType;
    this.socket.send([header, sending.sealer.seal(header, payload)], port, address);
  }

  close(): void {
    this.socket.close();
  }
}

/** Deciphers in its place; a header that does not fit is left to the reader of headers. */
function openPayload(packet: Buffer, { opener }: Receiving): CipherFault | null {
  const start = payloadStart(packet);
  return start > packet.length ? null : opener.open(packet, start);
}

function has(formats: LineParams['events']['receive'], number: number): boolean {
  for (let i = 0; i < formats.length; i++) if (formats[i]!.pt === number) return true;
  return false;
}

/** Where the payload begins: after contributing sources and an extension. May lie behind the end. */
function payloadStart(packet: Buffer): number {
  const first = packet[0]!;
  const start = RTP_HEADER + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return start;
  return start + 4 > packet.length ? packet.length + 1 : start + 4 + packet.readUInt16BE(start + 2) * 4;
}

function same(a: PayloadKey, b: PayloadKey): boolean {
  const alike = a.cipher === b.cipher && a.payloadType === b.payloadType && a.format === b.format;
  return alike && Buffer.from(a.key).equals(Buffer.from(b.key));
}
