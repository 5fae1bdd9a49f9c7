import assert from 'node:assert/strict';
import { memoryEngine, type MemoryEngine } from '../../support/memory-engine.js';

describe('the outbound proxy', () => {
  let rig: MemoryEngine;

  afterEach(() => rig.close());

  function sent(): { text: string; port: number } {
    const { text, to } = rig.sent.at(-1) ?? { text: '', to: { port: 0 } };
    return { text, port: to.port };
  }

  it('takes new requests without a next hop; a loose router is told by Route', async () => {
    rig = await memoryEngine({ outboundProxy: 'sip:127.0.0.1:6400;lr' });
    rig.app.say('sip||', 'INVITE sip:bob@192.0.2.1 SIP/2.0\r\n\r\n');
    assert.equal(sent().port, 6400);
    assert.match(sent().text, /^INVITE sip:bob@192\.0\.2\.1 SIP\/2\.0\r\n.*\r\nRoute: <sip:127\.0\.0\.1:6400;lr>\r\n/s);
  });

  it('without lr is the next hop and nothing more', async () => {
    rig = await memoryEngine({ outboundProxy: 'sip:127.0.0.1:6400' });
    rig.app.say('sip||', 'INVITE sip:bob@192.0.2.1 SIP/2.0\r\n\r\n');
    assert.equal(sent().port, 6400);
    assert.doesNotMatch(sent().text, /Route:/);
  });

  it('gives way to the next hop of the application', async () => {
    rig = await memoryEngine({ outboundProxy: 'sip:127.0.0.1:6400;lr' });
    rig.app.say('sip|||sip:127.0.0.1:6500', 'INVITE sip:bob@192.0.2.1 SIP/2.0\r\n\r\n');
    assert.equal(sent().port, 6500);
    assert.doesNotMatch(sent().text, /Route:/);
  });

  it('gives way to proxies that the application writes as a Route', async () => {
    rig = await memoryEngine({ outboundProxy: 'sip:127.0.0.1:6400;lr' });
    const route = '<sip:flow7@127.0.0.1:6500;lr;ob>, <sip:inner.example.com;lr>';
    rig.app.say(`sip|||${route}`, 'INVITE sip:bob@192.0.2.1 SIP/2.0\r\n\r\n');
    assert.equal(sent().port, 6500);
    assert.ok(sent().text.includes(`\r\nRoute: ${route}\r\n`), sent().text);
    rig.app.say('sip|||<sip:127.0.0.1:6501>', 'INVITE sip:bob@192.0.2.1 SIP/2.0\r\n\r\n');
    assert.equal(sent().port, 6501);
    assert.doesNotMatch(sent().text, /Route:/);
  });

  it('stays on the way of CANCEL and of the ACK of a refusal', async () => {
    rig = await memoryEngine({ outboundProxy: 'sip:127.0.0.1:6400;lr' });
    const proxy = await rig.net.udp({ address: '127.0.0.1', port: 6400 });
    rig.app.say('sip||', 'INVITE sip:bob@192.0.2.1 SIP/2.0\r\n\r\n');
    const lines = sent()
      .text.split('\r\n')
      .filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
    proxy.send(Buffer.from(['SIP/2.0 486 Busy', ...lines, 'Content-Length: 0', '', ''].join('\r\n')), rig.at);
    assert.equal(sent().port, 6400);
    assert.match(sent().text, /^ACK sip:bob@192\.0\.2\.1 .*Route: <sip:127\.0\.0\.1:6400;lr>/s);
  });

  it('does not make a call to ourselves possible', async () => {
    rig = await memoryEngine({ outboundProxy: 'sip:127.0.0.1:6400;lr' });
    rig.app.say('sip||', 'INVITE sip:bob@127.0.0.1:5070 SIP/2.0\r\n\r\n');
    assert.match(rig.app.heard.at(-1) ?? '', /NOK\|can not send request to myself/);
  });
});
