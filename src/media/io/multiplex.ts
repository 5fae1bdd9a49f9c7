import { readUint32 } from '../../protocol/rtp/header.js';
import type { LineTraversal, SharedPorts } from '../plane.js';
import type { Drops } from './drops.js';
import { LineSource } from './line-source.js';
import type { MediaSocket, MediaSockets, OnDatagram } from './sockets.js';

/** Octets before each packet of a port that lines share: the receiver's identifier of the stream (H.460.19). */
const IDENTIFIER = 4;

/** RTP and RTCP of one line, or of all that share. */
export interface SocketPair {
  rtp: MediaSocket;
  rtcp: MediaSocket;
}

/**
 * A socket of a line as its halves see it. What was sent to a shared port for it is answered from there, with the identifier
 * of the peer before each packet where it has given one.
 */
class LineSocket implements MediaSocket {
  /** Shared with other lines; null while the peer has sent nothing there. */
  through: MediaSocket | null = null;
  identifier: Uint8Array | null = null;
  readonly source = new LineSource();

  constructor(
    private readonly own: MediaSocket,
    readonly take: OnDatagram,
  ) {}

  get port(): number {
    return (this.through ?? this.own).port;
  }

  send(parts: Uint8Array[], port: number, address: string): void {
    const whole = this.identifier === null ? parts : [this.identifier, ...parts];
    (this.through ?? this.own).send(whole, port, address);
  }

  close(): void {
    this.own.close();
  }
}

/** A line that may share ports. */
interface Sharer {
  rtp: LineSocket;
  rtcp: LineSocket;
  /** What its packets begin with, at a shared port; null where none do. */
  receiveAs: number | null;
  sendAs: number | null;
}

/** Ports that lines share, and whose packets are whose (H.460.19 multiplexed media). */
export class Multiplex {
  private readonly pairs = new Map<string, SocketPair>();
  private readonly sharers = new Map<number, Sharer>();
  private readonly byIdentifier = new Map<number, Sharer>();

  constructor(
    private readonly sockets: MediaSockets,
    private readonly drops: Drops,
  ) {}

  /** Binds a pair, once for each address; RTCP is one above, or whatever the system gives. Rejects with the system's error. */
  async share(address: string, port: number): Promise<SharedPorts> {
    const known = this.pairs.get(address);
    if (known) return { rtpPort: known.rtp.port, rtcpPort: known.rtcp.port };
    const rtp = await this.sockets.bind(address, port, (...datagram) => this.take('rtp', rtp, ...datagram));
    try {
      const above = port === 0 ? 0 : port + 1;
      const rtcp = await this.sockets.bind(address, above, (...datagram) => this.take('rtcp', rtcp, ...datagram));
      this.pairs.set(address, { rtp, rtcp });
      return { rtpPort: rtp.port, rtcpPort: rtcp.port };
    } catch (error) {
      rtp.close();
      throw error;
    }
  }

  /** The sockets of a line around those that are its own. */
  add(slot: number, own: SocketPair, take: { rtp: OnDatagram; rtcp: OnDatagram }): SocketPair {
    const { rtp, rtcp } = { rtp: new LineSocket(own.rtp, take.rtp), rtcp: new LineSocket(own.rtcp, take.rtcp) };
    this.sharers.set(slot, { rtp, rtcp, receiveAs: null, sendAs: null });
    return { rtp, rtcp };
  }

  /** What was agreed on for a line. */
  describe(slot: number, traversal: LineTraversal | undefined): void {
    const sharer = this.sharers.get(slot);
    if (!sharer) return;
    const { receiveAs = null, sendAs = null } = traversal ?? {};
    if (receiveAs !== sharer.receiveAs) {
      this.release(sharer);
      sharer.receiveAs = receiveAs;
      if (receiveAs !== null) this.byIdentifier.set(receiveAs, sharer);
    }
    if (sendAs === sharer.sendAs) return;
    sharer.sendAs = sendAs;
    sharer.rtp.identifier = sharer.rtcp.identifier = sendAs === null ? null : octetsOf(sendAs);
  }

  /** The line is closed. */
  remove(slot: number): void {
    const sharer = this.sharers.get(slot);
    if (sharer) this.release(sharer);
    this.sharers.delete(slot);
  }

  /** Nobody shares any more. */
  close(): void {
    for (const { rtp, rtcp } of this.pairs.values()) {
      rtp.close();
      rtcp.close();
    }
    this.pairs.clear();
  }

  private take(half: 'rtp' | 'rtcp', shared: MediaSocket, data: Buffer, address: string, port: number): void {
    if (data.length <= IDENTIFIER) return this.drops.add('multiplex_short');
    const sharer = this.byIdentifier.get(readUint32(data, 0));
    if (!sharer) return this.drops.add('multiplex_unknown');
    const socket = sharer[half];
    socket.through = shared;
    const { source } = socket;
    if (source.isNew(address, port)) this.moved(sharer, half, address, port);
    socket.take(data.subarray(IDENTIFIER), source.address, source.port);
  }

  /** Packets of a line come from elsewhere: where others of the same device come from too, ours may not go there. */
  private moved(sharer: Sharer, half: 'rtp' | 'rtcp', address: string, port: number): void {
    const { source } = sharer[half];
    const there = [...this.sharers.values()].filter((one) => one !== sharer && one[half].source.is(address, port));
    const isShared = (one: Sharer): boolean => one.sendAs !== null && !one[half].source.cameFrom(source);
    if (sharer.sendAs === null && source.known && there.some(isShared)) return source.leave(address, port);
    source.move(address, port);
    if (sharer.sendAs === null) return;
    for (const one of there) if (one.sendAs === null) one[half].source.leave(address, port);
  }

  private release(sharer: Sharer): void {
    if (sharer.receiveAs !== null && this.byIdentifier.get(sharer.receiveAs) === sharer)
      this.byIdentifier.delete(sharer.receiveAs);
    sharer.receiveAs = null;
    sharer.rtp.through = sharer.rtcp.through = null;
  }
}

function octetsOf(identifier: number): Uint8Array {
  const octets = Buffer.alloc(IDENTIFIER);
  octets.writeUInt32BE(identifier >>> 0);
  return octets;
}
