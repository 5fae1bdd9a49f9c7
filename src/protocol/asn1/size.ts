import { K64, type PerReader } from './reader.js';
import type { PerWriter } from './writer.js';

/** SIZE (min..max) of a string or list, `max` Infinity where there is none. */
export class Size {
  constructor(
    readonly min: number,
    readonly max: number,
  ) {}

  /** SIZE (from..to), SIZE (from), or none. */
  static of(from?: number, to?: number): Size {
    return new Size(from ?? 0, to ?? from ?? Infinity);
  }

  /** Below 64K the length is a constrained number and nothing comes in fragments. */
  get constrained(): boolean {
    return this.max < K64;
  }

  /** Whether there is no length at all. */
  get fixed(): boolean {
    return this.min === this.max && this.max < K64;
  }

  check(reader: PerReader, length: number): void {
    if (length < this.min || length > this.max)
      throw reader.fault('malformed', `size ${length} is not in ${this.min}..${this.max}`);
  }

  /** Reads lengths and lets `read` read that many units, until all fragments are there; returns their number. */
  read(reader: PerReader, read: (units: number) => void): number {
    if (this.constrained) {
      const units = reader.constrained(this.min, this.max);
      read(units);
      return units;
    }
    let total = 0;
    do {
      const units = reader.length();
      const more = reader.more;
      read(units);
      total += units;
      reader.more = more;
    } while (reader.more);
    this.check(reader, total);
    return total;
  }

  /** Writes lengths and lets `write` write units `from` to `to`. */
  write(writer: PerWriter, total: number, write: (from: number, to: number) => void): void {
    if (total < this.min || total > this.max)
      throw writer.fault(`size ${total} is not in ${this.min}..${this.max === Infinity ? 'MAX' : this.max}`);
    if (!this.constrained) return writer.counted(total, write);
    writer.constrained(total, this.min, this.max);
    write(0, total);
  }
}
