/** Where packets come from; nowhere before the first. */
class Source {
  address = '';
  port = -1;

  get known(): boolean {
    return this.port >= 0;
  }

  is(address: string, port: number): boolean {
    return this.port === port && this.address === address;
  }

  set(address: string, port: number): void {
    this.address = address;
    this.port = port;
  }
}

/**
 * Where packets of one half of a line come from, at a port that lines share, which is where ours go. Some devices (H323Plus)
 * send all their media from the one port that they share, as soon as they share one, and take there only what begins with an
 * identifier of theirs: what was opened without one before, by fast start, is still taken where it came from then.
 */
export class LineSource {
  private readonly own = new Source();
  private readonly before = new Source();
  /** The device's shared port: packets come from there, and none of this line go there. */
  private readonly shared = new Source();

  get address(): string {
    return this.own.address;
  }

  get port(): number {
    return this.own.port;
  }

  get known(): boolean {
    return this.own.known;
  }

  is(address: string, port: number): boolean {
    return this.own.is(address, port);
  }

  /** Whether nothing came from there before, or not lately. */
  isNew(address: string, port: number): boolean {
    return !this.own.is(address, port) && !this.shared.is(address, port);
  }

  /** Whether it left the place where that other line is. */
  cameFrom({ own }: LineSource): boolean {
    return this.before.is(own.address, own.port);
  }

  move(address: string, port: number): void {
    this.before.set(this.own.address, this.own.port);
    this.own.set(address, port);
  }

  /** That is the device's shared port; the line goes back to where it was, if it had been elsewhere. */
  leave(address: string, port: number): void {
    this.shared.set(address, port);
    if (this.own.is(address, port) && this.before.known) this.own.set(this.before.address, this.before.port);
  }
}
