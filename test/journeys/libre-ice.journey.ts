import assert from 'node:assert/strict';
import { systemChance } from '../../src/base/ids.js';
import type { BfcpParty } from '../../src/legs/bfcp-party/party.js';
import { readFingerprint } from '../../src/protocol/sdp/fingerprint.js';
import { bench, floorIdentity, type Bench, type Identities } from '../support/bfcp.js';
import { FakeFloor } from '../support/floor-desks.js';
import { waitUntil } from '../support/wait.js';
import { buildLibrePeer, LibrePeer, type LibreProgram } from './support/libre-peer.js';

const here = '127.0.0.1';

/** Another stack's STUN, ICE, TLS and BFCP at the other end of an encrypted floor line. */
describe('floor control over DTLS with ICE, with libre', () => {
  let program: LibreProgram;
  let identities: Identities;
  let on: Bench;
  let party: BfcpParty;
  let peer: LibrePeer;

  before(async function () {
    this.timeout(60_000);
    const built = buildLibrePeer('ice');
    if (typeof built === 'string') {
      process.stderr.write(`      skipped: ${built}\n`);
      return this.skip();
    }
    program = built;
    identities = { party: await floorIdentity('party'), client: await floorIdentity('client') };
  });
  after(() => program?.remove());

  afterEach(async () => {
    assert.equal(await peer.end(), 0);
    party.close();
    await waitUntil(() => on.clock.pending === 0, 5000);
  });

  /** `told` is what the two think of who controls, libre first. */
  async function meet(told: [libre: 'controlling' | 'controlled', we: boolean]): Promise<void> {
    on = bench(identities);
    const floor = new FakeFloor();
    party = await on.party('DTLS');
    floor.join(1, party);
    party.attach(floor.desk(1, 'Libre'), { name: 'Libre' });
    const theirs = { ufrag: systemChance.hex(4), pwd: systemChance.hex(16) };
    peer = LibrePeer.start(program, [told[0], theirs.ufrag, theirs.pwd]);
    const [, port = '', digest = ''] = /^listening (\d+) (\S+)/.exec(await peer.line(/^listening/)) ?? [];
    const fingerprint = readFingerprint(`sha-256 ${digest}`);
    assert.ok(fingerprint && party.ice);
    const { current: ours } = party.ice;
    const places = [{ address: here, port: Number(port), priority: 2130706431 }];
    party.setRemote(null, {
      ...{ transport: 'DTLS', setup: 'passive', version: 2, isNew: true },
      tls: { server: true, fingerprints: [fingerprint] },
      ice: { ours, theirs, places, controlling: told[1] },
    });
    peer.type(`remote ${ours.ufrag} ${ours.pwd} ${party.local.port}`);
  }

  for (const [what, ...told] of [
    ['controls', 'controlling', false],
    ['is controlled', 'controlled', true],
    ['controls, as we thought we did', 'controlling', true],
    ['is controlled, as we thought we were', 'controlled', false],
  ] as const) {
    it(`which ${what}: checks, handshake, Hello, grant`, async function () {
      this.timeout(60_000);
      await meet([...told]);
      assert.match(await peer.line(/^selected/), new RegExp(`^selected ${here}:${party.local.port} as Contro`));
      const [, cipher = '', first = ''] = /^dtls (\S+) (\S+)/.exec(await peer.line(/^dtls/)) ?? [];
      assert.match(cipher, /^ECDHE-.*GCM/);
      assert.equal(first, identities.party.fingerprint.digest.slice(0, 2));
      const { confId, userId, floorId } = party.ids;
      peer.type(`hello ${confId} ${userId}`);
      await peer.line(/^got primitive=12 r=1 tid=1/);
      peer.type(`request ${confId} ${userId} ${floorId}`);
      await peer.line(/^got primitive=4 r=1 tid=2/);
      assert.match(party.describe(), new RegExp(`ice controll(ed|ing) ${here}:\\d+ `));
    });
  }
});
