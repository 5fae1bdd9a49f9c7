import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { SeenMessage } from '../../src/base/seen.js';
import { BfcpSession } from '../../src/protocol/bfcp/client-session.js';
import { graceMs } from '../../src/legs/bfcp-party/association.js';
import { webBfcpGateway } from '../../src/legs/bfcp-party/web-gateway.js';
import type { BfcpClientLink, ClientTarget } from '../../src/legs/bfcp-party/client-link.js';
import type { MessageStream } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';
import { openBfcpParty } from '../../src/legs/bfcp-party/party.js';
import { anyPort } from '../../src/legs/bfcp-party/ports.js';
import { streamLimit } from '../../src/protocol/bfcp/framing.js';
import { openWebSocket } from '../../src/services/ws-client.js';
import type { BfcpParty, FloorTls, WebServer } from '../../src/legs/bfcp-party/contract.js';
import { hostPriority, type IcePlace, type IceTerms } from '../../src/protocol/ice/agent.js';
import type { FloorDesk } from '../../src/rooms/floor-party.js';
import { apiUnderTest } from '../services/api/support.js';
import { bench, floorIdentity, targetOf, type Identities } from '../support/bfcp.js';
import { cuttableNet } from '../support/cuttable-net.js';
import { waitUntil } from '../support/wait.js';
import { bfcpTransportContract } from './bfcp-transport.js';

bfcpTransportContract('UDP', async (deskFor, name) => {
  const on = bench();
  const party = await on.party('UDP');
  const client = await on.client('UDP');
  party.setRemote({ address: '127.0.0.1', port: client.port }, { transport: 'UDP', setup: 'passive', version: 2 });
  party.attach(deskFor(party), { name });
  return {
    party,
    passed: on.passed,
    async connect(watch) {
      watch(client.on);
      await client.connect(targetOf(party));
      return client;
    },
    // There is no connection to break: the leg's silence watch takes its place.
    cut: null,
    outwait: null,
    close() {
      client.close();
      party.close();
    },
  };
});

const identities: Partial<Identities> = {};
before(async () => {
  identities.party = await floorIdentity('party');
  identities.client = await floorIdentity('client');
});

/** Who opens the connection, and with TLS also who made the offer, which is the client of TLS. */
function streamContract(title: string, setup: ClientTarget['setup'], tlsServer: boolean | null): void {
  const transport = tlsServer === null ? 'TCP' : 'TLS';
  bfcpTransportContract(title, async (deskFor, name) => {
    const on = bench(identities);
    const net = cuttableNet();
    const party = await on.party(transport, net);
    const client = await on.client(transport);
    const ours = setup === 'active' ? 'passive' : setup === 'passive' ? 'active' : 'actpass';
    const told = (server: boolean, one: keyof Identities): { tls?: FloorTls } => {
      const fingerprint = identities[one]?.fingerprint;
      return tlsServer === null || !fingerprint ? {} : { tls: { server, fingerprints: [fingerprint] } };
    };
    party.attach(deskFor(party), { name });
    return {
      party,
      passed: on.passed,
      async connect(watch) {
        watch(client.on);
        const remote = { address: '127.0.0.1', port: setup === 'active' ? 9 : client.port };
        party.setRemote(remote, { transport, setup: ours, version: 1, ...told(tlsServer === true, 'client') });
        await client.connect({ ...targetOf(party, setup), ...told(tlsServer === false, 'party') });
        return client;
      },
      cut: () => net.cut(),
      outwait: () => on.clock.skip(graceMs),
      close() {
        client.close();
        party.close();
      },
    };
  });
}

/** What an exchange of descriptions would have agreed of ICE between the two. */
function iceBetween(
  party: BfcpParty,
  client: BfcpClientLink,
  partyControls: boolean,
): Record<'party' | 'client', IceTerms> {
  const { ice } = client;
  if (!ice || !party.ice) throw new Error('no ICE here');
  const place = (port: number): IcePlace[] => [{ address: '127.0.0.1', port, priority: hostPriority }];
  return {
    party: { ours: party.ice.current, theirs: ice, places: place(client.port), controlling: partyControls },
    client: { ours: ice, theirs: party.ice.current, places: place(party.local.port), controlling: !partyControls },
  };
}

/** Who is active shakes hands as the client of DTLS, and on TCP also connects. */
function dtlsContract(
  title: string,
  how: { partyServes: boolean; over?: 'DTLS' | 'TCP-DTLS'; ice?: 'party-controls' | 'client-controls' },
): void {
  const { partyServes, over = 'DTLS', ice } = how;
  const framed = over === 'TCP-DTLS';
  bfcpTransportContract(title, async (deskFor, name) => {
    const on = bench(identities);
    const net = cuttableNet();
    const party = await on.party(over, net);
    const client = await on.client(over);
    const told = (server: boolean, one: keyof Identities): { tls?: FloorTls } => {
      const fingerprint = identities[one]?.fingerprint;
      return fingerprint ? { tls: { server, fingerprints: [fingerprint] } } : {};
    };
    party.attach(deskFor(party), { name });
    return {
      party,
      passed: on.passed,
      async connect(watch) {
        watch(client.on);
        const terms = ice && iceBetween(party, client, ice === 'party-controls');
        const remote = { address: '127.0.0.1', port: framed && partyServes ? 9 : client.port };
        const setup = partyServes ? 'passive' : 'active';
        const target = { ...targetOf(party, partyServes ? 'active' : 'passive'), ...told(!partyServes, 'party') };
        const connected = client.connect({ ...target, ...(terms ? { ice: terms.client } : {}) });
        party.setRemote(remote, {
          ...{ transport: over, setup, version: framed ? 1 : 2, isNew: true, ...told(partyServes, 'client') },
          ...(terms ? { ice: terms.party } : {}),
        });
        await connected;
        return client;
      },
      // As over UDP there is no connection to break.
      cut: framed ? () => net.cut() : null,
      outwait: framed ? () => on.clock.skip(graceMs) : null,
      close() {
        client.close();
        party.close();
      },
    };
  });
}

dtlsContract('DTLS, whose client is the participant', { partyServes: true });
dtlsContract('DTLS, whose client is the server of the floor', { partyServes: false });
dtlsContract('DTLS, with ICE that the participant controls', { partyServes: true, ice: 'client-controls' });
dtlsContract('DTLS, with ICE that the server of the floor controls', { partyServes: false, ice: 'party-controls' });
dtlsContract('TCP-DTLS, active client', { partyServes: true, over: 'TCP-DTLS' });
dtlsContract('TCP-DTLS, passive client', { partyServes: false, over: 'TCP-DTLS' });
dtlsContract('TCP-DTLS, with ICE', { partyServes: true, over: 'TCP-DTLS', ice: 'client-controls' });
for (const setup of ['active', 'passive', 'actpass'] as const) streamContract(`TCP, ${setup} client`, setup, null);
streamContract('TLS, active client, which is the client of TLS', 'active', true);
streamContract('TLS, active client, which is the server of TLS', 'active', false);
streamContract('TLS, passive client, which is the client of TLS', 'passive', true);
streamContract('TLS, passive client, which is the server of TLS', 'passive', false);

for (const secure of [false, true]) {
  bfcpTransportContract(secure ? 'secure WebSocket' : 'WebSocket', async (deskFor, name) => {
    const { clock, metrics } = bench();
    const passed: SeenMessage[] = [];
    const seen = (one: SeenMessage): void => void passed.push({ ...one, bytes: Buffer.from(one.bytes) });
    const gateway = webBfcpGateway({ clock, chance: systemChance, log: silentLog, metrics });
    const at = { address: '127.0.0.1', port: 0 };
    const { cert = '', key = '' } = identities.party ?? {};
    const test = await apiUnderTest({
      ...(secure ? { https: { ...at, cert, key } } : {}),
      onBfcp: (stream, token) => gateway.accept(stream, token),
    });
    const port = (secure ? test.api.https : test.api.http)?.port ?? 0;
    const seat = lateDesk();
    const access = gateway.issue(seat.desk, { name }, seen);
    seat.take(deskFor(access.party));
    const url = `${secure ? 'wss' : 'ws'}://127.0.0.1:${port}/bfcp?token=${access.token}`;
    let socket: WebSocket | null = null;
    let session: BfcpSession | null = null;
    return {
      party: access.party,
      passed,
      async connect(watch) {
        const opened = new WebSocket(url, 'bfcp', { rejectUnauthorized: false });
        socket = opened;
        await once(opened, 'open');
        const { confId: conferenceId, userId, floorId } = access;
        const ids = { conferenceId, userId, floorId };
        const started = new BfcpSession({
          ...{ clock, ...ids, carriage: 'reliable', version: 1, keepAliveMs: 0 },
          send: (bytes) => opened.send(bytes),
        });
        session = started;
        watch(started.on);
        opened.on('message', (data: Buffer) => started.receive(data));
        opened.on('close', () => started.end('connection lost'));
        await started.start();
        return started;
      },
      cut: () => socket?.terminate(),
      outwait: () => clock.skip(graceMs),
      gone: () => waitUntil(() => access.party.standing.channel === 'lost', 5000),
      close() {
        session?.close();
        socket?.terminate();
        gateway.close();
        return test.close();
      },
    };
  });
}

bfcpTransportContract('WebSocket, which we open', async (deskFor, name) => {
  const { clock, metrics } = bench();
  const passed: SeenMessage[] = [];
  const seen = (one: SeenMessage): void => void passed.push({ ...one, bytes: Buffer.from(one.bytes) });
  let takes = true;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, verifyClient: () => takes });
  await once(server, 'listening');
  const uri = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/floor`;
  const dialWeb = ({ uri: to }: WebServer): Promise<MessageStream> =>
    openWebSocket(to, { protocol: 'bfcp', largest: streamLimit, timeoutMs: 5000 });
  const options = { ...{ clock, chance: systemChance, log: silentLog, metrics, seen, dialWeb }, net: systemNet };
  const party = await openBfcpParty({ ...options, bind: '127.0.0.1', ports: anyPort }, 'WS');
  party.attach(deskFor(party), { name });
  let socket: WebSocket | null = null;
  let session: BfcpSession | null = null;
  return {
    party,
    passed,
    async connect(watch) {
      takes = true;
      const coming = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
      let came = false;
      void coming.then(() => (came = true));
      party.setRemote(null, {
        ...{ transport: 'WS', setup: 'active', version: 1, isNew: true },
        webServer: { uri, fingerprints: [] },
      });
      // a lost connection is made again after a while
      for (let wait = 0; wait < 6 && !came; wait += 1) {
        await waitUntil(() => came, 100).catch(() => clock.skip(1000));
      }
      const opened = await coming;
      socket = opened;
      const { confId: conferenceId, userId, floorId } = party.ids;
      const started = new BfcpSession({
        ...{ clock, conferenceId, userId, floorId, carriage: 'reliable', version: 1, keepAliveMs: 0 },
        send: (bytes) => opened.send(bytes),
      });
      session = started;
      watch(started.on);
      opened.on('message', (data: Buffer) => started.receive(data));
      opened.on('close', () => started.end('connection lost'));
      await started.start();
      return started;
    },
    cut: () => {
      takes = false;
      socket?.terminate();
    },
    outwait: () => clock.skip(graceMs),
    gone: () => waitUntil(() => party.standing.channel === 'lost', 5000),
    close() {
      session?.close();
      socket?.terminate();
      server.close();
      party.close();
    },
  };
});

/** The room knows the party only after the token was issued, so the desk comes through a step in between. */
function lateDesk(): { desk: FloorDesk; take(desk: FloorDesk): void } {
  let real: FloorDesk | null = null;
  const get = (): FloorDesk => {
    if (!real) throw new Error('no desk');
    return real;
  };
  const desk: FloorDesk = {
    get holder() {
      return real?.holder ?? null;
    },
    get chair() {
      return real?.chair ?? null;
    },
    request: (info) => get().request(info),
    release: (id) => get().release(id),
    ticket: (id) => get().ticket(id),
    tickets: () => real?.tickets() ?? [],
  };
  return { desk, take: (given) => (real = given) };
}
