import type { ByteStream, Net } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';

/** The machine's network with a knife for the TCP connections it made. */
export function cuttableNet(): Net & { cut(): void } {
  const streams = new Set<ByteStream>();
  const watch = (stream: ByteStream): ByteStream => {
    streams.add(stream);
    stream.onClose(() => streams.delete(stream));
    return stream;
  };
  return {
    udp: (at) => systemNet.udp(at),
    listen: (at, kind, on) => systemNet.listen(at, kind, (stream) => on(watch(stream))),
    connect: async (to, kind, options) => watch(await systemNet.connect(to, kind, options)),
    cut() {
      for (const stream of streams) stream.destroy();
    },
  };
}
