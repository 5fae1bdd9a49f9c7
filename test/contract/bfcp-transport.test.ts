import { once } from 'node:events';
import { WebSocket } from 'ws';
import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { SeenMessage } from '../../src/base/seen.js';
import { BfcpSession } from '../../src/protocol/bfcp/client-session.js';
import { graceMs } from '../../src/legs/bfcp-party/association.js';
import { webBfcpGateway } from '../../src/legs/bfcp-party/web-gateway.js';
import type { ClientTarget } from '../../src/legs/bfcp-party/client-link.js';
import type { FloorTls } from '../../src/legs/bfcp-party/contract.js';
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

/** Who is active shakes hands as the client of DTLS. */
function dtlsContract(title: string, tlsServer: boolean): void {
  bfcpTransportContract(title, async (deskFor, name) => {
    const on = bench(identities);
    const party = await on.party('DTLS');
    const client = await on.client('DTLS');
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
        const remote = { address: '127.0.0.1', port: client.port };
        const connected = client.connect({ ...targetOf(party), ...told(!tlsServer, 'party') });
        party.setRemote(remote, { transport: 'DTLS', setup: 'passive', version: 2, ...told(tlsServer, 'client') });
        await connected;
        return client;
      },
      // As over UDP there is no connection to break.
      cut: null,
      outwait: null,
      close() {
        client.close();
        party.close();
      },
    };
  });
}

dtlsContract('DTLS, whose client is the participant', true);
dtlsContract('DTLS, whose client is the server of the floor', false);
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
