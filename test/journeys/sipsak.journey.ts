import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { noUsers } from '../../src/compose-users.js';
import type { GatewaySettings } from '../../src/gateway.js';
import { secretsOf } from '../../src/rooms/accounts.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';

const here = '127.0.0.1';
const password = 'rabbit-hole';

describe('sipsak', function () {
  this.timeout(60_000);
  let gateway: TestGateway;

  before(async function () {
    skipWithout(this, ['sipsak']);
    if (engineElsewhere()) this.skip();
    gateway = await startTestGateway({ change: withUser });
  });

  after(async () => {
    await gateway?.close();
  });

  const sipsak = (words: string[], user = 'demo', transport: 'udp' | 'tcp' = 'udp'): Promise<[number | null, string]> =>
    new Promise((resolve) => {
      const uri = `sip:${user}@${here}:${gateway.port(transport)}`;
      const child = spawn('sipsak', [...words, '-s', uri], { stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
      child.once('exit', (code) => resolve([code, said]));
    });

  it('is answered to OPTIONS over UDP and TCP', async () => {
    for (const transport of ['udp', 'tcp'] as const) {
      const [code, said] = await sipsak(['-v', '-E', transport, '-q', 'SIP/2.0 200'], 'demo', transport);
      assert.equal(code, 0, said);
    }
  });

  it('registers by digest, and not with a wrong password', async () => {
    const [code, said] = await sipsak(
      ['-U', '-u', 'alice', '-a', password, '-x', '120', '-C', 'sip:alice@127.0.0.1:5999'],
      'alice',
    );
    assert.equal(code, 0, said);
    const [held] = gateway.gateway.core.users.locations.of('alice');
    assert.equal(held?.binding.contact, 'sip:alice@127.0.0.1:5999');
    const [wrong] = await sipsak(['-U', '-u', 'alice', '-a', 'hole', '-x', '120'], 'alice');
    assert.notEqual(wrong, 0);
  });

  it('floods with 500 OPTIONS and sends trash; who calls next is answered', async () => {
    await sipsak(['-F', '-e', '500']);
    await sipsak(['-R', '-t', '300']);
    const [code, said] = await sipsak([]);
    assert.equal(code, 0, said);
  });
});

function withUser(settings: GatewaySettings): GatewaySettings {
  const user = { name: 'alice', display: null, aliases: [] };
  const configured = [{ user, secrets: secretsOf(user, password, here, []) }];
  return { ...settings, users: { ...noUsers, realm: here, domains: [here], configured } };
}
