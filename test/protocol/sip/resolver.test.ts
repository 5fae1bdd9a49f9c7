import assert from 'node:assert/strict';
import { systemChance, type Chance } from '../../../src/base/ids.js';
import { parseSipUri } from '../../../src/protocol/sip-values/uri.js';
import { order, Resolver, type Family } from '../../../src/protocol/sip/resolver.js';
import type { TransportName } from '../../../src/protocol/sip/flow.js';
import { FakeDns, naptr, srv, type Zone } from '../../support/fake-dns.js';
import { ManualClock } from '../../support/manual-clock.js';

const lowest: Chance = { ...systemChance, int: (min) => min };
const highest: Chance = { ...systemChance, int: (_min, max) => max };
const all: TransportName[] = ['udp', 'tcp', 'tls'];

interface Setting {
  families?: Family[];
  transports?: TransportName[];
  chance?: Chance;
}

function resolverOf(zone: Zone, { families = [4], transports = all, chance = lowest }: Setting = {}) {
  const dns = new FakeDns(zone);
  const clock = new ManualClock();
  const of = (transport: TransportName): Family[] => (transports.includes(transport) ? families : []);
  return { dns, clock, resolver: new Resolver({ dns, clock, chance, families: of, deadlineMs: 5000 }) };
}

async function targetsOf(
  uri: string,
  zone: Zone,
  setting: Setting = {},
): Promise<{ found: string[]; asked: string[] }> {
  const { dns, clock, resolver } = resolverOf(zone, setting);
  const targets = await resolver.resolve(parseSipUri(uri));
  assert.equal(clock.pending, 0);
  return { found: targets.map((each) => `${each.transport} ${each.address} ${each.port}`), asked: dns.asked };
}

const host = { a: { 'example.com': ['192.0.2.1'] } };
const both = { a: { 'example.com': ['192.0.2.1'] }, aaaa: { 'example.com': ['2001:db8::1'] } };

describe('where a SIP URI leads', () => {
  const cases: [what: string, uri: string, zone: Zone, found: string[], setting?: Setting][] = [
    ['a name without SRV by UDP', 'sip:example.com', host, ['udp 192.0.2.1 5060']],
    ['a secure name by TLS', 'sips:example.com', host, ['tls 192.0.2.1 5061']],
    ['a name with port', 'sip:example.com:5070', host, ['udp 192.0.2.1 5070']],
    ['a secure name with port', 'sips:example.com:5071', host, ['tls 192.0.2.1 5071']],
    ['a name with transport', 'sip:example.com;transport=tcp', host, ['tcp 192.0.2.1 5060']],
    ['sips with transport=tcp', 'sips:example.com;transport=tcp', host, ['tls 192.0.2.1 5061']],
    ['sips with transport=udp', 'sips:example.com;transport=udp', host, []],
    ['an unknown transport', 'sip:example.com;transport=sctp', host, []],
    ['maddr', 'sip:elsewhere.example;maddr=example.com', host, ['udp 192.0.2.1 5060']],
    ['a final dot', 'sip:example.com.', host, ['udp 192.0.2.1 5060']],
    ['no such name', 'sip:nobody.example', host, []],
    [
      'both families, ours first',
      'sip:example.com',
      both,
      ['udp 2001:db8::1 5060', 'udp 192.0.2.1 5060'],
      { families: [6, 4] },
    ],
    ['IPv6 only', 'sip:example.com', both, ['udp 2001:db8::1 5060'], { families: [6] }],
    [
      'SRV by priority',
      'sip:example.com',
      {
        srv: { '_sip._udp.example.com': [srv(20, 0, 'b.example'), srv(10, 0, 'a.example', 5080)] },
        a: { 'a.example': ['192.0.2.10', '192.0.2.11'], 'b.example': ['192.0.2.20'] },
      },
      ['udp 192.0.2.10 5080', 'udp 192.0.2.11 5080', 'udp 192.0.2.20 5060'],
    ],
    [
      'SRV of TCP where there is none of UDP',
      'sip:example.com',
      { srv: { '_sip._tcp.example.com': [srv(1, 0, 'a.example')] }, a: { 'a.example': ['192.0.2.10'] } },
      ['tcp 192.0.2.10 5060'],
    ],
    [
      'SRV of the transport asked for',
      'sip:example.com;transport=tls',
      { srv: { '_sips._tcp.example.com': [srv(1, 0, 'a.example', 5063)] }, a: { 'a.example': ['192.0.2.10'] } },
      ['tls 192.0.2.10 5063'],
    ],
    [
      'no SRV with a port',
      'sip:example.com:5070',
      { srv: { '_sip._udp.example.com': [srv(1, 0, 'a.example')] }, ...host },
      ['udp 192.0.2.1 5070'],
    ],
    [
      'a service that is declined',
      'sip:example.com;transport=udp',
      { srv: { '_sip._udp.example.com': [srv(0, 0, '')] }, ...host },
      [],
    ],
    [
      'NAPTR by order and preference',
      'sip:example.com',
      {
        naptr: {
          'example.com': [
            naptr(50, 'SIP+D2U', '_sip._udp.example.com'),
            naptr(10, 'SIP+D2T', '_sip._tcp.other.example', 20),
            naptr(10, 'SIPS+D2T', '_sips._tcp.example.com', 10),
          ],
        },
        srv: {
          '_sips._tcp.example.com': [srv(1, 0, 'a.example', 5061)],
          '_sip._tcp.other.example': [srv(1, 0, 'a.example')],
          '_sip._udp.example.com': [srv(1, 0, 'a.example')],
        },
        a: { 'a.example': ['192.0.2.10'] },
      },
      ['tls 192.0.2.10 5061', 'tcp 192.0.2.10 5060', 'udp 192.0.2.10 5060'],
    ],
    [
      'of NAPTR only what is secure for sips',
      'sips:example.com',
      {
        naptr: {
          'example.com': [naptr(1, 'SIP+D2U', '_sip._udp.example.com'), naptr(2, 'sips+d2t', '_sips._tcp.example.com')],
        },
        srv: {
          '_sips._tcp.example.com': [srv(1, 0, 'a.example', 5061)],
          '_sip._udp.example.com': [srv(1, 0, 'a.example')],
        },
        a: { 'a.example': ['192.0.2.10'] },
      },
      ['tls 192.0.2.10 5061'],
    ],
    [
      'of NAPTR only transports we have',
      'sip:example.com',
      {
        naptr: {
          'example.com': [naptr(1, 'SIP+D2T', '_sip._tcp.example.com'), naptr(2, 'SIP+D2U', '_sip._udp.example.com')],
        },
        srv: { '_sip._udp.example.com': [srv(1, 0, 'a.example')], '_sip._tcp.example.com': [srv(1, 0, 'a.example')] },
        a: { 'a.example': ['192.0.2.10'] },
      },
      ['udp 192.0.2.10 5060'],
      { transports: ['udp'] },
    ],
    [
      'NAPTR of another kind',
      'sip:example.com',
      { naptr: { 'example.com': [naptr(1, 'E2U+sip', '', 1, 'u')] }, ...host },
      ['udp 192.0.2.1 5060'],
    ],
    [
      'a server that fails for NAPTR and SRV',
      'sip:example.com',
      { ...host, fails: ['naptr example.com', 'srv _sip._udp.example.com'] },
      ['udp 192.0.2.1 5060'],
    ],
    ['a server that fails', 'sip:example.com', { ...host, fails: ['example.com'] }, []],
    ['an SRV target without address', 'sip:example.com:5070', { fails: ['example.com'] }, []],
  ];
  for (const [what, uri, zone, found, setting] of cases) {
    it(`${what}: ${uri}`, async () => {
      assert.deepEqual((await targetsOf(uri, zone, setting)).found, found);
    });
  }

  for (const [uri, found] of [
    ['sip:192.0.2.7', 'udp 192.0.2.7 5060'],
    ['sip:192.0.2.7:5070;transport=tcp', 'tcp 192.0.2.7 5070'],
    ['sips:192.0.2.7', 'tls 192.0.2.7 5061'],
    ['sip:[2001:db8::7]', 'udp 2001:db8::7 5060'],
    ['sip:example.com;maddr=192.0.2.8', 'udp 192.0.2.8 5060'],
  ] as const) {
    it(`asks nobody about ${uri}`, async () => {
      assert.deepEqual(await targetsOf(uri, both), { found: [found], asked: [] });
    });
  }

  it('asks about SRV and NAPTR only where RFC 3263 does', async () => {
    assert.deepEqual((await targetsOf('sip:example.com:5070', host)).asked, ['a example.com']);
    assert.deepEqual((await targetsOf('sip:example.com;transport=tcp', host)).asked, [
      'srv _sip._tcp.example.com',
      'a example.com',
    ]);
    assert.deepEqual((await targetsOf('sip:example.com', host)).asked, [
      'naptr example.com',
      'srv _sip._udp.example.com',
      'srv _sip._tcp.example.com',
      'a example.com',
    ]);
  });

  it('gives up at the deadline and when it is closed', async () => {
    const { clock, resolver } = resolverOf({ ...host, silent: ['naptr example.com'] });
    const late = resolver.resolve(parseSipUri('sip:example.com'));
    clock.advance(5000);
    assert.deepEqual(await late, []);
    const closed = resolver.resolve(parseSipUri('sip:example.com'));
    resolver.dispose();
    assert.deepEqual(await closed, []);
    assert.equal(clock.pending, 0);
  });

  it('follows a bounded number of servers and addresses', async () => {
    const many = Array.from({ length: 200 }, (_, i) => srv(i, 0, `h${i}.example`));
    const a = Object.fromEntries(many.map(({ name }, i) => [name, [`192.0.2.${i}`]]));
    const { found, asked } = await targetsOf('sip:example.com;transport=udp', {
      srv: { '_sip._udp.example.com': many },
      a,
    });
    assert.equal(found.length, 16);
    assert.equal(asked.length, 17);
  });

  it('names what a certificate must be for: the domain, not the host that SRV gave', async () => {
    const { resolver } = resolverOf({
      srv: { '_sips._tcp.example.com': [srv(1, 0, 'a.hoster.example', 5061)] },
      a: { 'a.hoster.example': ['192.0.2.10'] },
    });
    assert.deepEqual(await resolver.resolve(parseSipUri('sips:example.com')), [
      { transport: 'tls', address: '192.0.2.10', port: 5061, name: 'example.com' },
    ]);
  });

  it('tries a target that failed after the others, for a minute', async () => {
    const zone = { a: { 'example.com': ['192.0.2.1', '192.0.2.2'] } };
    const { clock, resolver } = resolverOf(zone);
    const first = async (): Promise<string | undefined> =>
      (await resolver.resolve(parseSipUri('sip:example.com:5060')))[0]?.address;
    const [target] = await resolver.resolve(parseSipUri('sip:example.com:5060'));
    assert.ok(target);
    resolver.failed(target);
    assert.equal(await first(), '192.0.2.2');
    clock.advance(60_001);
    assert.equal(await first(), '192.0.2.1');
  });
});

describe('order of SRV records', () => {
  it('draws by weight within one priority', () => {
    const records = [srv(1, 10, 'a'), srv(1, 90, 'b'), srv(2, 100, 'c'), srv(1, 0, 'z')];
    assert.deepEqual(
      order(records, lowest).map(({ name }) => name),
      ['z', 'a', 'b', 'c'],
    );
    assert.deepEqual(
      order(records, highest).map(({ name }) => name),
      ['b', 'a', 'z', 'c'],
    );
  });

  it('shares load as the weights say', () => {
    const records = [srv(1, 25, 'a'), srv(1, 75, 'b')];
    let state = 7;
    const chance: Chance = {
      ...systemChance,
      int(min, max) {
        state = (state * 48_271) % 2_147_483_647;
        return min + (state % (max - min + 1));
      },
    };
    const firsts = Array.from({ length: 4000 }, () => order(records, chance)[0]?.name);
    const share = firsts.filter((name) => name === 'a').length / firsts.length;
    assert.ok(Math.abs(share - 0.25) < 0.03, `a came first in ${share}`);
  });
});
