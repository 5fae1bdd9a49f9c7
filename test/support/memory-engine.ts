import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics, type Metrics } from '../../src/base/metrics.js';
import type { Datagrams, Endpoint } from '../../src/base/net.js';
import { startEngine, type Engine, type EngineOptions } from '../../src/protocol/drachtio/server.js';
import { ManualClock } from './manual-clock.js';
import { MemoryNet } from './memory-net.js';
import { allVerbs, RawApp } from './raw-app.js';

/** An engine on a network in memory, with an application that routes every verb and one UDP peer. */
export interface MemoryEngine {
  engine: Engine;
  net: MemoryNet;
  clock: ManualClock;
  metrics: Metrics;
  app: RawApp;
  peer: Datagrams;
  /** Everything the engine sent by UDP, as text. */
  sent: { text: string; to: Endpoint }[];
  at: Endpoint;
  close(): Promise<void>;
}

export const secret = 'cymru';

export async function memoryEngine(options: Partial<EngineOptions> = {}, verbs = allVerbs): Promise<MemoryEngine> {
  const net = new MemoryNet();
  const clock = new ManualClock();
  const metrics = createMetrics();
  const at = { address: '127.0.0.1', port: 5070 };
  const engine = await startEngine({
    net,
    clock,
    metrics,
    chance: systemChance,
    log: silentLog,
    control: { address: '127.0.0.1', port: 9022, secret },
    listen: [
      { transport: 'udp', ...at },
      { transport: 'tcp', ...at },
    ],
    ...options,
  });
  const app = await RawApp.connect(net, engine.control, secret, verbs);
  const peer = await net.udp({ address: '127.0.0.1', port: 6001 });
  const sent: { text: string; to: Endpoint }[] = [];
  net.tap = (data, to) => {
    if (to.port !== at.port) sent.push({ text: data.toString(), to });
  };
  return { engine, net, clock, metrics, app, peer, sent, at, close: () => engine.close() };
}

/** A request of the peer at 127.0.0.1:6001. */
export function requestOf(method: string, fields: Record<string, string> = {}, body = ''): string {
  const headers = {
    Via: `SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bK${method}1;rport`,
    'Max-Forwards': '70',
    From: '<sip:alice@127.0.0.1:6001>;tag=a1',
    To: '<sip:demo@127.0.0.1>',
    'Call-ID': 'c1',
    CSeq: `1 ${method}`,
    Contact: '<sip:alice@127.0.0.1:6001>',
    ...fields,
  };
  const { uri, ...rest } = { uri: 'sip:demo@127.0.0.1:5070', ...headers };
  const lines = Object.entries(rest).map(([name, value]) => `${name}: ${value}`);
  const type = body === '' ? [] : ['Content-Type: application/sdp'];
  return [`${method} ${uri} SIP/2.0`, ...lines, ...type, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join(
    '\r\n',
  );
}
