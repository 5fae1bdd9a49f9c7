import type { ExternalAddress } from './base/addressing.js';
import type { Clock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import type { Chance } from './base/ids.js';
import type { Datagrams, Endpoint, Net } from './base/net.js';
import { bindingRequest, mappedAddressOf, transactionLength } from './protocol/stun/binding.js';

/** Waits after each request, milliseconds: short, as the gateway waits with its start. */
const waits = [500, 1000, 2000];
const stunPort = 3478;

/** What asking is done with. */
export interface DetectionTools {
  net: Net;
  clock: Clock;
  chance: Chance;
}

/** The server of `stun:HOST` or `stun:HOST:PORT` (RFC 7064); null for anything else, such as an address. */
export function stunServer(text: string): Endpoint | null {
  const [, bracketed, plain, port] = /^stun:(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const address = bracketed ?? plain;
  return address === undefined ? null : { address, port: Number(port ?? stunPort) };
}

/** Asks a STUN server by which address it sees us. Rejects when it does not answer, or does not exist. */
export async function seenAs(server: Endpoint, { net, clock, chance }: DetectionTools): Promise<string> {
  const socket = await net.udp({ address: server.address.includes(':') ? '::' : '0.0.0.0', port: 0 });
  try {
    const transaction = Buffer.from(chance.hex(transactionLength), 'hex');
    const answer = answerTo(socket, transaction);
    for (const wait of waits) {
      socket.send(bindingRequest(transaction), server);
      const address = await within(wait, answer, clock);
      if (address !== null) return address;
    }
    throw new Error(`no answer from the STUN server ${server.address}:${server.port}`);
  } finally {
    socket.close();
  }
}

function within<T>(ms: number, promise: Promise<T>, clock: Clock): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve(null));
    void promise.then((value) => {
      timer.cancel();
      resolve(value);
    });
  });
}

function answerTo(socket: Datagrams, transaction: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    socket.onMessage((data) => {
      const address = mappedAddressOf(data, transaction);
      if (address !== null) resolve(address);
    });
    // as with lost packets: the deadline decides
    socket.onError(() => undefined);
  });
}

/**
 * Puts addresses in place of `stun:` servers. An entry whose server does not answer loses its `wan` and is told to
 * `warn`: the gateway works for those inside then.
 */
export async function detected(
  entries: readonly ExternalAddress[],
  tools: DetectionTools,
  warn: (problem: string) => void,
): Promise<ExternalAddress[]> {
  return Promise.all(
    entries.map(async (entry) => {
      const server = stunServer(entry.wan ?? '');
      if (!server) return entry;
      try {
        return { ...entry, wan: await seenAs(server, tools) };
      } catch (error) {
        warn(`media.externalAddress: ${messageOf(error)}; peers outside are told an inside address`);
        return { ...entry, wan: undefined };
      }
    }),
  );
}
