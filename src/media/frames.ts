/** One audio RTP payload on its way between the io worker and the mixer worker. */
export interface Frame {
  slot: number;
  pt: number;
  /** First packet of a talk spurt (RTP marker). */
  marker: boolean;
  /** RTP sequence number; ignored from mixer to io. */
  seq: number;
  /** RTP timestamp; from mixer to io it counts from the stream's start and io adds its own offset. */
  timestamp: number;
  /** Arrival, milliseconds of the shared monotonic clock (performance.timeOrigin + now). */
  at: number;
  payload: Uint8Array;
}

const HEADER = 32;
const WRITE = 0;
const READ = 1;
const DROPPED = 2;
const CONTROL_BYTES = 64;

/** Shared memory of one ring; hand it to both workers. `bytes` must be a power of two. */
export function createRingMemory(bytes = 1 << 20): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + bytes);
}

/**
 * Single-producer single-consumer ring of audio frames in shared memory. Positions are 32-bit counters that wrap; a
 * record never spans the end of the buffer (a filler record pads it). A full ring drops the new frame and counts it.
 */
export class FrameRing {
  private readonly control: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly mask: number;
  /** Behind the record that `peek` showed. */
  private next = 0;

  constructor(memory: SharedArrayBuffer) {
    this.control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.bytes = new Uint8Array(memory, CONTROL_BYTES);
    this.view = new DataView(memory, CONTROL_BYTES);
    this.mask = this.bytes.length - 1;
    if ((this.bytes.length & this.mask) !== 0) throw new RangeError('ring size must be a power of two');
  }

  /** Frames dropped because the consumer did not keep up. */
  get dropped(): number {
    return Atomics.load(this.control, DROPPED);
  }

  /** Producer side: returns false when the ring is full. */
  write(frame: Frame): boolean {
    const size = (HEADER + frame.payload.length + 7) & ~7;
    let head = Atomics.load(this.control, WRITE);
    const used = (head - Atomics.load(this.control, READ)) >>> 0;
    const at = head & this.mask;
    const toEnd = this.bytes.length - at;
    const need = toEnd < size ? toEnd + size : size;
    if (used + need > this.bytes.length) {
      Atomics.add(this.control, DROPPED, 1);
      return false;
    }
    let offset = at;
    if (toEnd < size) {
      this.view.setUint32(at, 0xffffffff);
      head = (head + toEnd) | 0;
      offset = 0;
    }
    const view = this.view;
    view.setUint32(offset, frame.payload.length);
    view.setUint32(offset + 4, frame.slot);
    view.setUint8(offset + 8, frame.pt);
    view.setUint8(offset + 9, frame.marker ? 1 : 0);
    view.setUint16(offset + 10, frame.seq);
    view.setUint32(offset + 12, frame.timestamp);
    view.setFloat64(offset + 16, frame.at);
    this.bytes.set(frame.payload, offset + HEADER);
    Atomics.store(this.control, WRITE, (head + size) | 0);
    return true;
  }

  /** Consumer side: reads into `into` with a copied payload; false when empty. */
  read(into: Frame): boolean {
    if (!this.peek(into)) return false;
    into.payload = into.payload.slice();
    this.skip();
    return true;
  }

  /** Consumer side: the same with a payload in the ring itself, whole until `skip`. */
  peek(into: Frame): boolean {
    let tail = Atomics.load(this.control, READ);
    if (tail === Atomics.load(this.control, WRITE)) return false;
    const { view } = this;
    let offset = tail & this.mask;
    let length = view.getUint32(offset);
    if (length === 0xffffffff) {
      tail = (tail + (this.bytes.length - offset)) | 0;
      offset = 0;
      length = view.getUint32(0);
    }
    into.slot = view.getUint32(offset + 4);
    into.pt = view.getUint8(offset + 8);
    into.marker = view.getUint8(offset + 9) === 1;
    into.seq = view.getUint16(offset + 10);
    into.timestamp = view.getUint32(offset + 12);
    into.at = view.getFloat64(offset + 16);
    into.payload = this.bytes.subarray(offset + HEADER, offset + HEADER + length);
    this.next = (tail + ((HEADER + length + 7) & ~7)) | 0;
    return true;
  }

  /** Consumer side: done with what `peek` showed. */
  skip(): void {
    Atomics.store(this.control, READ, this.next);
  }
}

/** An empty frame to read into. */
export function emptyFrame(): Frame {
  return { slot: 0, pt: 0, marker: false, seq: 0, timestamp: 0, at: 0, payload: new Uint8Array(0) };
}
