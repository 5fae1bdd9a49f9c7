import { writeOpening } from '../../src/protocol/h323/control/channel-values.js';
import type { AudioMedia } from '../../src/protocol/h323/control/contract.js';
import type { OpenLogicalChannel } from '../../src/protocol/h323/h245/schema.js';

export const g711A: AudioMedia = { kind: 'audio', codec: 'g711A', frames: 20 };
export const g711U: AudioMedia = { kind: 'audio', codec: 'g711U', frames: 20 };
export const g722: AudioMedia = { kind: 'audio', codec: 'g722', frames: 20 };
export const g7221 = (bitRate: number): AudioMedia => ({ kind: 'audio', codec: 'g7221', frames: 1, bitRate });

/** Proposals of fast start to send and to receive these. */
export function proposals(...medias: AudioMedia[]): OpenLogicalChannel[] {
  const [at, control] = [5000, 5001].map((port) => ({ address: '127.0.0.9', port }));
  return medias.flatMap((media, index) => {
    const payloadType = media.codec === 'g7221' ? 96 : null;
    const common = {
      media,
      sessionId: 1,
      mediaControlChannel: control!,
      payloadType,
      packetization: null,
      encryption: null,
    };
    return [
      writeOpening(2 * index + 1, { forward: { ...common, mediaChannel: null }, reverse: null }),
      writeOpening(2 * index + 2, { forward: null, reverse: { ...common, mediaChannel: at! } }),
    ];
  });
}
