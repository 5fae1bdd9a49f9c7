import assert from 'node:assert/strict';
import { maskSip } from '../../../src/services/diagnostics/mask.js';

function masked(lines: string[], body: string[] = [], secrets: string[] = []): string {
  const text = [...lines, '', ...body].join('\r\n') + (body.length > 0 ? '\r\n' : '\r\n');
  const out = maskSip(text, secrets);
  assert.equal(out.length, text.length, 'lengths stay');
  return out;
}

/** Each line of a head, alone, and what becomes of it. */
const heads: [what: string, line: string, shown: string][] = [
  [
    'a Digest answer',
    'Authorization: Digest username="anna", realm="r", nonce="n1", uri="sip:a", response="0123456789abcdef", cnonce="c0ffee", qop=auth, nc=00000001',
    'Authorization: Digest username="anna", realm="r", nonce="n1", uri="sip:a", response="xxxxxxxxxxxxxxxx", cnonce="xxxxxx", qop=auth, nc=00000001',
  ],
  ['one without quotes', 'authorization:Digest response=abcd,nc=1', 'authorization:Digest response=xxxx,nc=1'],
  [
    'one that is folded',
    'Proxy-Authorization: Digest username="a",\r\n response="ab cd"',
    'Proxy-Authorization: Digest username="a",\r\n response="xx xx"',
  ],
  ['Basic', 'Authorization: Basic YTpi', 'Authorization: Basic xxxx'],
  ['Bearer, folded', 'Authorization: Bearer abc\r\n\tdef', 'Authorization: Bearer xxx\r\n\txxx'],
  [
    'what a server proves',
    'Authentication-Info: rspauth="aa", nextnonce="n"',
    'Authentication-Info: rspauth="xx", nextnonce="n"',
  ],
  ['our token', 'X-Dualstream-Token: abc-123', 'X-Dualstream-Token: xxxxxxx'],
  ["somebody else's token", 'X-Auth-Token: abc', 'X-Auth-Token: xxx'],
  ['cookies', 'Cookie: a=b; c=d', 'Cookie: xxxx xxx'],
  ['a PIN in the Request-URI', 'INVITE sip:demo*1234@host:5060 SIP/2.0', 'INVITE sip:demo*xxxx@host:5060 SIP/2.0'],
  ['a PIN that is escaped', 'To: "D" <sip:demo%2a1234@host>', 'To: "D" <sip:demo%2axxxx@host>'],
  ['a PIN after other escapes', 'To: <sip:d%20emo%2A12@host>;tag=x1', 'To: <sip:d%20emo%2Axx@host>;tag=x1'],
  ['a PIN of a telephone address', 'To: <tel:88*4711;phone-context=x>', 'To: <tel:88*xxxx;phone-context=x>'],
  ['a password in an address', 'Contact: <sip:anna:secret@host:5060>', 'Contact: <sip:anna:xxxxxx@host:5060>'],
  [
    'a token in an address',
    'Refer-To: <sip:a@h;token=abc?X-Room-Token=d>',
    'Refer-To: <sip:a@h;token=xxx?X-Room-Token=x>',
  ],
];

/** What must stay readable. */
const plain = [
  'INVITE sip:demo@host:5060;transport=tcp SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1234;rport',
  'Contact: *',
  'Contact: <sip:demo@[2001:db8::1]:5060;transport=udp>',
  'WWW-Authenticate: Digest realm="r", nonce="n1", opaque="o"',
  'User-Agent: Tester/1.0 (response team)',
  'Accept: */*',
  'Subject: *1234',
];

describe('secrets of SIP messages', () => {
  for (const [what, line, shown] of heads) {
    it(`are crossed out: ${what}`, () => {
      const isStart = line.startsWith('INVITE ');
      const out = masked(isStart ? [line] : ['INVITE sip:a@b SIP/2.0', line]);
      assert.ok(out.includes(shown), out);
    });
  }

  it('leave everything else as it is', () => {
    const text = [...plain, '', ''].join('\r\n');
    assert.equal(maskSip(text), text);
  });

  it('are the words that the dial plan took for a PIN, inside addresses only', () => {
    const out = masked(
      ['INVITE sip:77001234@host SIP/2.0', 'To: <sip:77001234@host:1234>', 'CSeq: 1234 INVITE'],
      [],
      ['1234'],
    );
    assert.ok(out.includes('sip:7700xxxx@host SIP'));
    assert.ok(out.includes('<sip:7700xxxx@host:1234>'));
    assert.ok(out.includes('CSeq: 1234'));
  });

  it('are media keys, ICE passwords and pressed keys of bodies', () => {
    const sdp = [
      'v=0',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:secret',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20',
      'a=websocket-uri:wss://gw.example.org:8443/bfcp?token=abc1',
    ];
    const out = masked(['INVITE sip:a@b SIP/2.0', 'Content-Type: application/sdp'], sdp);
    assert.ok(out.includes('a=ice-ufrag:abcd\r\na=ice-pwd:xxxxxx\r\n'));
    assert.ok(out.includes('AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxx|2^20'));
    assert.ok(out.includes('a=websocket-uri:wss://gw.example.org:8443/bfcp?xxxxxxxxxx'));
  });

  it('are those of messages and addresses in bodies', () => {
    const fragment = [
      'INVITE sip:demo*1234@h SIP/2.0',
      'Authorization: Digest response="abcd", nc=1',
      'X-Auth-Token: t',
    ];
    const out = masked(['NOTIFY sip:a@b SIP/2.0', 'Content-Type: message/sipfrag;version=2.0'], fragment);
    assert.ok(out.includes('INVITE sip:demo*xxxx@h SIP/2.0\r\nAuthorization: Digest response="xxxx", nc=1'), out);
    assert.ok(out.includes('X-Auth-Token: x\r\n'));
    const xml = ['<user entity="sip:7700123456@h"><uri>sip:anna:word@h</uri></user>'];
    const info = masked(['NOTIFY sip:a@b SIP/2.0', 'c: application/conference-info+xml'], xml, ['123456']);
    assert.ok(info.includes('sip:7700xxxxxx@h') && info.includes('sip:anna:xxxx@h'), info);
  });

  const presses: [type: string, body: string, shown: string][] = [
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160', 'Signal=x\r\nDuration=160'],
    ['application/dtmf-relay', 'Signal= 11\r\nDuration= 160', 'Signal= xx\r\nDuration= 160'],
    ['application/dtmf', '5', 'x'],
    ['application/dtmf;charset=x', ' 11', ' xx'],
    ['application/vnd.nortelnetworks.digits', 'd="7"', 'd=xxx'],
    ['audio/telephone-event', '3', 'x'],
    ['application/kpml-response+xml', '<kpml digits="123" x="1"/>', '<kpml digits="xxx" x="1"/>'],
  ];
  for (const [type, body, shown] of presses) {
    it(`are keys told by ${type}: ${body.split('\r')[0]}`, () => {
      const out = masked(['INFO sip:a@b SIP/2.0', `c: ${type}`], [body]);
      assert.equal(out.slice(out.indexOf('\r\n\r\n') + 4).trimEnd(), shown);
    });
  }
});
