import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { webBfcpGateway } from '../../../src/legs/bfcp-party/web-gateway.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import { bench } from '../../support/bfcp.js';
import { FakeFloor } from '../../support/floor-desks.js';
import { messagePipe } from '../../support/message-pipe.js';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('bfcp over WebSocket', () => {
  const on = bench();
  const floor = new FakeFloor();
  const gateway = webBfcpGateway({ clock: on.clock, chance: systemChance, log: silentLog, metrics: on.metrics });
  after(() => gateway.close());

  it('refuses unknown tokens and closes', async () => {
    const [ours, theirs] = messagePipe();
    let closed = false;
    theirs.onClose(() => (closed = true));
    assert.equal(gateway.accept(ours, 'x'), false);
    await settle();
    assert.ok(closed);
  });

  it('answers the ids that go with the token, and errors to others', async () => {
    const access = gateway.issue(floor.desk(1, 'Anna'), { name: 'Anna' });
    const [ours, theirs] = messagePipe();
    const answers: (string | number)[] = [];
    theirs.onMessage((data) => {
      const decoded = decode(data, 'reliable');
      assert.ok(decoded.ok);
      answers.push(decoded.value.body.error?.code ?? decoded.value.primitive);
    });
    assert.ok(gateway.accept(ours, access.token));
    const hello = { version: 1, response: false, primitive: 'Hello', transactionId: 1, body: {} } as const;
    for (const conferenceId of [access.confId, access.confId ^ 1]) {
      theirs.send(encode({ ...hello, conferenceId, userId: access.userId }, 'reliable'));
    }
    await settle();
    assert.deepEqual(answers, ['HelloAck', 1]);
    const [again] = messagePipe();
    assert.ok(gateway.accept(again, access.token));
    let closed = false;
    theirs.onClose(() => (closed = true));
    await settle();
    assert.ok(closed, 'a new connection of the same call replaces the old one');
    const [large, far] = messagePipe();
    assert.ok(gateway.accept(large, access.token));
    far.send(Buffer.alloc(4097, 0x20));
    await settle();
    assert.equal(access.party.standing.channel, 'lost', 'nobody says so much');
    access.close();
    access.close();
    assert.equal(gateway.size, 0);
    assert.equal(gateway.accept(messagePipe()[0], access.token), false);
    assert.equal(on.clock.pending, 0);
  });
});
