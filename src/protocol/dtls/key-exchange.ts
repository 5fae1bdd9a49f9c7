import { createECDH, timingSafeEqual, type ECDH } from 'node:crypto';
import { alerts, HandshakeFailed } from './peer.js';

const uncompressed = 4;

/** Our half of an ephemeral Diffie-Hellman exchange on secp256r1. */
export class KeyExchange {
  readonly point: Uint8Array;
  private readonly ecdh: ECDH;

  constructor() {
    this.ecdh = createECDH('prime256v1');
    this.point = this.ecdh.generateKeys();
  }

  /** Throws HandshakeFailed for a point that is not on the curve, or not written out (RFC 8422 §5.4). */
  shared(point: Uint8Array): Uint8Array {
    try {
      if (point.length !== this.point.length || point[0] !== uncompressed) throw new Error('another form of point');
      return this.ecdh.computeSecret(point);
    } catch {
      throw new HandshakeFailed(alerts.handshakeFailure, 'the key of the other end is not on the curve');
    }
  }
}

/** Throws HandshakeFailed when the other end has another view of the handshake. */
export function checkFinished(told: Uint8Array, expected: Uint8Array): void {
  if (told.length !== expected.length || !timingSafeEqual(told, expected)) {
    throw new HandshakeFailed(alerts.decryptError, 'the handshake was tampered with');
  }
}
