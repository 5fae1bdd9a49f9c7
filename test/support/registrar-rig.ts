import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics, type Metrics } from '../../src/base/metrics.js';
import { Authenticator } from '../../src/legs/sip/authenticator.js';
import { KeepOpen } from '../../src/legs/sip/keep-open.js';
import { KeptBindings } from '../../src/legs/sip/kept-bindings.js';
import { Locations, type RegistrationLimits } from '../../src/legs/sip/locations.js';
import { Registrar } from '../../src/legs/sip/registrar.js';
import { digestResponse, parseDigest, printDigest } from '../../src/protocol/sip-values/digest.js';
import { accountsInMemory, secretsOf } from '../../src/rooms/accounts.js';
import type { Store, User } from '../../src/rooms/store.js';
import { memoryStore } from '../../src/services/store/memory-store.js';
import { engineElsewhere } from './engine-elsewhere.js';
import { ManualClock } from './manual-clock.js';
import { connectRigEngine, rigSignalling } from './rig-engine.js';
import { SipPeer, type Seen } from './sip-peer.js';

const realm = 'example.com';

/** The registrar on the real engine and library, over loopback; its time stands still until it is moved. */
export interface RegistrarRig {
  registrar: Registrar;
  locations: Locations;
  kept: KeptBindings;
  store: Store;
  metrics: Metrics;
  clock: ManualClock;
  peer(transport?: 'udp' | 'tcp'): Promise<SipPeer>;
  close(): Promise<void>;
}

/** Starts one with the users alice (also 1001) and bob, whose passwords are their names backwards. */
export async function startRegistrarRig(
  store: Store = memoryStore(),
  clock = new ManualClock(),
  limits: Partial<RegistrationLimits> = {},
): Promise<RegistrarRig> {
  const metrics = createMetrics();
  const tools = { clock, chance: systemChance, log: silentLog, metrics };
  const users: User[] = [
    { name: 'alice', display: null, aliases: ['1001'] },
    { name: 'bob', display: null, aliases: [] },
  ];
  const accounts = accountsInMemory(
    users.map((user) => ({ user, secrets: secretsOf(user, passwordOf(user.name), realm, []) })),
  );
  const algorithms = ['SHA-256', 'MD5'] as const;
  const authenticator = new Authenticator({ ...tools, accounts, realm, algorithms, nonceMs: 300_000 });
  const bounds = { least: 60, most: 3600, usual: 600, contactsPerUser: 10, ...limits };
  const kept = new KeptBindings(store.bindings, tools);
  const locations = new Locations(bounds, tools, kept, engineElsewhere() ? 'first-hop' : 'route');
  const registrar = new Registrar({ ...tools, accounts, authenticator, locations });
  await locations.restore();
  const signalling = rigSignalling();
  signalling.register((request, response) => void registrar.answer(request, response));
  signalling.options((_request, response) => response.send(200));
  const keepOpen = new KeepOpen(locations, signalling, tools);
  const engine = await connectRigEngine(signalling, systemClock);
  const peers: SipPeer[] = [];
  return {
    ...{ registrar, locations, kept, store, metrics, clock },
    async peer(transport = 'udp') {
      const one = transport === 'udp' ? await SipPeer.udp(engine.at('udp')) : await SipPeer.stream(engine.at('tcp'));
      peers.push(one);
      return one;
    },
    async close() {
      keepOpen.close();
      await locations.close();
      for (const one of peers) one.close();
      signalling.disconnect();
      await engine.close();
      assert.equal(clock.pending, 0, 'timers of the registrar');
    },
  };
}

function passwordOf(name: string): string {
  return [...name].reverse().join('');
}

let devices = 0;

/** A device that registers, by hand; it answers challenges by MD5. */
export class RegisteringDevice {
  cseq = 0;
  private sent = 0;
  readonly id = `reg${++devices}`;

  constructor(
    readonly peer: SipPeer,
    readonly user = 'alice',
    private readonly password = passwordOf(user),
  ) {}

  /** Where it says it is: where it really is, or behind a router at this host. */
  contact(host = `127.0.0.1:${this.peer.local.port}`): string {
    const way = this.peer.transport === 'UDP' ? '' : `;transport=${this.peer.transport.toLowerCase()}`;
    return `<sip:${this.user}@${host}${way}>`;
  }

  /** Registers with these headers after the usual ones; gives the final answer behind the challenge. */
  async register(headers: string[], { callId = this.id, to = this.user, vias = [] as string[] } = {}): Promise<Seen> {
    const first = await this.send(headers, { callId, to, vias });
    const challenge = first.message.headers
      .all('www-authenticate')
      .map(parseDigest)
      .find((one) => one.get('algorithm') === 'MD5');
    if (!challenge) return first;
    const [nonce, uri] = [challenge.get('nonce') ?? '', `sip:${realm}`];
    const input = { algorithm: 'MD5', username: this.user, realm, uri, nonce, cnonce: 'c', nc: '00000001' };
    const response = digestResponse({ ...input, password: this.password, method: 'REGISTER', qop: 'auth' });
    const fields = printDigest(new Map(Object.entries({ ...input, qop: 'auth', response })));
    return this.send([...headers, `Authorization: ${fields}`], { callId, to, vias });
  }

  private send(headers: string[], { callId, to, vias }: { callId: string; to: string; vias: string[] }): Promise<Seen> {
    const n = ++this.cseq;
    const branch = `z9hG4bK${this.id}-${++this.sent}`;
    const { transport, local } = this.peer;
    this.peer.send([
      `REGISTER sip:${realm} SIP/2.0`,
      `Via: SIP/2.0/${transport} 127.0.0.1:${local.port};branch=${branch};rport`,
      ...vias.map((via) => `Via: ${via}`),
      'Max-Forwards: 70',
      `From: <sip:${this.user}@${realm}>;tag=${this.id}`,
      `To: <sip:${to}@${realm}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${n} REGISTER`,
      ...headers,
    ]);
    return this.peer.expect('SIP/2.0', ({ text }) => text.includes(`branch=${branch};`));
  }
}
