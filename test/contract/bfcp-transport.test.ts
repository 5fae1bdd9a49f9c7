import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { MessageStream } from '../../src/base/net.js';
import { BfcpSession } from '../../src/protocol/bfcp/client-session.js';
import { graceMs } from '../../src/legs/bfcp-party/association.js';
import { webBfcpGateway } from '../../src/legs/bfcp-party/web-gateway.js';
import { bench, targetOf } from '../support/bfcp.js';
import { cuttableNet } from '../support/cuttable-net.js';
import { messagePipe } from '../support/message-pipe.js';
import { bfcpTransportContract } from './bfcp-transport.js';

bfcpTransportContract('UDP', async (deskFor, name) => {
  const on = bench();
  const party = await on.party('UDP');
  const client = await on.client('UDP');
  party.setRemote({ address: '127.0.0.1', port: client.port }, { transport: 'UDP', setup: 'passive', version: 2 });
  party.attach(deskFor(party), { name });
  return {
    party,
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

for (const setup of ['active', 'passive', 'actpass'] as const) {
  bfcpTransportContract(`TCP, ${setup} client`, async (deskFor, name) => {
    const on = bench();
    const net = cuttableNet();
    const party = await on.party('TCP', net);
    const client = await on.client('TCP');
    const ours = setup === 'active' ? 'passive' : setup === 'passive' ? 'active' : 'actpass';
    party.attach(deskFor(party), { name });
    return {
      party,
      async connect(watch) {
        watch(client.on);
        const port = setup === 'active' ? 9 : client.port;
        party.setRemote({ address: '127.0.0.1', port }, { transport: 'TCP', setup: ours, version: 1 });
        await client.connect(targetOf(party, setup));
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

bfcpTransportContract('WebSocket', (deskFor, name) => {
  const { clock, metrics } = bench();
  const gateway = webBfcpGateway({ clock, chance: systemChance, log: silentLog, metrics });
  let current: MessageStream | null = null;
  let session: BfcpSession | null = null;
  // The room knows the party only after the token was issued, so the desk comes through a step in between.
  let desk: ReturnType<typeof deskFor> | null = null;
  const access = gateway.issue(
    {
      get holder() {
        return desk?.holder ?? null;
      },
      request: (info) => {
        if (!desk) throw new Error('no desk');
        return desk.request(info);
      },
      release: (id) => desk?.release(id) ?? null,
      ticket: (id) => desk?.ticket(id) ?? null,
      tickets: () => desk?.tickets() ?? [],
    },
    { name },
  );
  desk = deskFor(access.party);
  return Promise.resolve({
    party: access.party,
    async connect(watch) {
      const [ours, theirs] = messagePipe();
      current = ours;
      gateway.accept(ours, access.token);
      const { confId: conferenceId, userId, floorId } = access;
      const started = new BfcpSession({
        clock,
        conferenceId,
        userId,
        floorId,
        carriage: 'reliable',
        version: 1,
        keepAliveMs: 0,
        send: (bytes) => theirs.send(bytes),
      });
      session = started;
      watch(started.on);
      theirs.onMessage((data) => started.receive(data));
      theirs.onClose(() => started.end('connection lost'));
      await started.start();
      return started;
    },
    cut: () => current?.close(),
    outwait: () => clock.skip(graceMs),
    close() {
      session?.close();
      gateway.close();
    },
  });
});
