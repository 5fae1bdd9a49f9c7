import type { ByteStream, Net } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';

/** The machine's network with a knife for the TCP connections it made, and plugs for the ears of its UDP sockets. */
export function cuttableNet(): Net & { cut(): void; deafen(): void } {
  let deaf = false;
  const streams = new Set<ByteStream>();
  const watch = (stream: ByteStream): ByteStream => {
    streams.add(stream);
    stream.onClose(() => streams.delete(stream));
    return stream;
  };
  return {
    udp: async (at) => {
      const socket = await systemNet.udp(at);
      const onMessage: typeof socket.onMessage = (listener) =>
        socket.onMessage((data, from) => {
          if (!deaf) listener(data, from);
        });
      return { ...socket, onMessage };
    },
    listen: (at, kind, on) => systemNet.listen(at, kind, (stream) => on(watch(stream))),
    connect: async (to, kind, options) => watch(await systemNet.connect(to, kind, options)),
    deafen() {
      deaf = true;
    },
    cut() {
      for (const stream of streams) stream.destroy();
    },
  };
}
