import type { Clock } from '../../src/base/clock.js';
import type { Net } from '../../src/base/net.js';

/** What happens to datagrams. */
export interface Faults {
  /** Share that is lost, 0..1. */
  loss: number;
  /** Share that arrives twice, 0..1. */
  twice: number;
  /** Least time on the way, milliseconds. */
  delayMs: number;
  /** Up to so much is added at random, so that later datagrams overtake earlier ones. */
  jitterMs: number;
}

/** A network whose datagrams are late, lost, doubled and out of order; streams are left alone. */
export function faultyNet(
  net: Net,
  clock: Pick<Clock, 'after'>,
  random: () => number,
  faults: Faults,
): Net & { readonly lost: number } {
  let lost = 0;
  return {
    get lost() {
      return lost;
    },
    listen: (...args) => net.listen(...args),
    connect: (...args) => net.connect(...args),
    async udp(at) {
      const socket = await net.udp(at);
      let closed = false;
      return {
        ...socket,
        send(data, to) {
          const copy = Buffer.from(data);
          const copies = random() < faults.twice ? 2 : 1;
          for (let n = 0; n < copies; n++) {
            if (random() < faults.loss) lost += 1;
            else {
              const late = faults.delayMs + random() * faults.jitterMs;
              clock.after(late, () => void (closed || socket.send(copy, to)));
            }
          }
        },
        close() {
          closed = true;
          socket.close();
        },
      };
    },
  };
}
