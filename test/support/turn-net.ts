import type { ByteStream, Endpoint, Listener, ListenOptions, StreamKind } from '../../src/base/net.js';
import { MemoryNet } from './memory-net.js';

/** A network in memory on which what is written arrives a turn later, as with the system: nobody is answered while it speaks. */
export class TurnNet extends MemoryNet {
  override async connect(to: Endpoint, _kind?: StreamKind, how: { localAddress?: string } = {}): Promise<ByteStream> {
    return later(await this.dial(to, this.place({ address: how.localAddress ?? '127.0.0.1', port: 0 })));
  }

  override listen(
    at: Endpoint,
    kind: StreamKind,
    on: (stream: ByteStream) => void,
    how: ListenOptions = {},
  ): Promise<Listener> {
    return super.listen(at, kind, (stream) => on(later(stream)), how);
  }
}

function later(stream: ByteStream): ByteStream {
  const after = (job: () => void): void => void setImmediate(job);
  return {
    local: stream.local,
    remote: stream.remote,
    peer: stream.peer,
    write(data) {
      after(() => stream.write(data));
      return true;
    },
    queued: () => stream.queued(),
    onData: (listener) => stream.onData(listener),
    onClose: (listener) => stream.onClose(listener),
    end: () => after(() => stream.end()),
    destroy: () => stream.destroy(),
  };
}
