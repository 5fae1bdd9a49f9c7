import type { EndpointType } from '../../protocol/h323/h225/schema.js';

/** What we say that we are: an MCU with a product of its own. H.221 has no code for us; this is that of nobody. */
export const us: EndpointType = {
  vendor: {
    vendor: { t35CountryCode: 181, t35Extension: 0, manufacturerCode: 0 },
    productId: Buffer.from('Dualstream', 'latin1'),
  },
  mcu: {},
  mc: true,
  undefinedNode: false,
};
