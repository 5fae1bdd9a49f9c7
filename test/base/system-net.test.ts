import assert from 'node:assert/strict';
import type { ByteStream, Listener } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';
import { waitUntil } from '../support/wait.js';

const here = '127.0.0.1';
const tcp = { type: 'tcp' } as const;

describe('base/system-net', () => {
  it('sends datagrams between two sockets and is silent after close', async () => {
    const a = await systemNet.udp({ address: here, port: 0 });
    const b = await systemNet.udp({ address: here, port: 0 });
    const heard: string[] = [];
    b.onMessage((data, from) => heard.push(`${data.toString()} ${from.port === a.local.port}`));
    a.send(Buffer.from('hello'), b.local);
    await waitUntil(() => heard.length > 0, 2000);
    assert.deepEqual(heard, ['hello true']);
    a.close();
    a.close();
    a.send(Buffer.from('late'), b.local);
    b.close();
  });

  it('joins a multicast group beside others, and says when no interface can', async () => {
    const group = { address: '224.0.1.41', interfaces: [here] };
    const first = await systemNet.udp({ address: '0.0.0.0', port: 0 }, group);
    const at = { address: '0.0.0.0', port: first.local.port };
    const second = await systemNet.udp(at, { ...group, interfaces: ['192.0.2.77', here] });
    const heard: string[] = [];
    for (const [index, one] of [first, second].entries())
      one.onMessage((data) => heard.push(`${index} ${data.toString()}`));
    const sender = await systemNet.udp({ address: here, port: 0 });
    sender.send(Buffer.from('who'), { address: group.address, port: at.port });
    await waitUntil(() => heard.length === 2, 2000);
    assert.deepEqual(heard.toSorted(), ['0 who', '1 who']);
    await assert.rejects(systemNet.udp(at, { ...group, interfaces: ['192.0.2.77'] }));
    for (const one of [first, second, sender]) one.close();
  });

  it('says what is wrong when a port is taken', async () => {
    const a = await systemNet.udp({ address: here, port: 0 });
    await assert.rejects(systemNet.udp(a.local), { code: 'EADDRINUSE', port: a.local.port });
    const listener = await systemNet.listen({ address: here, port: 0 }, tcp, () => undefined);
    await assert.rejects(
      systemNet.listen(listener.local, tcp, () => undefined),
      { code: 'EADDRINUSE' },
    );
    a.close();
    listener.dispose();
  });

  it('connects streams, tells the end of one exactly once and to those who ask late', async () => {
    const streams: ByteStream[] = [];
    const listener: Listener = await systemNet.listen({ address: here, port: 0 }, tcp, (stream) =>
      streams.push(stream),
    );
    const client = await systemNet.connect(listener.local, tcp);
    await waitUntil(() => streams.length > 0, 2000);
    const [accepted] = streams;
    assert.ok(accepted);
    let text = '';
    accepted.onData((data) => (text += data.toString()));
    client.write('ab');
    client.write(Buffer.from('cd'));
    await waitUntil(() => text.length === 4, 2000);
    assert.equal(text, 'abcd');
    let ends = 0;
    accepted.onClose(() => (ends += 1));
    client.destroy();
    await waitUntil(() => ends === 1, 2000);
    accepted.onClose(() => (ends += 10));
    assert.equal(ends, 11);
    listener.dispose();
  });

  it('gives up connecting when nobody listens', async () => {
    const listener = await systemNet.listen({ address: here, port: 0 }, tcp, () => undefined);
    const { local } = listener;
    listener.dispose();
    await assert.rejects(systemNet.connect(local, tcp, { timeoutMs: 1000 }), { code: 'ECONNREFUSED' });
  });
});
