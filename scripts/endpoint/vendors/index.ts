import { ciscoDesk, ciscoRoom, tandberg } from './cisco.js';
import { aver, generic, phone, webex } from './others.js';
import { polycomGroup, polyStudio, polyUdp } from './poly.js';
import { huawei, polycomHdx, yealink } from './rooms.js';
import type { Vendor } from './vendor.js';

/** Every shape of offer by the name used on the command line. */
export const vendors: Readonly<Record<string, Vendor>> = {
  generic,
  cisco: ciscoRoom,
  'cisco-dx80': ciscoDesk,
  tandberg,
  webex,
  poly: polyStudio,
  'poly-udp': polyUdp,
  polycom: polycomGroup,
  hdx: polycomHdx,
  yealink,
  huawei,
  aver,
  phone,
};

/** Finds a vendor; throws Error that lists the names. */
export function vendorNamed(name: string): Vendor {
  const vendor = vendors[name];
  if (!vendor) throw new Error(`unknown vendor ${name}; known: ${Object.keys(vendors).join(', ')}`);
  return vendor;
}
