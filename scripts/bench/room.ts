import { inform, pause, tell, type Figure } from './figures.js';
import { GatewayProcess } from './gateway-process.js';
import { Senders } from './senders.js';
import { busiest, threadSeconds } from './threads.js';
import { Uac } from './uac.js';
import { formats } from './voices.js';

// What a whole room of PCMU callers costs the gateway, from socket to socket, and whether every packet comes out.
// `node --import tsx scripts/bench/room.ts [participants] [seconds]`

const participants = Number(process.argv[2] ?? 100);
const seconds = Number(process.argv[3] ?? 10);
/** The others send a quiet room. */
const talkers = 3;

const sung = Uint8Array.from({ length: 1600 }, (_, i) => 0x90 + Math.round(14 * Math.sin(i / 2)));
const voice = Array.from({ length: 10 }, (_, frame) => sung.subarray(frame * 160, (frame + 1) * 160));
const quiet = [new Uint8Array(160).fill(0xff)];

const gateway = await GatewayProcess.start();
try {
  const uac = await Uac.open(gateway.sip);
  const voices = Array.from({ length: participants }, (_, i) => (i < talkers ? voice : quiet));
  const senders = await Senders.call(uac, { room: 'demo', format: formats.PCMU, voices });
  senders.start();
  await pause(3000);
  const before = { threads: threadSeconds(gateway.pid), received: senders.received, sent: senders.sent };
  const begin = performance.now();
  await pause(seconds * 1000);
  const passed = (performance.now() - begin) / 1000;
  const busy = busiest(before.threads, threadSeconds(gateway.pid)).map((cpu) => cpu / passed);
  const [sent, received] = [senders.sent - before.sent, senders.received - before.received];
  await senders.end();
  uac.close();
  const figures: Figure[] = [
    inform(
      `whole gateway with ${participants} PCMU participants in one room, ${talkers} talk`,
      `${busy.reduce((sum, core) => sum + core, 0).toFixed(2)} core`,
    ),
    inform(
      'its busiest threads',
      busy
        .slice(0, 3)
        .map((core) => core.toFixed(2))
        .join(', '),
    ),
    inform('packets in and out each second', `${Math.round(sent / passed)} and ${Math.round(received / passed)}`),
  ];
  tell({ bench: 'room', figures });
} finally {
  await gateway.stop();
}
