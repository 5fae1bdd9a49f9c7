import assert from 'node:assert/strict';
import type { Screened, Stranger } from '../../../src/protocol/sip/screen.js';
import { memoryEngine, requestOf } from '../../support/memory-engine.js';

interface Judge {
  verdict: Screened;
  seen: Stranger[];
  answerMalformed: boolean;
}

async function rig(): Promise<Awaited<ReturnType<typeof memoryEngine>> & { judge: Judge }> {
  const judge: Judge = { verdict: 'take', seen: [], answerMalformed: true };
  const engine = await memoryEngine({
    screen: {
      screen(stranger) {
        judge.seen.push(stranger);
        return judge.verdict;
      },
      malformed: () => judge.answerMalformed,
    },
  });
  return { ...engine, judge };
}

const branch = (name: string): Record<string, string> => ({
  Via: `SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bK${name};rport`,
});

describe('screen before the engine', () => {
  it('sees what opens something new, once however often it is repeated', async () => {
    const { judge, peer, at, close } = await rig();
    const invite = Buffer.from(requestOf('INVITE', { 'User-Agent': 'Phone 1' }));
    peer.send(invite, at);
    peer.send(invite, at);
    assert.deepEqual(judge.seen, [{ address: '127.0.0.1', transport: 'udp', method: 'INVITE', agent: 'Phone 1' }]);
    await close();
  });

  it('says nothing at all when told to drop, neither to INVITE, OPTIONS, CANCEL nor to junk', async () => {
    const { judge, engine, app, peer, at, sent, clock, close } = await rig();
    judge.verdict = 'drop';
    judge.answerMalformed = false;
    for (const method of ['INVITE', 'OPTIONS', 'REGISTER', 'CANCEL', 'FOO', 'ACK']) {
      peer.send(Buffer.from(requestOf(method)), at);
    }
    peer.send(Buffer.from(requestOf('OPTIONS', { ...branch('two'), CSeq: 'x' })), at);
    clock.advance(40_000);
    assert.deepEqual(sent, []);
    assert.deepEqual(app.fromNetwork, []);
    assert.equal(clock.pending, 0);
    assert.ok(!engine.describe().some((line) => /INVITE|OPTIONS/.test(line)));
    await close();
  });

  it('refuses with what it is told, the same to a repeated request, without asking the application', async () => {
    const { judge, app, peer, at, sent, close } = await rig();
    judge.verdict = { status: 503, headers: { 'Retry-After': '7' } };
    const invite = Buffer.from(requestOf('INVITE'));
    peer.send(invite, at);
    judge.verdict = 'take';
    peer.send(invite, at);
    assert.equal(sent.length, 2);
    for (const { text } of sent) assert.match(text, /^SIP\/2\.0 503 .*Retry-After: 7/s);
    assert.equal(sent[0]?.text, sent[1]?.text);
    assert.deepEqual(app.fromNetwork, []);
    await close();
  });

  it('leaves running calls alone', async () => {
    const { judge, app, peer, at, sent, close } = await rig();
    const call = { 'Call-ID': 'running' };
    peer.send(Buffer.from(requestOf('INVITE', { ...call, ...branch('i') })), at);
    judge.verdict = 'drop';
    peer.send(Buffer.from(requestOf('CANCEL', { ...call, ...branch('none') })), at);
    assert.equal(app.fromNetwork.length, 1);
    app.answer(app.fromNetwork[0] ?? '', '200 OK');
    const to = /^To: (.*)$/m.exec(sent.at(-1)?.text ?? '')?.[1]?.trim() ?? '';
    peer.send(Buffer.from(requestOf('INFO', { ...call, To: to, CSeq: '2 INFO', ...branch('n') })), at);
    peer.send(Buffer.from(requestOf('BYE', { ...call, To: to, CSeq: '3 BYE', ...branch('b') })), at);
    assert.deepEqual(
      app.fromNetwork.map((text) => /\r\n(\w+) /.exec(text)?.[1]),
      ['INVITE', 'INFO', 'BYE'],
    );
    await close();
  });
});
