import { systemClock } from '../../../src/base/clock.js';
import type { Endpoint } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import type { FreeSwitch } from '../freeswitch/real.js';
import { answerOf } from './api.js';
import { Connection } from './connection.js';
import type { Faults } from './faults.js';
import { Server } from './server.js';
import { SipSide } from './sip-side.js';
import { Sound } from './sound.js';

const here = '127.0.0.1';

/** A stand-in for FreeSWITCH: says what was recorded of a real one, and mixes by our own mixer. */
export interface FreeSwitchPeer extends FreeSwitch {
  readonly faults: Faults;
  /** Runs a command as its console would; resolves with what it says. */
  console(command: string): Promise<string>;
  /** A caller's key. */
  press(uuid: string, digits: string): void;
  /** Call-IDs of the calls that stand. */
  readonly calls: string[];
  /** Its process is killed, calls and all; another one answers after `downMs`. */
  restart(downMs: number): Promise<void>;
}

/** Starts one at free ports of loopback. */
export async function startFreeSwitchPeer(
  options: { password?: string; heartbeatMs?: number; mediaTimeoutMs?: number } = {},
): Promise<FreeSwitchPeer> {
  const { password = 'of the stand-in only', heartbeatMs = 10_000, mediaTimeoutMs = 300_000 } = options;
  const socket = await systemNet.udp({ address: here, port: 0 });
  const sip = new SipSide(socket);
  const sound = await Sound.start(mediaTimeoutMs);
  const server = new Server(password, sip, sound);
  const connections = new Set<Connection>();
  server.onEvent = (event) => {
    for (const connection of connections) connection.event(event);
  };
  const listen = (at: Endpoint): ReturnType<typeof systemNet.listen> =>
    systemNet.listen(at, { type: 'tcp' }, (stream) => {
      if (!server.faults.admit(stream)) return;
      const connection = new Connection(stream, server);
      connections.add(connection);
      stream.onClose(() => connections.delete(connection));
    });
  let listener = await listen({ address: here, port: 0 });
  const esl = listener.local;
  const beating = systemClock.every(heartbeatMs, () =>
    server.core.raise('HEARTBEAT', { 'Uptime-msec': String(server.core.upMs) }),
  );
  return {
    ...{ esl, password, sip: socket.local, faults: server.faults },
    console: (command) => answerOf(server, command),
    press: (uuid, digits) => [...digits].forEach((digit) => server.pressed(uuid, digit)),
    get calls() {
      return [...server.channels.keys()];
    },
    restart: async (downMs) => {
      listener.dispose();
      server.faults.drop();
      server.reborn();
      await new Promise<void>((resolve) => systemClock.after(downMs, resolve));
      listener = await listen(esl);
    },
    stop: async () => {
      beating.cancel();
      listener.dispose();
      server.faults.close();
      server.reborn();
      sip.close();
      await sound.close();
    },
  };
}
