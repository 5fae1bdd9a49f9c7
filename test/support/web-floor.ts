import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Clock } from '../../src/base/clock.js';
import { BfcpSession } from '../../src/protocol/bfcp/client-session.js';

/** A floor participant over a real WebSocket, by what SDP says (RFC 8857). */
export interface WebFloorClient {
  session: BfcpSession;
  socket: WebSocket;
  /** Why it ended, or null. */
  readonly ended: string | null;
}

/** The number or text that our description states. */
export function saidIn(sdp: string, name: string): string {
  return new RegExp(`^a=${name}:(\\S+)`, 'm').exec(sdp)?.[1] ?? '';
}

/** Connects to where `sdp` says; only certificates of `ca` that name the host are believed. Rejects when refused. */
export async function webFloorClient(sdp: string, clock: Clock, ca?: string): Promise<WebFloorClient> {
  const socket = new WebSocket(saidIn(sdp, 'websocket-uri'), 'bfcp', ca === undefined ? {} : { ca });
  await once(socket, 'open');
  const number = (name: string): number => Number(saidIn(sdp, name));
  const session = new BfcpSession({
    ...{ clock, carriage: 'reliable', version: 1, keepAliveMs: 0 },
    ...{ conferenceId: number('confid'), userId: number('userid'), floorId: number('floorid') },
    send: (bytes) => socket.send(bytes),
  });
  let ended: string | null = null;
  session.on.on('closed', ({ why }) => (ended = why));
  socket.on('message', (data: Buffer) => session.receive(data));
  socket.on('close', () => session.end('connection lost'));
  await session.start();
  return {
    session,
    socket,
    get ended() {
      return ended;
    },
  };
}
