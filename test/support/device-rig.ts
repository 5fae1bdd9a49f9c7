import { Devices, type DeviceParts } from '../../src/legs/h323/devices/devices.js';
import type { DeviceSettings } from '../../src/legs/h323/devices/settings.js';
import type { Endpoint } from '../../src/base/net.js';

const passwords: DeviceParts['passwords'] = {
  of: (name) =>
    Promise.resolve(['alice', '1001'].includes(name) ? { user: 'alice', secret: { password: 'a secret' } } : null),
};

/** Devices of a gateway whose call signalling is `at`: from 127.0.0.0/8 without a password, but for `alice`, also 1001. */
export function devicesAt(
  at: Endpoint,
  settings: Partial<DeviceSettings>,
  parts: Omit<DeviceParts, 'passwords' | 'advertise' | 'signallingFor'>,
): Devices {
  const usual: DeviceSettings = {
    identifier: 'dualstream',
    listen: [{ address: at.address, port: 1719 }],
    discovery: null,
    callModel: 'routed',
    forms: ['hmac-sha1-96'],
    open: ['127.0.0.0/8'],
    seconds: 60,
    limits: { devices: 100, perSource: 100 },
    traversal: true,
    bandwidth: { perCallKbps: null, totalKbps: null },
    neighbours: [],
    domains: [],
  };
  const reached = { advertise: () => at.address, signallingFor: () => at };
  return new Devices({ ...usual, ...settings }, { ...parts, ...reached, passwords });
}
