import assert from 'node:assert/strict';
import Srf from 'drachtio-srf';
import { generate } from 'selfsigned';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { fixedTls, type TlsMaterial } from '../../../src/base/tls.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startEngine, type Engine } from '../../../src/protocol/drachtio/server.js';

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
type Transport = 'udp' | 'tcp' | 'tls';

interface Side {
  engine: Engine;
  srf: Srf;
}

async function open(transports: Transport[], tls: TlsMaterial, tlsVerify: boolean): Promise<Side> {
  const engine = await startEngine({
    net: systemNet,
    clock: systemClock,
    chance: systemChance,
    log: silentLog,
    metrics: createMetrics(),
    control: { address: '127.0.0.1', port: 0, secret: 's' },
    listen: transports.map((transport) => ({
      transport,
      address: '127.0.0.1',
      port: 0,
      ...(transport === 'tls' ? { tls: fixedTls(tls) } : {}),
    })),
    tlsVerify,
  });
  const srf = new Srf();
  await new Promise<void>((resolve, reject) => {
    srf.on('connect', (error: Error | null) => (error ? reject(error) : resolve()));
    void srf.connect({ host: '127.0.0.1', port: engine.control.port, secret: 's' });
  });
  return { engine, srf };
}

describe('two engines', () => {
  let tls: TlsMaterial;
  const sides: Side[] = [];
  const side = async (transports: Transport[], verify = false): Promise<Side> => {
    const opened = await open(transports, tls, verify);
    sides.push(opened);
    return opened;
  };

  before(async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
    tls = { cert, key };
  });

  afterEach(async () => {
    for (const { srf, engine } of sides.splice(0)) {
      srf.disconnect();
      await engine.close();
    }
  });

  for (const [transport, mine] of [
    ['udp', ['udp']],
    ['tcp', ['udp', 'tcp']],
    ['tls', ['tcp']],
    ['tls', ['tls']],
  ] as [Transport, Transport[]][]) {
    it(`call each other over ${transport}, the caller listening on ${mine.join(' and ')}`, async () => {
      const callee = await side(['udp', 'tcp', 'tls']);
      const caller = await side(mine);
      const answered = new Promise<Srf.Dialog>((resolve, reject) => {
        callee.srf.invite((req, res) => {
          callee.srf.createUAS(req, res, { localSdp: sdp }).then(resolve, reject);
        });
      });
      const port = callee.engine.listening.find((each) => each.transport === transport)?.local.port;
      const uac = await caller.srf.createUAC(`sip:demo@127.0.0.1:${port};transport=${transport}`, { localSdp: sdp });
      const uas = await answered;
      const again = await uas.modify(sdp.replace('1 1', '1 2'));
      assert.ok(again !== undefined);
      await uac.modify(sdp.replace('1 1', '1 3'));
      const ask = uas.request.bind(uas) as unknown as (what: object) => Promise<{ status?: number }>;
      const info = await ask({ method: 'INFO', headers: { 'X-From': 'callee' } });
      assert.equal(info.status, 200);
      const destroyed = new Promise((resolve) => uac.on('destroy', resolve));
      uas.destroy();
      await destroyed;
    });
  }

  it('do not talk when the certificate is checked and not known', async () => {
    const callee = await side(['tls']);
    const caller = await side(['tcp'], true);
    const port = callee.engine.listening[0]?.local.port;
    await assert.rejects(
      caller.srf.createUAC(`sips:demo@127.0.0.1:${port}`, { localSdp: sdp }),
      (error: { status?: number }) => error.status === 503,
    );
  });
});
