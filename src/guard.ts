import { busyMeter } from './base/load.js';
import type { Clock } from './base/clock.js';
import type { Chance } from './base/ids.js';
import type { Log } from './base/log.js';
import type { Metrics } from './base/metrics.js';
import type { Config } from './config.js';
import { Defence, type DefenceLimits } from './legs/admission/defence.js';
import { FrontDoor } from './legs/admission/front-door.js';
import { networkTest } from './base/networks.js';
import { Overload, type OverloadLimits } from './legs/admission/overload.js';
import type { Authenticator } from './legs/sip/authenticator.js';
import { ownSources } from './legs/sip/trunks.js';

/** How the gateway guards itself. */
export interface GuardSettings {
  limits: DefenceLimits;
  /** Addresses and networks that nothing is held against. */
  allow: readonly string[];
  overload: OverloadLimits;
}

/** What stands before everything that is new. */
export interface Guard {
  defence: Defence;
  door: FrontDoor;
  /** Counts wrong passwords, remembers who proved one, and how many calls there are, those being answered included. */
  watch(authenticator: Pick<Authenticator, 'on'>, calls: { readonly load: number }): void;
}

/** The guard that a configuration describes. */
export function guardOf({ sip: { defence, overload, trunks } }: Config): GuardSettings {
  const { quarantine, requests, failures, agents, allow } = defence;
  return {
    // what a trunk's callers do wrong is not the trunk's fault
    allow: [...allow, ...trunks.flatMap(ownSources)],
    limits: {
      requests,
      failures,
      agents,
      quarantine: {
        firstMs: quarantine.firstSeconds * 1000,
        longestMs: quarantine.longestSeconds * 1000,
        forgetMs: quarantine.forgetSeconds * 1000,
      },
    },
    overload: { calls: overload.calls, starts: overload.starts, busy: overload.busyPercent / 100 },
  };
}

/** It stands before the engine, and the calls it counts are behind that: `watch` tells it later. */
export function makeGuard(
  { limits, allow, overload }: GuardSettings,
  tools: { clock: Clock; chance: Chance; log: Log; metrics: Metrics },
): Guard {
  const defence = new Defence({ ...tools, limits, allowed: networkTest(allow) });
  const load = new Overload({ limits: overload, clock: tools.clock, busy: busyMeter() });
  let counted = { load: 0 };
  return {
    defence,
    door: new FrontDoor({ ...tools, defence, overload: load, calls: () => counted.load }),
    watch({ on }, calls) {
      counted = calls;
      // a nonce of ours may be made up by who guesses, so that even these may be forged
      on.on('failed', ({ address }) => defence.offence(address, 'wrong_password', true));
      on.on('proved', ({ address }) => defence.proved(address));
    },
  };
}
