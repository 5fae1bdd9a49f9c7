import type { AudioCodec } from '../../../src/protocol/h323/control/contract.js';

/** How a family of H.323 devices behaves. */
export interface Device {
  /** Product that it names in H.225.0. */
  product: string;
  /** For people. */
  title: string;
  /** What it hears and says, its favourite first. */
  audio: readonly AudioCodec[];
  video: boolean;
  /** H.239, with a second video channel. */
  content: boolean;
  /** H.264 packetization modes that it takes. */
  modes: readonly (0 | 1)[];
  /** Opens its content channel with the call and leaves it idle until it presents. */
  contentAtStart?: boolean;
  /**
   * When somebody takes the token from it: stops (default); acknowledges and goes on sending, without closing its channel;
   * or refuses.
   */
  takenFrom?: 'stops' | 'clings' | 'refuses';
}

const room: Device = {
  product: 'Dualstream-endpoint',
  title: 'by the standards: H.239, packetization modes 1 and 0',
  audio: ['g711A', 'g711U', 'g722'],
  video: true,
  content: true,
  modes: [0, 1],
};

/** Every kind of H.323 device by the name used on the command line. */
export const devices: Readonly<Record<string, Device>> = {
  generic: room,
  'single-nal': { ...room, title: 'packetization mode 0 only, as H323Plus', modes: [0] },
  'single-stream': { ...room, title: 'one video stream, no H.239', content: false },
  'content-at-start': { ...room, title: 'opens its content channel with the call', contentAtStart: true },
  clings: { ...room, title: 'goes on sending content after it gave the token away', takenFrom: 'clings' },
  refuses: { ...room, title: 'does not give the token away while it presents', takenFrom: 'refuses' },
  phone: { ...room, title: 'voice only', video: false, content: false },
};

/** Finds a device; throws Error that lists the names. */
export function deviceNamed(name: string): Device {
  const device = devices[name];
  if (!device) throw new Error(`unknown H.323 device ${name}; known: ${Object.keys(devices).join(', ')}`);
  return device;
}
