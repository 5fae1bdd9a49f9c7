import type { Seen } from './base/seen.js';
import type { GatewayParts } from './legs/sip/gateway-parts.js';
import { createSignalling, type CallerAt, type Pacing, type Signalling } from './legs/sip/srf.js';

type Tools = Pick<GatewayParts, 'clock' | 'log' | 'metrics'>;

/** The library towards the engine. What a drachtio-server sees on the wire it tells us; our own engine tells by itself. */
export function signallingOf(
  callerAt: CallerAt | undefined,
  elsewhere: boolean,
  { seen, ...tools }: Tools & { seen: Seen },
): Signalling {
  return elsewhere ? createSignalling(callerAt, pacing(tools), seen) : createSignalling(callerAt);
}

/** A drachtio-server takes only so much at once; what is too long for it is told, since nobody will answer. */
function pacing({ clock, log, metrics }: Tools): Pacing {
  return {
    clock,
    refused(error) {
      metrics.count('dualstream_sip_too_long_total');
      log.error({ error: error.message }, 'A SIP message was not sent');
    },
  };
}
