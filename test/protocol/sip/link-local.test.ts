import assert from 'node:assert/strict';
import { createAddressing } from '../../../src/base/addressing.js';
import { addressFor, isLinkLocal } from '../../../src/protocol/sip/advertise.js';
import { memoryEngine, requestOf, type MemoryEngine } from '../../support/memory-engine.js';

const peer = { address: 'fe80::7%eth0', port: 6001 };
const mine = (address: string) => ({ address, netmask: 'ffff:ffff:ffff:ffff::', internal: false });

describe('link-local addresses of IPv6', () => {
  let run: MemoryEngine;
  const start = async (advertise?: (asked: string) => string): Promise<string[]> => {
    run = await memoryEngine({
      listen: [{ transport: 'udp', address: 'fe80::1%eth0', port: 5070, ...(advertise ? { advertise } : {}) }],
    });
    const socket = await run.net.udp(peer);
    const heard: string[] = [];
    socket.onMessage((data) => heard.push(data.toString()));
    const fields = { Via: 'SIP/2.0/UDP [fe80::7]:6001;branch=z9hG4bK1', Contact: '<sip:alice@[fe80::7]:6001>' };
    socket.send(Buffer.from(requestOf('INVITE', fields)), { address: 'fe80::1%eth0', port: 5070 });
    run.app.answer(run.app.fromNetwork[0] ?? '', '200 OK');
    return heard;
  };
  afterEach(() => run.close());

  it('are answered by the way the request came, zone and all, but never told to anybody', async () => {
    const heard = await start();
    const answer = heard.at(-1) ?? '';
    assert.match(answer, /^SIP\/2\.0 200 /);
    assert.match(answer, /^Contact: /m);
    assert.doesNotMatch(answer.replace(/\[fe80::7\]/g, ''), /fe80|%/i);
    const refused = run.net.udp({ address: 'fe80::9%eth0', port: 6009 });
    const elsewhere = await refused;
    const texts: string[] = [];
    elsewhere.onMessage((data) => texts.push(data.toString()));
    const via = 'SIP/2.0/UDP other.example.org:6009;branch=z9hG4bK2;rport';
    elsewhere.send(Buffer.from(requestOf('OPTIONS', { Via: via, 'Call-ID': 'c2' })), {
      address: 'fe80::1%eth0',
      port: 5070,
    });
    run.app.answer(run.app.fromNetwork.at(-1) ?? '', '200 OK');
    assert.match(texts[0] ?? '', /^Via: .*;received=fe80::9[;\r]/m);
    assert.doesNotMatch(texts[0] ?? '', /%eth0/);
  });

  it('give way to an address that others can use', async () => {
    const interfaces = [
      { name: 'eth0', address: 'fe80::1', cidr: 'fe80::1/64', internal: false },
      { name: 'eth0', address: '2001:db8::1', cidr: '2001:db8::1/64', internal: false },
    ];
    const addressing = createAddressing({ bind: null, external: [], lanNetworks: [], interfaces });
    const heard = await start((asked) => addressing.advertise(asked));
    assert.match(heard.at(-1) ?? '', /^Contact: <sip:\[2001:db8::1\]:5070>/m);
    assert.equal(addressing.advertise('fe80::7%eth0', 'fe80::1%eth0'), '2001:db8::1');
    assert.deepEqual(addressing.reachable(), ['2001:db8::1']);
    const [alone] = interfaces;
    const lonely = createAddressing({ bind: null, external: [], lanNetworks: [], interfaces: alone ? [alone] : [] });
    assert.deepEqual([lonely.reachable(), lonely.advertise('fe80::7')], [[], '127.0.0.1']);
    assert.equal(addressFor('fe80::7%eth0', [mine('fe80::1'), mine('2001:db8::1')]), '2001:db8::1');
    assert.equal(addressFor('fe80::7%eth0', [mine('fe80::1')]), '::1');
    assert.deepEqual(['fe80::1', 'FEBF::1', '::1%lo', 'fec0::1', '2001:db8::1'].map(isLinkLocal), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
