// A thread that sends datagrams to itself without end, until somebody ends it.
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
for (let n = 0; n < 20; n++) {
  const socket = await sockets.bind(here, 0, () => {
    if (++heard === 100) parentPort?.postMessage('busy');
    socket.send([data], socket.port, here);
  });
  open.push(socket);
}
for (const socket of open) socket.send([data], socket.port, here);
