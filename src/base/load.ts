import { performance, type EventLoopUtilization } from 'node:perf_hooks';

/** Tells, each time it is called, which share of the time (0..1) this thread was busy since the last call. */
export function busyMeter(): () => number {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return Number.isFinite(utilization) ? utilization : 0;
  };
}
