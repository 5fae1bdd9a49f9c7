import type { Disposable } from '../../base/disposables.js';
import type { EarlySound } from '../../rooms/dialer.js';
import type { Leg } from '../../rooms/leg.js';
import { CannotPress } from '../../rooms/errors.js';

/** How long a key is pressed whose length is not known, ms. */
const keyMs = 120;

/** Who is told of keys: sound before the answer, or a leg that has just answered. */
type KeyTaker = EarlySound | Leg;

/**
 * What the caller presses before the answer goes to whoever is heard then: a menu of the far end need not have answered.
 * `lost` is told of keys that could not be passed on.
 */
export function relayEarlyKeys(from: EarlySound, to: () => KeyTaker | null, lost: () => void): Disposable {
  const pressed = ({ digit, durationMs }: { digit: string; durationMs: number | null }): void => {
    const taker = to();
    if (taker) press(taker, digit, durationMs ?? keyMs).catch(lost);
  };
  return from.keys ? from.keys.on.on('digits', pressed) : from.line.on.on('digit', pressed);
}

function press(taker: KeyTaker, digit: string, durationMs: number): Promise<void> {
  if ('press' in taker) return taker.press(digit, durationMs);
  if (taker.keys) return taker.keys.press(digit, durationMs);
  return taker.line.press(digit, durationMs) ? Promise.resolve() : Promise.reject(new CannotPress('before it answers'));
}
