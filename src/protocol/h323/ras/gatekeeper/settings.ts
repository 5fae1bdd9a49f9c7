import type { PasswordForm } from '../contract.js';

/** How our gatekeeper behaves. */
export interface GatekeeperSettings {
  /** What it calls itself. */
  identifier: string;
  /** `direct`: devices call each other; `routed`: all calls come to our call signalling. Rooms are ours either way. */
  callModel: 'direct' | 'routed';
  /**
   * `off`: passwords are not looked at. `known`: who has a password must prove it, and nobody else gets those aliases.
   * `required`: nobody registers without one, except as with `known` from where it is `open`.
   */
  authentication: 'off' | 'known' | 'required';
  /** Addresses from which devices register without a password although it is `required`. */
  open: (address: string) => boolean;
  /** How passwords may be proved. The older form is accepted again by whoever overheard it, for a while. */
  forms: readonly PasswordForm[];
  /** Seconds by which clocks of devices may be wrong. */
  clockSkew: number;
  /** Seconds of registrations. */
  timeToLive: { least: number; usual: number; most: number };
  /** H.460.18 for devices behind NAT: `nat` where one is seen, `always` for all that can, or `off`. */
  traversal: 'off' | 'nat' | 'always';
  /** Seconds between signs of life of a device behind NAT, so that its NAT does not forget it. */
  traversalTimeToLive: number;
  /** Whose prefixes count: of gateways that proved a password, of all, or of none. */
  prefixes: 'proved' | 'all' | 'none';
  /** Devices may call without asking (preGrantedARQ), all through our call signalling. */
  preGranted: boolean;
  /** Whether devices may call addresses outside by our leave; they can do so without it too. */
  outside: boolean;
  /** Who may ask for locations (LRQ) besides registered devices. */
  neighbours: (address: string) => boolean;
  /** Our domains: `bob@one-of-them` is `bob`. */
  domains: readonly string[];
  /** Seconds between reports (IRR) of a call; null for none. */
  reports: number | null;
  bandwidth: { perCallKbps: number | null; totalKbps: number | null };
  limits: { registrations: number; perSource: number; aliases: number; calls: number; callsPerDevice: number };
}

/** What is good unless somebody knows better. */
export const usualSettings: GatekeeperSettings = {
  identifier: 'dualstream',
  callModel: 'direct',
  authentication: 'known',
  open: () => false,
  forms: ['hmac-sha1-96'],
  clockSkew: 7200,
  timeToLive: { least: 30, usual: 60, most: 3600 },
  traversal: 'nat',
  traversalTimeToLive: 20,
  prefixes: 'proved',
  preGranted: false,
  outside: true,
  neighbours: () => false,
  domains: [],
  reports: null,
  bandwidth: { perCallKbps: null, totalKbps: null },
  limits: { registrations: 1000, perSource: 200, aliases: 32, calls: 1000, callsPerDevice: 100 },
};
