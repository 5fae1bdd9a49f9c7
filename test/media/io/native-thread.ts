// A thread that sends itself more datagrams than are taken at once, without end, until somebody ends it. Its timers have their
// turn all the same: one tells that it is busy.
import { parentPort } from 'node:worker_threads';
import { NativeSockets } from '../../../src/media/io/native-sockets.js';
import { UDP_INTERFACE, type UdpModule } from '../../../src/media/native/udp-module.js';
import type { MediaSocket } from '../../../src/media/io/sockets.js';
import { loadNative } from '../../../src/media/native/load.js';

const here = '127.0.0.1';
const loaded = loadNative<UdpModule>('udp', UDP_INTERFACE);
if ('missing' in loaded) throw new Error(loaded.missing);
const sockets = new NativeSockets(loaded.module, () => undefined);
const data = Buffer.alloc(200);
let heard = 0;
const open: MediaSocket[] = [];
for (let n = 0; n < 80; n++) {
  const socket = await sockets.bind(here, 0, () => {
    if (++heard === 1000) for (const more of open.slice(10)) more.send([data], more.port, here);
    socket.send([data], socket.port, here);
  });
  open.push(socket);
}
// not all from the beginning: they come often, and then without end
for (const socket of open.slice(0, 10)) socket.send([data], socket.port, here);
setInterval(() => heard > 10_000 && parentPort?.postMessage('busy'), 20);
