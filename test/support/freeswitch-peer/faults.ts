import { systemClock, type Timer } from '../../../src/base/clock.js';
import type { ByteStream } from '../../../src/base/net.js';
import { notice } from './notice.js';
import { eventFrame, eventText } from './shapes.js';

/** What can go wrong with the event socket, on demand. */
export class Faults {
  /** Clients are turned away before they are asked for a password. */
  refusing = false;
  /** Connections of clients so far. */
  connections = 0;
  private cutting = false;
  private held: (() => void)[] | null = null;
  private readonly timers = new Set<Timer>();
  private readonly streams = new Set<ByteStream>();

  /** A client's connection. False when it is turned away. */
  admit(stream: ByteStream): boolean {
    this.connections += 1;
    this.streams.add(stream);
    stream.onClose(() => this.streams.delete(stream));
    if (!this.refusing) return true;
    const text = 'Access Denied, go away.\n';
    stream.write(`Content-Type: text/rude-rejection\nContent-Length: ${text.length}\n\n${text}${notice}`);
    stream.end();
    return false;
  }

  /** Everything that goes to clients goes through here; after the last the connection ends. */
  write(stream: ByteStream, text: string, last: boolean): void {
    if (this.held) return void this.held.push(() => this.write(stream, text, last));
    if (!this.cutting) {
      stream.write(text);
      if (last) stream.end();
      return;
    }
    this.cutting = false;
    stream.write(text.slice(0, Math.floor(text.length / 2)));
    systemClock.after(10, () => stream.destroy());
  }

  /** The next message breaks off in its middle, and its connection with it. */
  cutNext(): void {
    this.cutting = true;
  }

  /** Says nothing for so long, then everything that it kept back. */
  stall(ms: number): void {
    this.held ??= [];
    this.after(ms, () => {
      const kept = this.held ?? [];
      this.held = null;
      for (const write of kept) write();
    });
  }

  /** Events of a room that nobody knows, at this rate, for so long. Resolves with how many there were. */
  async flood(perSecond: number, ms: number): Promise<number> {
    const frame = eventFrame(eventText('energy-level-member', { 'Conference-Name': 'flood' }));
    const began = systemClock.now();
    let sent = 0;
    const sending = systemClock.every(10, () => {
      // what a late timer left out is made up for
      for (const due = ((systemClock.now() - began) * perSecond) / 1000; sent < due; sent += 1) {
        for (const stream of this.streams) this.write(stream, frame, false);
      }
    });
    this.timers.add(sending);
    await new Promise<void>((resolve) => this.after(ms, resolve));
    sending.cancel();
    return sent;
  }

  /** All connections end at once. */
  drop(): void {
    for (const stream of [...this.streams]) stream.destroy();
  }

  close(): void {
    for (const timer of this.timers) timer.cancel();
    this.drop();
  }

  private after(ms: number, fn: () => void): void {
    this.timers.add(systemClock.after(ms, fn));
  }
}
