import type { Disposable } from '../../src/base/disposables.js';
import type { Net } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';

/** The machine's network that knows how many of its ports are bound. */
export interface CountingNet extends Net {
  readonly bound: number;
}

export function countingNet(): CountingNet {
  const open = new Set<object>();
  return {
    get bound() {
      return open.size;
    },
    async udp(at) {
      const socket = await systemNet.udp(at);
      open.add(socket);
      const close = (): void => {
        open.delete(socket);
        socket.close();
      };
      return { ...socket, local: socket.local, close };
    },
    async listen(at, kind, on) {
      const listener: Disposable & { local: typeof at } = await systemNet.listen(at, kind, on);
      open.add(listener);
      const dispose = (): void => {
        open.delete(listener);
        listener.dispose();
      };
      return { local: listener.local, dispose };
    },
    connect: (...args) => systemNet.connect(...args),
  };
}
