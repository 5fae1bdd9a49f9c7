import { Asn1Fault, type Decoded } from './fault.js';
import { PerReader, usualLimits, type Limits } from './reader.js';
import type { AnySchema, Infer } from './schema.js';
import { PerWriter } from './writer.js';

/**
 * Reads a complete encoding in the aligned variant of PER. Octets after it are left alone (`used` says where it ended):
 * devices fill up their datagrams. OCTET STRINGs of the value are views of `octets`.
 */
export function decode<S extends AnySchema>(
  schema: S,
  octets: Uint8Array,
  limits: Limits = usualLimits,
): Decoded<Infer<S>> {
  const reader = new PerReader(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength), limits);
  try {
    const value = schema.decode(reader);
    return { ok: true, value, used: Math.max(1, (reader.position + 7) >>> 3) };
  } catch (error) {
    if (error instanceof Asn1Fault) return { ok: false, fault: error };
    throw error;
  }
}

/** Writes a complete encoding in the aligned variant of PER. Throws Asn1Fault for a value that does not fit its schema. */
export function encode<S extends AnySchema>(schema: S, value: Infer<S>): Buffer {
  const writer = new PerWriter();
  schema.encode(writer, value);
  return writer.result();
}
