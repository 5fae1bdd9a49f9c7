import { DialFailed } from '../../rooms/dialer.js';

/** Of several failures the one that says most: a global refusal, then what a person did, then what the network did. */
export function mostTelling<T>(failures: readonly T[]): T | undefined {
  return failures.toSorted((a, b) => weight(b) - weight(a))[0];
}

function weight(error: unknown): number {
  if (!(error instanceof DialFailed)) return 5;
  const { status } = error;
  if (status >= 600) return 4;
  if (status === 486 || status === 480) return 3;
  return [408, 487, 503].includes(status) ? 1 : 2;
}
