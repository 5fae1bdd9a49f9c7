/**
 * The short way of one line's sound between its socket and the rings of the mixer: packets that go on as the ones before take
 * it without JavaScript, which is told of them later. Whatever is unlike that comes by the socket as ever and ends it.
 */
export interface ShortWay {
  /** Told of what took the way when it is settled, in order. */
  traffic: ShortTraffic | null;
  /** Packets like this one, with the numbers behind it, go to the mixer at once. */
  listen(stream: { slot: number; ssrc: number }, pt: number, seq: number, address: string, port: number): void;
  /** They do no longer; what did is settled. Idempotent. */
  deafen(): void;
  /**
   * Frames of the mixer go out at once, numbered from the one behind `seq` on, with timestamps from `base` on. False where
   * that cannot be, as some wait in the ring.
   */
  hand(stream: { slot: number; ssrc: number }, seq: number, base: number, address: string, port: number): boolean;
  /** They do no longer; what did is settled. The last number used; null where nothing was handed over. */
  takeBack(): number | null;
}

/** Who is told of what took the short way; times are those of the clock of the sockets, ms. */
export interface ShortTraffic {
  /** A packet of so many octets came at `at`. */
  heard(seq: number, timestamp: number, octets: number, at: number): void;
  /** Packets went out with so many octets of payload, the last one with this timestamp at `at`. */
  sent(packets: number, octets: number, timestamp: number, at: number): void;
}

/** The memory of both rings, and the clocks that packets are told by. */
export interface ShortWayTerms {
  toMixer: SharedArrayBuffer;
  fromMixer: SharedArrayBuffer;
  /** That of the sockets, ms. */
  now(): number;
  /** `Frame.at` minus that, ms. */
  frameOrigin: number;
}
