import type { Clock } from '../../../src/base/clock.js';
import { StandingCall, type CallHandlers, type SipCall } from './call.js';
import { openEngineAt, type Engine } from './engine.js';
import type { SipDialog, SipRequest, SipResponse } from './srf.js';

/** Somebody calls. */
export interface IncomingInvite {
  /** Address of who calls. */
  readonly from: string;
  readonly offer: string;
  /** Takes the call. Rejects when the caller is gone. */
  answer(sdp: string, handlers: CallHandlers): Promise<SipCall>;
  refuse(status: number): void;
}

/** Where and how calls are taken. */
export interface AnsweringOptions {
  bind: string;
  port: number;
  /** User-Agent. */
  agent: string;
  clock: Clock;
}

const allowed = 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE';

/** Takes calls over UDP and TCP; `called` gets each. Rejects with the system's error when the port is taken. */
export async function takeCalls(
  { bind: address, port, agent, clock }: AnsweringOptions,
  called: (invite: IncomingInvite) => void,
): Promise<Pick<Engine, 'listening' | 'close'>> {
  const transports = ['udp', 'tcp'] as const;
  const engine = await openEngineAt(
    transports.map((transport) => ({ transport, address, port })),
    clock,
  );
  const headers = { 'User-Agent': agent, Allow: allowed };
  // who asks whether it is there is a trunk, or a proxy
  engine.srf.options((_request, response) =>
    response.send(200, { headers: { ...headers, Accept: 'application/sdp' } }),
  );
  engine.srf.invite((request, response) => {
    called({
      from: /<([^>]+)>/.exec(request.get('From') ?? '')?.[1] ?? request.get('From') ?? '',
      offer: request.body,
      refuse: (status) => response.send(status, { headers }),
      async answer(sdp, handlers) {
        const dialog = await accept(engine, request, response, { localSdp: sdp, headers });
        return new StandingCall(() => Promise.resolve(), dialog, handlers, clock);
      },
    });
  });
  return engine;
}

function accept(
  { srf }: Engine,
  request: SipRequest,
  response: SipResponse,
  options: { localSdp: string; headers: Record<string, string> },
): Promise<SipDialog> {
  return new Promise((resolve, reject) => {
    srf.createUAS(request, response, options, (error, dialog) => {
      if (dialog) resolve(dialog);
      else reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
