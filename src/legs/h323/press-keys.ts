import type { Line } from '../../media/plane.js';
import { takesUserInput } from '../../protocol/h323/control/user-input.js';
import { CannotPress } from '../../rooms/errors.js';
import type { H323LegParts } from './parts.js';

/** The call whose device is to be told of keys. */
interface Pressed {
  readonly parts: Pick<H323LegParts, 'session' | 'call'>;
  readonly lines: { readonly audio: Line | null };
  readonly over: boolean;
}

/** Presses keys in the best way that the device knows: RTP, H.245, call signalling. Rejects with CannotPress. */
export function pressKeys(leg: Pressed, digits: string, durationMs: number): Promise<void> {
  const { audio } = leg.lines;
  const { session, call } = leg.parts;
  // what encrypts for one end on the way passes no others than those of H.245 (GNU Gatekeeper)
  const said = audio?.params?.keys?.send !== undefined && takesUserInput(session.remote);
  if (!said && audio?.press(digits, durationMs)) return Promise.resolve();
  for (const key of digits.toUpperCase().replace(/[^0-9*#A-D]/g, '')) {
    if (leg.over) return Promise.reject(new CannotPress('the call is over'));
    if (!session.press(key, durationMs)) call.keypad(key);
  }
  return Promise.resolve();
}
