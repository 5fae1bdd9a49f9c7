import type { Endpoint } from '../../../base/net.js';
import { networkTest } from '../../../base/networks.js';
import type { PasswordForm } from '../../../protocol/h323/ras/contract.js';
import type { Neighbour } from '../../../protocol/h323/ras/gatekeeper/neighbours.js';
import { usualSettings, type GatekeeperSettings } from '../../../protocol/h323/ras/gatekeeper/settings.js';

/** How devices register with us. */
export interface DeviceSettings {
  /** What our gatekeeper calls itself. */
  identifier: string;
  listen: readonly Endpoint[];
  /** Where devices that look for a gatekeeper find us: by these interfaces, all when none is named; null for nowhere. */
  discovery: { interfaces: readonly string[] } | null;
  callModel: 'direct' | 'routed';
  /** How passwords may be proved. */
  forms: readonly PasswordForm[];
  /** Networks whose devices register without a password. */
  open: readonly string[];
  /** Seconds of a registration that does not ask for others. */
  seconds: number;
  /** Most devices, and most of one source. */
  limits: { devices: number; perSource: number };
  /** Whether devices behind NAT are called by connections that they make (H.460.18). */
  traversal: boolean;
  /** Both directions together, kbit/s; null for as much as they like. */
  bandwidth: { perCallKbps: number | null; totalKbps: number | null };
  /** Gatekeepers beside ours: they may ask for whom we have, and are asked for whom we have not. */
  neighbours: readonly Neighbour[];
  /** Our domains. */
  domains: readonly string[];
}

/** The same for the machine. */
export function gatekeeperSettings(settings: DeviceSettings): GatekeeperSettings {
  const { identifier, callModel, forms, seconds, bandwidth, domains, limits, traversal } = settings;
  const { devices: registrations, perSource } = limits;
  const { timeToLive } = usualSettings;
  return {
    ...usualSettings,
    ...{ identifier, callModel, forms, bandwidth, domains },
    authentication: 'required',
    open: networkTest(settings.open),
    neighbours: networkTest(settings.neighbours.map(({ at }) => at.address)),
    timeToLive: { ...timeToLive, usual: seconds, most: Math.max(timeToLive.most, seconds) },
    traversal: traversal ? 'nat' : 'off',
    limits: { ...usualSettings.limits, registrations, perSource },
  };
}
