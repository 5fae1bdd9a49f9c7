import assert from 'node:assert/strict';
import { routed, type Dialog } from '../../../src/protocol/sip/dialog.js';
import {
  arrival,
  bestOf,
  breadthOf,
  departure,
  forwarded,
  hopsLeft,
  withoutTopVia,
} from '../../../src/protocol/sip/forward.js';
import { Headers, noBody, type SipRequest, type SipResponse } from '../../../src/protocol/sip/message.js';

const isOurs = (uri: string): boolean => uri.includes('us.example');

function requestOf(uri: string, headers: [string, string][] = []): SipRequest {
  return {
    kind: 'request',
    method: 'INFO',
    uri,
    headers: new Headers(headers.map(([name, value]) => ({ name, value }))),
    body: noBody,
  };
}

function responseOf(status: number, headers: [string, string][] = []): SipResponse {
  return {
    kind: 'response',
    status,
    reason: 'x',
    headers: new Headers(headers.map(([name, value]) => ({ name, value }))),
    body: noBody,
  };
}

describe('routes of a request that arrives (RFC 3261 §16.4)', () => {
  const cases: [
    what: string,
    uri: string,
    routes: string[],
    expected: { uri: string; routes: string[]; ours: boolean },
  ][] = [
    ['none', 'sip:bob@x.example', [], { uri: 'sip:bob@x.example', routes: [], ours: false }],
    ['ours', 'sip:bob@x.example', ['<sip:us.example;lr>'], { uri: 'sip:bob@x.example', routes: [], ours: true }],
    [
      'ours twice',
      'sip:bob@x.example',
      ['<sip:us.example;lr>', '<sip:us.example;transport=tcp;lr>'],
      { uri: 'sip:bob@x.example', routes: [], ours: true },
    ],
    [
      'ours in one line with another',
      'sip:bob@x.example',
      ['<sip:us.example;lr>, <sip:y.example;lr>'],
      { uri: 'sip:bob@x.example', routes: ['<sip:y.example;lr>'], ours: true },
    ],
    [
      'another first',
      'sip:bob@x.example',
      ['<sip:y.example;lr>', '<sip:us.example;lr>'],
      { uri: 'sip:bob@x.example', routes: ['<sip:y.example;lr>', '<sip:us.example;lr>'], ours: false },
    ],
    [
      'a strict router before us',
      'sip:us.example;lr',
      ['<sip:y.example;lr>', '<sip:bob@x.example>'],
      { uri: 'sip:bob@x.example', routes: ['<sip:y.example;lr>'], ours: true },
    ],
    [
      'a Request-URI of ours that is no route',
      'sip:room@us.example',
      ['<sip:y.example;lr>'],
      { uri: 'sip:room@us.example', routes: ['<sip:y.example;lr>'], ours: false },
    ],
    [
      'a Request-URI of ours without Route',
      'sip:us.example;lr',
      [],
      { uri: 'sip:us.example;lr', routes: [], ours: false },
    ],
  ];
  for (const [what, uri, routes, expected] of cases) {
    it(what, () => {
      const request = requestOf(
        uri,
        routes.map((route) => ['Route', route]),
      );
      assert.deepEqual(arrival(request, isOurs), expected);
    });
  }
});

describe('routes of a request that leaves (RFC 3261 §12.2.1.1, §16.6)', () => {
  const cases: [what: string, routes: string[], uri: string, left: string[], next: string][] = [
    ['none', [], 'sip:bob@x.example', [], 'sip:bob@x.example'],
    [
      'a loose router',
      ['<sip:a.example;lr>', '<sip:b.example>'],
      'sip:bob@x.example',
      ['<sip:a.example;lr>', '<sip:b.example>'],
      'sip:a.example;lr',
    ],
    [
      'a strict router',
      ['<sip:a.example>', '<sip:b.example;lr>'],
      'sip:a.example',
      ['<sip:b.example;lr>', '<sip:bob@x.example>'],
      'sip:a.example',
    ],
  ];
  for (const [what, routes, uri, left, next] of cases) {
    it(what, () => assert.deepEqual(departure('sip:bob@x.example', routes), { uri, routes: left, next }));
    it(`${what}, inside a dialog of our own`, () => {
      const dialog = { routes } as unknown as Dialog;
      assert.deepEqual(routed(dialog, 'sip:bob@x.example'), { uri, routes: left });
    });
  }

  it('a strict router whose URI says more than a Request-URI may', () => {
    const dialog = { routes: ['<sip:a.example;method=INVITE;transport=tcp?Subject=x>'] } as unknown as Dialog;
    assert.equal(routed(dialog, 'sip:bob@x.example').uri, 'sip:a.example;transport=tcp');
  });
});

describe('a request on its way', () => {
  it('counts hops: as written, bounded, and 70 for one that does not say', () => {
    const left = (value?: string): number =>
      hopsLeft(requestOf('sip:x', value === undefined ? [] : [['Max-Forwards', value]]));
    assert.deepEqual([left('0'), left('7'), left('999'), left('x'), left()], [0, 7, 255, 71, 71]);
    const breadth = (value?: string): number =>
      breadthOf(requestOf('sip:x', value === undefined ? [] : [['Max-Breadth', value]]));
    assert.deepEqual([breadth('1'), breadth('99'), breadth()], [1, 60, 60]);
  });

  it('keeps its headers in order, compact names and body, and gets a length', () => {
    const request = {
      ...requestOf('sip:x', [
        ['v', 'SIP/2.0/UDP a'],
        ['X-A', '1'],
        ['k', 'timer'],
        ['Route', '<sip:gone>'],
      ]),
      body: Buffer.from('body'),
    };
    const how = {
      uri: 'sip:y',
      via: 'SIP/2.0/UDP us',
      recordRoutes: ['<sip:us;lr>'],
      routes: ['<sip:z;lr>'],
      maxBreadth: null,
    };
    assert.deepEqual(
      [...forwarded(request, how).headers].map(({ name, value }) => `${name}: ${value}`),
      [
        'Via: SIP/2.0/UDP us',
        'Via: SIP/2.0/UDP a',
        'Record-Route: <sip:us;lr>',
        'Route: <sip:z;lr>',
        'Max-Forwards: 70',
        'X-A: 1',
        'k: timer',
        'Content-Length: 4',
      ],
    );
  });
});

describe('a response on its way back', () => {
  it('loses the topmost Via, on a line of its own or with others', () => {
    const vias = (...lines: string[]): string[] =>
      withoutTopVia(
        responseOf(
          200,
          lines.map((line) => ['Via', line]),
        ),
      ).headers.all('via');
    assert.deepEqual(vias('SIP/2.0/UDP us', 'SIP/2.0/UDP a'), ['SIP/2.0/UDP a']);
    assert.deepEqual(vias('SIP/2.0/UDP us, SIP/2.0/UDP a, SIP/2.0/UDP b'), ['SIP/2.0/UDP a, SIP/2.0/UDP b']);
    assert.deepEqual(vias('SIP/2.0/UDP us', 'SIP/2.0/UDP a, SIP/2.0/UDP b'), ['SIP/2.0/UDP a, SIP/2.0/UDP b']);
  });

  it('is the best of all', () => {
    const best = (...statuses: number[]): number | undefined =>
      bestOf(statuses.map((status) => responseOf(status)))?.status;
    assert.equal(best(), undefined);
    assert.equal(best(486, 404), 486);
    assert.equal(best(404, 503, 408), 404);
    assert.equal(best(404, 420), 420);
    assert.equal(best(500, 503), 500);
    assert.equal(best(502, 503), 502);
    assert.equal(best(503), 500);
    assert.equal(best(484, 604, 302), 604);
  });

  it('does not promise for us when another server is busy', () => {
    assert.equal(bestOf([responseOf(503, [['Retry-After', '60']])])?.headers.has('retry-after'), false);
  });
});
