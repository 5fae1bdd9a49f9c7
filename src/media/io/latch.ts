/**
 * Symmetric learning of one peer address (RFC 4961). Media goes to the signalled address until a valid packet shows
 * where the peer really is. The learnt address moves only to the signalled one, with the SSRC it is known by, after a
 * new answer, or after silence. While the peer's RTCP shows that the description tells the truth, media goes there: who
 * only listens cannot be cut off by a stranger's packet.
 */
export class Latch {
  private signalledAddress: string | null = null;
  private signalledPort = 0;
  private address: string | null = null;
  private port = 0;
  private ssrc = 0;
  private heardAt = 0;
  private truthful = false;

  /** `patience`: silence after which any source may be learnt anew, ms. `moved`: packets showed that media must go elsewhere. */
  constructor(
    private readonly patience: number,
    private readonly moved: () => void = () => undefined,
  ) {}

  /** The peer's address by its description; null when it has none. True when that is news and learning begins again. */
  signal(address: string | null, port: number): boolean {
    if (address === this.signalledAddress && port === this.signalledPort) return false;
    this.signalledAddress = address;
    this.signalledPort = port;
    this.address = null;
    this.truthful = false;
    return true;
  }

  /** Whether the peer's RTCP comes from just where its description says. */
  trustSignalled(on: boolean): void {
    this.change(() => (this.truthful = on && this.signalledAddress !== null));
  }

  /** Whether a valid packet from there belongs to the peer. */
  admit(address: string, port: number, ssrc: number, now: number): boolean {
    if (this.address === address && this.port === port) {
      this.ssrc = ssrc;
      this.heardAt = now;
      return true;
    }
    const free =
      this.address === null ||
      ssrc === this.ssrc ||
      now - this.heardAt > this.patience ||
      (address === this.signalledAddress && port === this.signalledPort);
    if (!free) return false;
    this.ssrc = ssrc;
    this.heardAt = now;
    this.change(() => {
      this.address = address;
      this.port = port;
    });
    return true;
  }

  /** Whether that is where we would send. */
  knows(address: string, port: number): boolean {
    return address === this.targetAddress && port === this.targetPort;
  }

  get latched(): boolean {
    return this.address !== null;
  }

  /** Where to send; null while nothing is known. */
  get targetAddress(): string | null {
    return this.truthful ? this.signalledAddress : (this.address ?? this.signalledAddress);
  }

  get targetPort(): number {
    return this.truthful || this.address === null ? this.signalledPort : this.port;
  }

  private change(by: () => void): void {
    const { targetAddress, targetPort } = this;
    by();
    if (!this.knows(targetAddress ?? '', targetPort)) this.moved();
  }
}
