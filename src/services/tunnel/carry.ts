import type { PacedStream } from '../../base/net.js';

/** Bytes on their way to one side at which the other is no longer read, and those at which it is again. */
const most = 256 << 10;
const few = 64 << 10;

/** Carries messages from one connection to the other, text as `change` makes it, and reads no faster than they leave. */
export function carry(from: PacedStream, to: PacedStream, change: (text: string) => string): void {
  let underWay = 0;
  let held = false;
  from.onMessage((data, text) => {
    underWay += data.length;
    if (!held && underWay > most) {
      held = true;
      from.pause();
    }
    to.send(text ? change(data.toString()) : data, () => {
      underWay -= data.length;
      if (!held || underWay > few) return;
      held = false;
      from.resume();
    });
  });
}
