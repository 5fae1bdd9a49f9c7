export { NamedTimers } from '../../base/named-timers.js';

/** The three base values of RFC 3261 §17 (Table 4), milliseconds. */
export interface SipTimers {
  t1: number;
  t2: number;
  t4: number;
}

export const standardTimers: SipTimers = { t1: 500, t2: 4000, t4: 5000 };
