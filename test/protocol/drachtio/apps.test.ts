import assert from 'node:assert/strict';
import { memoryEngine, requestOf, secret } from '../../support/memory-engine.js';
import { RawApp } from '../../support/raw-app.js';

describe('applications of the engine', () => {
  it('may do nothing before they authenticate', async () => {
    const { engine, net } = await memoryEngine();
    for (const leader of ['route|invite', 'ping', 'sip||']) {
      const app = await RawApp.connect(net, engine.control, null);
      app.say(leader, leader === 'sip||' ? requestOf('OPTIONS') : undefined);
      assert.match(app.heard[0] ?? '', /\|response\|id0\|NO\|not authenticated$/);
      assert.equal(app.closed, true);
    }
    await engine.close();
  });

  it('are told and cut off for a wrong secret', async () => {
    const { engine, net } = await memoryEngine();
    const app = await RawApp.connect(net, engine.control, 'wrong');
    assert.match(app.heard[0] ?? '', /\|response\|id0\|NO\|incorrect secret$/);
    assert.equal(app.closed, true);
    await engine.close();
  });

  it('take turns, one turn each however often they register', async () => {
    const { engine, net, app, peer, at } = await memoryEngine();
    const other = await RawApp.connect(net, engine.control, secret, ['options', 'options', 'options']);
    for (let n = 0; n < 6; n++) {
      peer.send(
        Buffer.from(requestOf('OPTIONS', { Via: `SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bK${n}`, 'Call-ID': `c${n}` })),
        at,
      );
    }
    assert.equal(app.fromNetwork.length, 3);
    assert.equal(other.fromNetwork.length, 3);
    await engine.close();
  });

  it('are answered for when they leave, and their calls pass to another', async () => {
    const { engine, net, app, peer, at, sent } = await memoryEngine();
    const call = { 'Call-ID': 'kept' };
    peer.send(Buffer.from(requestOf('INVITE', call)), at);
    app.answer(app.fromNetwork[0] ?? '', '200 OK');
    const tag = /^To: (.*)$/m.exec(sent.at(-1)?.text ?? '')?.[1]?.trim() ?? '';
    peer.send(
      Buffer.from(requestOf('INVITE', { 'Call-ID': 'lost', Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKlost' })),
      at,
    );
    const heir = await RawApp.connect(net, engine.control, secret, ['invite']);
    app.say('bogus');
    assert.equal(app.closed, true);
    assert.match(sent.at(-1)?.text ?? '', /^SIP\/2\.0 503 .*Retry-After: 2/s);
    peer.send(Buffer.from(requestOf('BYE', { ...call, To: tag, CSeq: '2 BYE' })), at);
    assert.match(heir.fromNetwork[0] ?? '', /\|kept;from-tag=a1\|\r\nBYE /);
    await engine.close();
  });

  it('get big and piled-up messages through', async () => {
    const { engine, app, sent, clock } = await memoryEngine();
    const body = 'x'.repeat(60_000);
    for (let n = 0; n < 200; n++) {
      app.say('sip||', `MESSAGE sip:bob@127.0.0.1:6001 SIP/2.0\r\nContent-Type: text/plain\r\n\r\n${n} ${body}`);
    }
    assert.equal(sent.length, 200);
    assert.equal(app.heard.filter((each) => each.includes('|OK|application|')).length, 200);
    await engine.close();
    assert.equal(clock.pending, 0);
  });
});
