import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { Endpoint, Listener } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { fixedTls } from '../../../src/base/tls.js';
import { startEngine } from '../../../src/protocol/drachtio/server.js';
import { TestAuthority } from '../../support/certificates.js';
import { FakeDns, srv } from '../../support/fake-dns.js';
import { RawApp } from '../../support/raw-app.js';
import { waitUntil } from '../../support/wait.js';

describe('a domain whose TLS servers SRV names', () => {
  let authority: TestAuthority;
  before(async () => (authority = await TestAuthority.make()));

  /** Calls sips:example.com, served by a host with a certificate for `name`; what came over TLS, and what the application heard. */
  async function call(name: string): Promise<{ got: string[]; heard: string[] }> {
    const got: string[] = [];
    const cert = await authority.sign({ names: [name] });
    const server: Listener = await systemNet.listen(
      { address: '127.0.0.1', port: 0 },
      { type: 'tls', server: fixedTls(cert) },
      (stream) => stream.onData((data) => got.push(data.toString())),
    );
    const zone = {
      srv: { '_sips._tcp.example.com': [srv(1, 0, 'h.hoster.example', server.local.port)] },
      a: { 'h.hoster.example': ['127.0.0.1'] },
    };
    const engine = await startEngine({
      net: systemNet,
      clock: systemClock,
      chance: systemChance,
      log: silentLog,
      metrics: createMetrics(),
      dns: new FakeDns(zone),
      tls: { current: () => ({ ca: authority.cert }) },
      control: { address: '127.0.0.1', port: 0, secret: 's' },
      listen: [{ transport: 'udp', address: '127.0.0.1', port: 0 }],
    });
    const tcp = { connect: (to: Endpoint) => systemNet.connect(to, { type: 'tcp' }) };
    const app = await RawApp.connect(tcp, engine.control, 's');
    app.say('sip||', 'OPTIONS sips:example.com SIP/2.0\r\n\r\n');
    await waitUntil(() => got.length > 0 || app.fromNetwork.length > 0, 5000);
    await engine.close();
    server.dispose();
    return { got, heard: app.fromNetwork };
  }

  it('is believed when the certificate is for the domain', async () => {
    const { got } = await call('example.com');
    assert.match(got[0] ?? '', /^OPTIONS sips:example\.com SIP\/2\.0\r\nVia: SIP\/2\.0\/TLS /);
  });

  it('is not believed when it is for the host that anybody who forges DNS could name', async () => {
    const { got, heard } = await call('h.hoster.example');
    assert.deepEqual(got, []);
    assert.match(heard[0] ?? '', /SIP\/2\.0 503/);
  });
});
