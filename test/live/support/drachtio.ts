import { note } from '../../journeys/support/note.js';
import type { Control } from '../../support/engine-elsewhere.js';

const [, host = '', port = ''] = /^\[?(.+?)\]?:(\d+)$/.exec(process.env['DRACHTIO_SERVER'] ?? '') ?? [];

/**
 * The drachtio-server to test with: `DRACHTIO_SERVER=host:port` is its application port, `DRACHTIO_SECRET` its secret. It
 * takes SIP over UDP, TCP and WS at 127.0.0.1 and serves no other application; null without one.
 */
export const drachtio: Control | null =
  host === '' ? null : { host, port: Number(port), secret: process.env['DRACHTIO_SECRET'] ?? '' };

/** Skips a test, saying why. */
export function skipFor(context: Mocha.Context, why: string): never {
  note(`skipped: ${why}`);
  return context.skip();
}

/** What stands for a suite when there is no server. */
export function nothingToTestWith(): void {
  it('is not tested here', function () {
    skipFor(this, 'DRACHTIO_SERVER=host:port and DRACHTIO_SECRET name no drachtio-server');
  });
}
