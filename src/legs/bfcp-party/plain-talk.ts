import type { ByteStream, Endpoint } from '../../base/net.js';
import { decodeHeader } from '../../protocol/bfcp/decode.js';
import { encode } from '../../protocol/bfcp/encode.js';
import type { Carriage } from '../../protocol/bfcp/message.js';
import { errorCodes, isRequest, primitiveName } from '../../protocol/bfcp/names.js';

/**
 * What to answer to a message in the plain where encryption was agreed: Error 9 or 11, RFC 8855 §9.1. Null for what is no
 * request.
 */
export function useEncryption(data: Uint8Array, carriage: Carriage): Uint8Array | null {
  const read = decodeHeader(data, carriage);
  // a stream may hold more than one message, and less
  const found = read.ok ? read.value : carriage === 'reliable' ? read.fault.header : null;
  const name = found && primitiveName(found.primitive);
  if (!found || found.response || !name || !isRequest(name)) return null;
  const { version, conferenceId, transactionId, userId } = found;
  const code = carriage === 'reliable' ? errorCodes.useTls : errorCodes.useDtls;
  const body = { error: { code, details: [] } };
  return encode({ version, conferenceId, transactionId, userId, response: true, primitive: 'Error', body }, carriage);
}

/** A connection that is to be TLS: one that begins in the plain is told to use TLS, if it comes from the peer, and closed. */
export function wantingTls(raw: ByteStream, isPeer: (from: Endpoint) => boolean): ByteStream {
  let began: 'not' | 'as TLS' | 'in the plain' = 'not';
  return {
    local: raw.local,
    remote: raw.remote,
    peer: null,
    write: (data) => raw.write(data),
    queued: () => raw.queued(),
    onClose: (listener) => raw.onClose(listener),
    end: () => raw.end(),
    destroy: () => raw.destroy(),
    onData(listener) {
      raw.onData((data) => {
        if (began === 'in the plain') return;
        const answer = began === 'not' ? useEncryption(data, 'reliable') : null;
        began = answer ? 'in the plain' : 'as TLS';
        if (!answer) return listener(data);
        if (isPeer(raw.remote)) raw.write(answer);
        raw.end();
      });
    },
  };
}
