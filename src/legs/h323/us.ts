import type { EndpointType, VendorIdentifier } from '../../protocol/h323/h225/schema.js';

/** Our product. H.221 has no code for us; this is that of nobody. */
export const vendor: VendorIdentifier = {
  vendor: { t35CountryCode: 181, t35Extension: 0, manufacturerCode: 0 },
  productId: Buffer.from('Dualstream', 'latin1'),
};

/** What we say that we are in calls: an MCU. */
export const us: EndpointType = { vendor, mcu: {}, mc: true, undefinedNode: false };
