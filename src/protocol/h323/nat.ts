import { networkTest } from '../../base/networks.js';

/** Addresses that mean nothing beyond their own network (RFC 6890), and no address at all. */
export const isPrivate = networkTest([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::/127',
  'fc00::/7',
  'fe80::/10',
]);
