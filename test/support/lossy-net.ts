import type { Net } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';

/** The machine's network, but `drop` decides of each datagram sent, counted from 0, whether it is lost. */
export function lossyNet(drop: (index: number) => boolean): Net {
  return {
    ...systemNet,
    async udp(at) {
      const socket = await systemNet.udp(at);
      let index = 0;
      return {
        ...socket,
        send(data, to) {
          if (!drop(index++)) socket.send(data, to);
        },
      };
    },
  };
}
