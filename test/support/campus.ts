import type { ForeignGatekeeperSettings } from '../../src/legs/h323/gatekeepers/settings.js';

/** A registration with the gatekeeper at 127.0.0.2, as 8800. */
export const campus: ForeignGatekeeperSettings = {
  name: 'campus',
  gatekeepers: [{ host: '127.0.0.2', port: 1719 }],
  identifier: null,
  discover: true,
  kind: 'mcu',
  aliases: ['Our rooms', '8800'],
  prefixes: [],
  password: null,
  port: 0,
  seconds: 60,
  kbps: 3840,
  maxCalls: 1,
};
