/** A message that cannot be read. Thrown inside this folder only: peers' messages end in an alert. */
export class Unreadable extends Error {}

/** Reads network order; throws Unreadable where there is too little. */
export class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.number(1);
  }

  u16(): number {
    return this.number(2);
  }

  u24(): number {
    return this.number(3);
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new Unreadable('too short');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A vector with its length before it, in `size` octets. */
  vector(size: 1 | 2 | 3): Uint8Array {
    return this.take(this.number(size));
  }

  end(): void {
    if (this.left > 0) throw new Unreadable('too long');
  }

  private number(size: number): number {
    return this.take(size).reduce((value, octet) => value * 256 + octet, 0);
  }
}

/** A number in network order. */
export function num(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = size - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256;
  return bytes;
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** A vector with its length before it. */
export function vector(size: 1 | 2 | 3, ...parts: Uint8Array[]): Uint8Array {
  const body = join(...parts);
  return join(num(body.length, size), body);
}
