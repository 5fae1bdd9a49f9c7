import { messageOf } from '../../src/base/errors.js';
import { MalformedSdp } from '../../src/protocol/sdp/errors.js';
import { Endpoint } from './endpoint.js';
import { withDefaults, type EndpointOptions } from './options.js';
import { takeCalls, type IncomingInvite } from './sip/answering.js';
import { vendorNamed } from './vendors/index.js';

/** How an endpoint waits for calls, and what it does in each. */
export type ListenOptions = Omit<EndpointOptions, 'uri' | 'transport'> & {
  /** Of SIP over UDP and TCP; free ones by default. */
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

/** Waits for calls. Rejects with the system's error when the port is taken. */
export async function listenForCalls(options: ListenOptions): Promise<AnsweringEndpoint> {
  const { port = 0, bind = '127.0.0.1', name = 'Endpoint', onCall, ...rest } = options;
  const user = name.replace(/[^\w.-]/g, '_');
  const uri = `sip:${user}@${bind.includes(':') ? `[${bind}]` : bind}`;
  const full = withDefaults({ ...rest, bind, name, uri });
  const calls: Endpoint[] = [];
  const waiting: ((call: Endpoint) => void)[] = [];
  let busy = false;
  const take = async (invite: IncomingInvite): Promise<void> => {
    try {
      const call = await Endpoint.answer({ ...rest, bind, name, uri: invite.from }, invite);
      calls.push(call);
      for (const tell of waiting.splice(0)) tell(call);
      onCall?.(call);
      await call.over;
    } catch (error) {
      refuse(invite, error);
    }
  };
  const called = (invite: IncomingInvite): void => {
    if (busy) return invite.refuse(486);
    busy = true;
    void take(invite).finally(() => (busy = false));
  };
  const { agent } = vendorNamed(full.vendor);
  const engine = await takeCalls({ bind, port, agent, clock: full.clock }, called);
  const at = (transport: string): string =>
    `${uri}:${engine.listening.find((one) => one.transport === transport)?.local.port ?? 0}`;
  options.onEvent?.({ event: 'listening', at: [at('udp'), `${at('tcp')};transport=tcp`], t: full.clock.now() });
  const live = (): Endpoint | undefined => calls.find(({ state }) => state.phase !== 'ended');
  return {
    calls,
    uri: (transport = 'udp') => (transport === 'udp' ? at('udp') : `${at('tcp')};transport=tcp`),
    call: () => {
      const standing = live();
      return standing ? Promise.resolve(standing) : new Promise((resolve) => waiting.push(resolve));
    },
    async close() {
      await live()?.hangup();
      await engine.close();
    },
  };
}

/** The caller may be gone, which the engine says by throwing. */
function refuse(invite: IncomingInvite, error: unknown): void {
  try {
    invite.refuse(error instanceof MalformedSdp ? 400 : 500);
  } catch {
    process.emitWarning(`a call came to nothing: ${messageOf(error)}`);
  }
}
