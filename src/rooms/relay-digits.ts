import type { Disposable } from '../base/disposables.js';
import { Disposables } from '../base/disposables.js';
import type { Leg } from './leg.js';

const keyMs = 120;

/**
 * Joins the keypads of two legs that are one call (a call that is passed on): what the user of one presses is pressed at
 * the other, by whatever way that one knows. `lost` is told of keys that could not be. Ends with the bag or with either leg.
 */
export function relayDigits(a: Leg, b: Leg, lost: (leg: Leg, error: unknown) => void): Disposable {
  const bag = new Disposables();
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    bag.add(
      from.on.on('digits', ({ digit, durationMs }) => {
        to.press(digit, durationMs ?? keyMs).catch((error: unknown) => lost(to, error));
      }),
    );
    bag.add(from.on.on('ended', () => bag.dispose()));
  }
  return bag;
}
