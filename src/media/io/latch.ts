/** Silence after a sign of life: two of them may be missed (H.460.19 clients send one every 19 s), ms. */
const LIFE = 45_000;

/**
 * Symmetric learning of one peer address (RFC 4961). Media goes to the signalled address until a valid packet shows
 * where the peer really is. The learnt address moves only to the signalled one, with the SSRC it is known by, after a
 * new answer, or after silence. While the peer's RTCP shows that the description tells the truth, media goes there: who
 * only listens cannot be cut off by a stranger's packet.
 *
 * Signs of life (packets without payload) teach the address too, of peers behind NAT that send no media. Their SSRC is often
 * 0 and proves nothing, and they are far apart, so that silence lasts longer after one.
 */
export class Latch {
  private signalledAddress: string | null = null;
  private signalledPort = 0;
  private address: string | null = null;
  private port = 0;
  private ssrc: number | null = null;
  /** From then on any source may be learnt, ms. */
  private freeAt = 0;
  private truthful = false;

  /** `patience`: silence after which any source may be learnt anew, ms. `moved`: packets showed that media must go elsewhere. */
  constructor(
    private readonly patience: number,
    private readonly moved: () => void = () => undefined,
  ) {}

  /**
   * The peer's address by its description; null when it has none. True when that is news and learning begins again, which it
   * does not for a peer behind NAT (`hidden`): nothing but its packets tells where it is.
   */
  signal(address: string | null, port: number, hidden = false): boolean {
    if (address === this.signalledAddress && port === this.signalledPort) return false;
    this.signalledAddress = address;
    this.signalledPort = port;
    this.truthful = false;
    if (hidden && this.latched) return false;
    this.address = null;
    this.freeAt = 0;
    return true;
  }

  /** Whether the peer's RTCP comes from just where its description says. */
  trustSignalled(on: boolean): void {
    this.change(() => (this.truthful = on && this.signalledAddress !== null));
  }

  /** Whether a valid packet from there belongs to the peer. */
  admit(address: string, port: number, ssrc: number, now: number): boolean {
    if (!this.isAt(address, port)) {
      if (ssrc !== this.ssrc && !this.free(address, port, now)) return false;
      this.move(address, port);
    }
    this.ssrc = ssrc;
    this.freeAt = Math.max(this.freeAt, now + this.patience);
    return true;
  }

  /** Whether a sign of life from there is the peer's. */
  admitLife(address: string, port: number, now: number): boolean {
    if (!this.isAt(address, port)) {
      if (!this.free(address, port, now)) return false;
      this.move(address, port);
    }
    this.freeAt = now + LIFE;
    return true;
  }

  /** Whether that is where we would send. */
  knows(address: string, port: number): boolean {
    return address === this.targetAddress && port === this.targetPort;
  }

  get latched(): boolean {
    return this.address !== null;
  }

  /** Where media comes from; null while that is not known. */
  get sourceAddress(): string | null {
    return this.address;
  }

  get sourcePort(): number {
    return this.port;
  }

  /** A packet came from there at `now` as before. */
  stay(now: number): void {
    this.freeAt = Math.max(this.freeAt, now + this.patience);
  }

  /** Where to send; null while nothing is known. */
  get targetAddress(): string | null {
    return this.truthful ? this.signalledAddress : (this.address ?? this.signalledAddress);
  }

  get targetPort(): number {
    return this.truthful || this.address === null ? this.signalledPort : this.port;
  }

  private isAt(address: string, port: number): boolean {
    return this.address === address && this.port === port;
  }

  /** Whether an unknown source may be the peer. */
  private free(address: string, port: number, now: number): boolean {
    return !this.latched || now > this.freeAt || (address === this.signalledAddress && port === this.signalledPort);
  }

  private move(address: string, port: number): void {
    this.change(() => {
      this.address = address;
      this.port = port;
    });
  }

  private change(by: () => void): void {
    const { targetAddress, targetPort } = this;
    by();
    if (!this.knows(targetAddress ?? '', targetPort)) this.moved();
  }
}
