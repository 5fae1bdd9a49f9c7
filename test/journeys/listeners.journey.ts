import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { TestAuthority, type Said } from '../support/certificates.js';
import { GatewayProgram } from './support/program.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const patience = 15_000;
const day = 86_400_000;
/** Where namespaces are not permitted, others may use the usual ports. */
const port = 18_000 + (process.pid % 1000) * 6;
const [near, outside, tls, wss, https, strict] = [port, port + 1, port + 2, port + 3, port + 4, port + 5];

describe('listeners', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'listeners-'));
  const file = (name: string): string => join(directory, name);
  let authority: TestAuthority;
  let gateway: GatewayProgram | null = null;
  const endpoints: Endpoint[] = [];

  const write = async (name: string, said: Said): Promise<void> => {
    const { cert, key } = await authority.sign(said);
    writeFileSync(file(`${name}.crt`), cert);
    writeFileSync(file(`${name}.key`), key);
  };
  const start = (): Promise<GatewayProgram> => {
    const certificate = (name: string): string => `cert: ${file(`${name}.crt`)}, key: ${file(`${name}.key`)}`;
    const yaml = `
sip:
  controlPort: 0
  listen:
    - { transport: udp, address: ${here}, port: ${near} }
    - { transport: udp, address: ${here}, port: ${outside}, name: outside, advertise: 127.0.0.7, srtp: off }
    - { transport: udp, address: ${here}, port: ${strict}, name: strict, srtp: required }
    - { transport: tls, address: ${here}, port: ${tls} }
    - { transport: wss, address: ${here}, port: ${wss}, ${certificate('phones')} }
media: { ports: null, rtpengine: off }
web: { http: null, https: { address: ${here}, port: ${https} }, ${certificate('page')} }
logging: { level: info }
`;
    return GatewayProgram.start({ directory, yaml });
  };
  const call = async (name: string, at: number, tone: number, transport: 'udp' | 'tls' = 'udp'): Promise<Endpoint> => {
    const uri = `sip:demo@${here}:${at}`;
    const endpoint = await startEndpoint({ uri, name, bind: here, transport, bfcp: 'tcp', audio: `tone:${tone}` });
    endpoints.push(endpoint);
    return endpoint;
  };
  const hears = (one: Endpoint, tone: number): Promise<unknown> =>
    one.waitFor(({ heard }) => holdsTone(heard.tones, tone), patience, `${tone} Hz`);
  /** Common name of the certificate that is shown there. */
  const shown = async (at: number): Promise<string> => {
    const socket = connect({ host: here, port: at, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const name = String(socket.getPeerCertificate().subject.CN);
    socket.destroy();
    return name;
  };

  before(async () => {
    authority = await TestAuthority.make();
    await write('page', { common: 'page', names: [here] });
    await write('phones', { common: 'phones', names: [here] });
    gateway = await start();
  });
  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((one) => one.hangup()));
  });
  after(async () => {
    await gateway?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('tell their callers each its own address, for media too, and meet in one room', async () => {
    const inside = await call('INSIDE', near, 400);
    const other = await call('OTHER', outside, 700);
    await Promise.all([hears(inside, 700), hears(other, 400)]);
    await other.waitFor(({ main }) => main.from === 'INSIDE', patience, 'the picture of the other');
    assert.match(inside.descriptions.remote, /^c=IN IP4 127\.0\.0\.1\r?$/m);
    assert.match(other.descriptions.remote, /^c=IN IP4 127\.0\.0\.7\r?$/m);
    assert.doesNotMatch(other.descriptions.remote, /127\.0\.0\.1/);
    // floor control by TCP: there is no router here to change where its packets come from
    await assert.rejects(call('PLAIN', strict, 900), /488/, 'a listener that takes encrypted media only');
    assert.equal(await other.share(), 'granted');
    await inside.waitFor(({ content }) => content.from === 'OTHER', patience, 'content');
  });

  it('take calls by WebSocket and TLS of their own', async () => {
    const phone = new WebSocket(`wss://${here}:${wss}/`, 'sip', { ca: authority.cert });
    await once(phone, 'open');
    const heard: string[] = [];
    phone.on('message', (data: Buffer) => heard.push(data.toString()));
    const say = (method: string, to: string, body: string[] = []): void => {
      const text = body.map((line) => `${line}\r\n`).join('');
      const lines = [
        `${method} sip:demo@${here} SIP/2.0`,
        `Via: SIP/2.0/WSS c4h5.invalid;branch=z9hG4bK${method};rport`,
        'Max-Forwards: 70',
        'From: <sip:phone@c4h5.invalid>;tag=p',
        `To: ${to}`,
        'Call-ID: by-websocket',
        `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
        'Contact: <sip:phone@c4h5.invalid;transport=ws>',
        ...(text === '' ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${text.length}`,
      ];
      phone.send(`${lines.join('\r\n')}\r\n\r\n${text}`);
    };
    const final = (method: string): Promise<string> =>
      until(
        `the answer to ${method}`,
        5000,
        () => heard.find((text) => /^SIP\/2\.0 [2-6]/.test(text) && text.includes(` ${method}\r\n`)) ?? null,
      );
    const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', `c=IN IP4 ${here}`, 't=0 0', 'm=audio 40000 RTP/AVP 0'];
    say('INVITE', `<sip:demo@${here}>`, sdp);
    const answer = await final('INVITE');
    assert.match(answer, /^SIP\/2\.0 200 /);
    assert.match(answer, new RegExp(`^Contact: <sips?:.*:${wss}`, 'm'));
    const to = /^To: (.*)\r$/m.exec(answer)?.[1] ?? '';
    say('ACK', to);
    say('BYE', to);
    assert.match(await final('BYE'), /^SIP\/2\.0 200 /);
    phone.close();
  });

  it('show a new certificate from SIGHUP on, keep calls up, and keep the old one when the new is of no use', async () => {
    const program = gateway ?? assert.fail();
    const one = await call('ONE', tls, 400, 'tls');
    const two = await call('TWO', near, 700);
    await hears(one, 700);
    assert.deepEqual([await shown(tls), await shown(https), await shown(wss)], ['page', 'page', 'phones']);
    await write('page', { common: 'page two', names: [here] });
    await write('phones', { common: 'late', from: new Date(Date.now() - 9 * day), to: new Date(Date.now() - day) });
    program.signal('SIGHUP');
    await until('the new files to be read', 5000, () => /old ones stay/.test(program.said) || null);
    assert.deepEqual([await shown(tls), await shown(https), await shown(wss)], ['page two', 'page two', 'phones']);
    assert.match(program.said, /"what":"certificate of wss-\d+".*"why":"phones\.crt: it expired on [\d-]+: callers/);
    assert.doesNotMatch(program.said, /PRIVATE KEY/);
    // the call goes on by the connection that it came by
    assert.equal(await one.share(), 'granted');
    await two.waitFor(({ content }) => content.from === 'ONE', patience, 'content');
  });

  it('start with a certificate that has expired, and say so', async () => {
    await write('page', { from: new Date(Date.now() - 9 * day), to: new Date(Date.now() - day) });
    await gateway?.stop();
    const program = await start();
    gateway = program;
    assert.match(
      program.said,
      /Not possible at the moment:\n.*certificate of page: it expired on [\d-]+: callers who check it hang up/,
    );
    await until(
      'the log to say so',
      5000,
      () => /"certificate":"page".*A certificate of ours is not valid/.test(program.said) || null,
    );
    const one = await call('ONE', tls, 400, 'tls');
    assert.match(one.descriptions.remote, /^m=audio/m);
  });
});
