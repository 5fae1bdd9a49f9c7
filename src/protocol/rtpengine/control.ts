import { createRequire } from 'node:module';
import type { Client as ClientClass } from 'rtpengine-client';
import { DualstreamError, messageOf, type Verdict } from '../../base/errors.js';
import type { Endpoint } from '../../base/net.js';

/** rtpengine refused a command or did not answer. */
export class RtpengineError extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 503,
    label: 'rtpengine',
    retry: true,
  };
}

/** Options of one command in rtpengine's own words. */
export type CommandOptions = Record<string, unknown>;

/** The control channel of one rtpengine. Every command has a deadline and rejects with RtpengineError. */
export interface RtpengineControl {
  ping(): Promise<void>;
  /** Returns the rewritten description. */
  offer(options: CommandOptions): Promise<string>;
  answer(options: CommandOptions): Promise<string>;
  delete(callId: string): Promise<void>;
  query(callId: string): Promise<Record<string, unknown>>;
  close(): void;
}

type Verb = 'ping' | 'offer' | 'answer' | 'delete' | 'query';

const deadlineMs = 1000;
/** Commands that may be sent again when no answer came: they change nothing the second time. */
const repeatable: ReadonlySet<Verb> = new Set(['ping', 'delete', 'query']);

const { Client } = createRequire(import.meta.url)('rtpengine-client') as { Client: typeof ClientClass };

/** Opens the UDP control channel; `local` is the address to send from. */
export function openRtpengineControl(at: Endpoint, local: string): RtpengineControl {
  const client = new Client({ localAddress: local, timeout: deadlineMs });
  // a late answer to a command that timed out is reported as an error of the client
  client.on('error', () => undefined);

  const send = async (verb: Verb, options: CommandOptions): Promise<Record<string, unknown>> => {
    for (let tries = repeatable.has(verb) ? 2 : 1; ; tries -= 1) {
      try {
        return checked(verb, await client[verb](at.port, at.address, options));
      } catch (error) {
        if (error instanceof RtpengineError) throw error;
        if (tries === 1) throw new RtpengineError(`rtpengine ${verb}: ${messageOf(error)}`);
      }
    }
  };
  const describe = async (verb: 'offer' | 'answer', options: CommandOptions): Promise<string> => {
    const { sdp } = await send(verb, options);
    if (typeof sdp !== 'string') throw new RtpengineError(`rtpengine ${verb}: no description came back`);
    return sdp;
  };
  return {
    ping: async () => void (await send('ping', {})),
    offer: (options) => describe('offer', options),
    answer: (options) => describe('answer', options),
    delete: async (callId) => void (await send('delete', { 'call-id': callId })),
    query: (callId) => send('query', { 'call-id': callId }),
    close: () => client.close(),
  };
}

function checked(verb: Verb, answer: Record<string, unknown>): Record<string, unknown> {
  if (answer['result'] !== 'error') return answer;
  throw new RtpengineError(`rtpengine ${verb}: ${String(answer['error-reason'])}`);
}
