import { CannotPress } from '../../rooms/errors.js';
import { ask } from './dialog-link.js';
import { dtmfRelay } from './dtmf-info.js';
import type { SipDialog } from './srf.js';

/**
 * Presses keys at a peer without RFC 4733, one INFO after the other.
 * @throws CannotPress when the peer does not know them either
 */
export async function pressByInfo(
  dialog: SipDialog,
  digits: string,
  durationMs: number,
  over: () => boolean,
): Promise<void> {
  for (const digit of digits.toUpperCase().replace(/[^0-9*#A-D]/g, '')) {
    if (over()) throw new CannotPress('the call is over');
    const headers = { 'Content-Type': 'application/dtmf-relay' };
    const { status, reason } = await ask(dialog, 'INFO', headers, dtmfRelay(digit, durationMs));
    if (status >= 300) throw new CannotPress(`it answered ${status} ${reason}`);
  }
}
