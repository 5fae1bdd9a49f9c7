import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { NativeState } from './load.js';

/** Which implementation does `what`, by log and `dualstream_native_module{module}`. */
export function tellNative(
  { log, metrics }: { log: Log; metrics: Metrics },
  module: string,
  what: string,
  { native, why }: NativeState,
): void {
  metrics.gauge('dualstream_native_module', native ? 1 : 0, { module });
  if (native) log.info({ module }, `${what}: by the native module`);
  else log.info({ module, why }, `${what}: in portable code, at a higher price`);
}
