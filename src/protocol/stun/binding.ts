/** Bytes of a transaction id. */
export const transactionLength = 12;

const cookie = 0x2112a442;
const headerLength = 20;
const request = 0x0001;
const success = 0x0101;
const mappedAddress = 0x0001;
const xorMappedAddress = 0x0020;
const families: Readonly<Record<number, 4 | 16>> = { 1: 4, 2: 16 };

/** A Binding request without attributes (RFC 8489 §5). `transaction` has 12 bytes. */
export function bindingRequest(transaction: Uint8Array): Buffer {
  const message = Buffer.alloc(headerLength);
  message.writeUInt16BE(request, 0);
  message.writeUInt32BE(cookie, 4);
  message.set(transaction.subarray(0, transactionLength), 8);
  return message;
}

/**
 * The address from which our request came, by a Binding success response; null for everything else, other transactions
 * included. XOR-MAPPED-ADDRESS counts before MAPPED-ADDRESS (RFC 8489 §14.1-2).
 */
export function mappedAddressOf(message: Buffer, transaction: Uint8Array): string | null {
  if (message.length < headerLength || message.readUInt16BE(0) !== success) return null;
  if (message.readUInt32BE(4) !== cookie || !message.subarray(8, headerLength).equals(transaction)) return null;
  const end = headerLength + message.readUInt16BE(2);
  if (end > message.length) return null;
  let plain: string | null = null;
  for (let at = headerLength; at + 4 <= end;) {
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
    const value = message.subarray(at + 4, at + 4 + length);
    if (at + 4 + length > end) return null;
    if (type === xorMappedAddress) return addressIn(value, message.subarray(4, headerLength));
    if (type === mappedAddress) plain ??= addressIn(value, Buffer.alloc(16));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return plain;
}

function addressIn(value: Buffer, mask: Uint8Array): string | null {
  const size = families[value[1] ?? 0];
  if (size === undefined || value.length !== 4 + size) return null;
  const bytes = Buffer.from(value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0)));
  if (size === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return groups.join(':');
}
