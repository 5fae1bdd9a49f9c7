import type { Endpoint } from '../../../base/net.js';

/** Multicast group where devices look for gatekeepers, and its port (H.225.0 §7.3). */
export const discoveryGroup: Endpoint = { address: '224.0.1.41', port: 1718 };
