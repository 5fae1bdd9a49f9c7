import assert from 'node:assert/strict';
import { silentLog } from '../../src/base/log.js';
import { systemClock, type Clock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { createMetrics } from '../../src/base/metrics.js';
import type { Endpoint } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';
import { readHostports } from '../../src/legs/sip/hostports.js';
import { createSignalling, type Signalling } from '../../src/legs/sip/srf.js';
import { startEngine, type Engine } from '../../src/protocol/drachtio/server.js';
import { engineElsewhere, type Control } from './engine-elsewhere.js';
import { RawCall } from './raw-call.js';
import { SipPeer } from './sip-peer.js';
import { waitUntil } from './wait.js';

/** The SIP engine under a rig, connected. */
export interface RigEngine {
  /** Null when it is elsewhere. */
  own: Engine | null;
  /** Where it takes SIP. */
  at(transport: 'udp' | 'tcp'): Endpoint;
  /** Makes a call wait, after each 200, until the application has it too; an engine elsewhere answers peers first. */
  steady(call: RawCall): RawCall;
  close(): Promise<void>;
}

const here = '127.0.0.1';

/** The library, paced as the gateway paces it towards an engine elsewhere. */
export function rigSignalling(): Signalling {
  const refused = (error: Error): void => assert.fail(error);
  return createSignalling(() => null, engineElsewhere() ? { clock: systemClock, refused } : null);
}

/** Starts an engine with this clock, or takes the one elsewhere on its own time, and connects the application to it. */
export async function connectRigEngine(signalling: Signalling, clock: Clock): Promise<RigEngine> {
  const elsewhere = engineElsewhere();
  const engine = elsewhere ? null : await startOwn(clock);
  const control = elsewhere ?? { host: here, port: engine?.control.port ?? 0, secret: ownSecret };
  const listening = readHostports(await connect(signalling, control));
  const at = (transport: 'udp' | 'tcp'): Endpoint => {
    const found = listening.find((one) => one.transport === transport && one.local.address === here);
    if (!found) throw new Error(`the engine does not take ${transport} at ${here}`);
    return found.local;
  };
  if (!engine) await untilRouted(at('udp'));
  return {
    own: engine,
    at,
    steady: engine ? (call) => call : steadier(signalling),
    close: async () => engine?.close(),
  };
}

const ownSecret = 'of this run only';

function startOwn(clock: Clock): ReturnType<typeof startEngine> {
  return startEngine({
    net: systemNet,
    clock,
    chance: systemChance,
    log: silentLog,
    metrics: createMetrics(),
    control: { address: here, port: 0, secret: ownSecret },
    listen: [
      { transport: 'udp', address: here, port: 0 },
      { transport: 'tcp', address: here, port: 0 },
    ],
  });
}

function connect(signalling: Signalling, control: Control): Promise<string> {
  return new Promise((resolve, reject) => {
    signalling.on('connect', (error, hostports) => (error ? reject(error) : resolve(hostports)));
    signalling.on('error', reject);
    signalling.connect(control);
  });
}

/**
 * Asks until requests reach the application: an engine elsewhere takes its routes a moment after the connection, and says
 * nothing to what it handed to one that is gone.
 */
export async function untilRouted(at: Endpoint): Promise<void> {
  const peer = await SipPeer.udp(at);
  const call = new RawCall(peer, `sip:${here}:${at.port}`);
  const asking = systemClock.every(20, () => call.send('OPTIONS'));
  await peer.expect('SIP/2.0 200');
  asking.cancel();
  peer.close();
}

function steadier(signalling: Signalling): RigEngine['steady'] {
  const confirmed = new Set<string>();
  const createUas = signalling.createUAS.bind(signalling);
  signalling.createUAS = (request, response, options, callback) =>
    createUas(request, response, options, (error, dialog) => {
      callback(error, dialog);
      confirmed.add(request.get('Call-ID') ?? '');
    });
  return (call) => {
    const invite = call.invite.bind(call);
    call.invite = async (body, extra, acknowledge) => {
      const answer = await invite(body, extra, acknowledge);
      await waitUntil(() => confirmed.has(call.id), 2000);
      return answer;
    };
    return call;
  };
}
