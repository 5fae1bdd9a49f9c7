import { messageOf } from '../../src/base/errors.js';
import { Endpoint } from './endpoint.js';
import { listenByH323 } from './h323/answering.js';
import { withDefaults, type EndpointOptions } from './options.js';
import type { IncomingCall } from './side.js';
import { incomingBySip, isMalformed } from './sip/side.js';
import { takeCalls } from './sip/answering.js';
import { vendorNamed } from './vendors/index.js';

/** How an endpoint waits for calls, and what it does in each. */
export type ListenOptions = Omit<EndpointOptions, 'uri' | 'transport'> & {
  protocol?: 'sip' | 'h323';
  /** Of SIP over UDP and TCP, or of H.323; free ones by default. */
  port?: number;
  /** Called when a call stands. */
  onCall?: (call: Endpoint) => void;
};

/** An endpoint that takes calls, one at a time. */
export interface AnsweringEndpoint {
  /** Address to call it at. */
  uri(transport?: 'udp' | 'tcp'): string;
  /** Calls so far, the ones that are over too. */
  readonly calls: readonly Endpoint[];
  /** Resolves with the call that stands, or the next one that will. */
  call(): Promise<Endpoint>;
  /** Hangs up and takes no more. */
  close(): Promise<void>;
}

/** Where calls are taken. */
interface Door {
  /** The first is the usual one. */
  at: readonly string[];
  close(): Promise<void>;
}

/** Waits for calls. Rejects with the system's error when the port is taken. */
export async function listenForCalls(options: ListenOptions): Promise<AnsweringEndpoint> {
  const { port = 0, bind = '127.0.0.1', name = 'Endpoint', protocol = 'sip', onCall, ...rest } = options;
  const calls: Endpoint[] = [];
  const waiting: ((call: Endpoint) => void)[] = [];
  let busy = false;
  const take = async (incoming: IncomingCall): Promise<void> => {
    try {
      const call = await Endpoint.answer({ ...rest, bind, name, uri: incoming.from }, incoming);
      calls.push(call);
      for (const tell of waiting.splice(0)) tell(call);
      onCall?.(call);
      await call.over;
    } catch (error) {
      refuse(incoming, error);
    }
  };
  const called = (incoming: IncomingCall): void => {
    if (busy) return incoming.refuse('busy');
    busy = true;
    void take(incoming).finally(() => (busy = false));
  };
  const open = protocol === 'h323' ? listenByH323 : listenBySip;
  const full = withDefaults({ ...rest, bind, name, uri: `${protocol}:${name}@${bind}` });
  const door = await open(full, port, called);
  options.onEvent?.({ event: 'listening', at: [...door.at], t: full.clock.now() });
  const live = (): Endpoint | undefined => calls.find(({ state }) => state.phase !== 'ended');
  return {
    calls,
    uri: (transport = 'udp') => door.at[transport === 'udp' ? 0 : 1] ?? door.at[0] ?? '',
    call: () => {
      const standing = live();
      return standing ? Promise.resolve(standing) : new Promise((resolve) => waiting.push(resolve));
    },
    async close() {
      await live()?.hangup();
      await door.close();
    },
  };
}

async function listenBySip(
  { bind, name, vendor, clock }: ReturnType<typeof withDefaults>,
  port: number,
  called: (incoming: IncomingCall) => void,
): Promise<Door> {
  const { agent } = vendorNamed(vendor);
  const engine = await takeCalls({ bind, port, agent, clock }, (invite) => called(incomingBySip(invite)));
  const host = bind.includes(':') ? `[${bind}]` : bind;
  const uri = `sip:${name.replace(/[^\w.-]/g, '_')}@${host}`;
  const at = (transport: string): string =>
    `${uri}:${engine.listening.find((one) => one.transport === transport)?.local.port ?? 0}`;
  return { at: [at('udp'), `${at('tcp')};transport=tcp`], close: () => engine.close() };
}

/** The caller may be gone, which the engine says by throwing. */
function refuse(incoming: IncomingCall, error: unknown): void {
  try {
    incoming.refuse(isMalformed(error) ? 'malformed' : 'failed');
  } catch {
    process.emitWarning(`a call came to nothing: ${messageOf(error)}`);
  }
}
