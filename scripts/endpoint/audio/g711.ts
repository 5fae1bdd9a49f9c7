/** One companded voice format: 8 kHz, one octet a sample. */
export interface G711 {
  encode(samples: Int16Array): Buffer;
  decode(payload: Uint8Array): Int16Array;
}

/** µ-law (ITU-T G.711 table 2). */
export const pcmu: G711 = codec(ulawToLinear);
/** A-law (ITU-T G.711 table 1). */
export const pcma: G711 = codec(alawToLinear);

function ulawToLinear(octet: number): number {
  const value = ~octet & 0xff;
  const magnitude = ((((value & 0x0f) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84;
  return value & 0x80 ? -magnitude : magnitude;
}

function alawToLinear(octet: number): number {
  const value = octet ^ 0x55;
  const exponent = (value >> 4) & 7;
  const mantissa = ((value & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return value & 0x80 ? magnitude : -magnitude;
}

/** Both directions from the decoder's table: the encoder takes the octet whose value is nearest. */
function codec(toLinear: (octet: number) => number): G711 {
  const linear = Int16Array.from({ length: 256 }, (_, octet) => toLinear(octet));
  const order = [...linear.keys()].sort((a, b) => (linear[a] ?? 0) - (linear[b] ?? 0));
  const nearest = new Uint8Array(1 << 14);
  let at = 0;
  for (let i = 0; i < nearest.length; i++) {
    const value = (i - (1 << 13)) * 4 + 2;
    const distance = (n: number): number => Math.abs((linear[order[n] ?? 0] ?? 0) - value);
    while (at + 1 < order.length && distance(at + 1) <= distance(at)) at++;
    nearest[i] = order[at] ?? 0;
  }
  return {
    encode: (samples) => Buffer.from(Uint8Array.from(samples, (s) => nearest[(s >> 2) + (1 << 13)] ?? 0)),
    decode: (payload) => Int16Array.from(payload, (octet) => linear[octet] ?? 0),
  };
}
