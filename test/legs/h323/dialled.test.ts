import assert from 'node:assert/strict';
import { dialledIn, type Dialled } from '../../../src/legs/h323/dialled.js';
import type { Called } from '../../../src/protocol/h323/call/contract.js';

describe('what was dialled by H.323', () => {
  const rows: [what: string, called: Partial<Called>, name: Dialled['name'], alias?: Dialled['alias']][] = [
    ['nothing', {}, null],
    ['a number', { aliases: [{ dialledDigits: '4711' }] }, '4711'],
    ['a number with # in it', { aliases: [{ dialledDigits: '47#11' }] }, '47#11'],
    ['a name', { aliases: [{ 'h323-ID': 'meeting' }] }, 'meeting'],
    ['a name with the NUL that some stacks count', { aliases: [{ 'h323-ID': 'meeting\0' }] }, 'meeting'],
    ['a URL', { aliases: [{ 'url-ID': 'h323:meeting@example.org' }] }, 'meeting@example.org'],
    ['a URL in capitals', { aliases: [{ 'url-ID': 'H323:meeting' }] }, 'meeting'],
    ['an e-mail address', { aliases: [{ 'email-ID': 'meeting@example.org' }] }, 'meeting@example.org'],
    [
      'a party number',
      {
        aliases: [{ partyNumber: { e164Number: { publicTypeOfNumber: { unknown: true }, publicNumberDigits: '49' } } }],
      },
      '49',
    ],
    ['our address and a room', { aliases: [{ 'h323-ID': '192.0.2.1##meeting' }] }, 'meeting'],
    ['a room and our address', { aliases: [{ 'h323-ID': 'meeting##192.0.2.1' }] }, 'meeting'],
    ['our address with its port', { aliases: [{ 'h323-ID': '192.0.2.1:1720##4711' }] }, '4711'],
    ['our IPv6 address and a room', { aliases: [{ 'h323-ID': '[2001:db8::1]##meeting' }] }, 'meeting'],
    ['our address alone', { aliases: [{ 'h323-ID': '192.0.2.1' }] }, null],
    [
      'our address as such',
      { aliases: [{ transportID: { ipAddress: { ip: Buffer.from([192, 0, 2, 1]), port: 1720 } } }] },
      null,
    ],
    ['only a called party number', { number: '4711' }, '4711'],
    ['a name, and a number beside it', { aliases: [{ 'h323-ID': 'meeting' }], number: '4711' }, 'meeting', '4711'],
    ['the same twice', { aliases: [{ dialledDigits: '4711' }], number: '4711' }, '4711'],
    [
      'somebody behind the destination',
      { aliases: [{ dialledDigits: '100' }], extension: { dialledDigits: '4711' } },
      '4711',
      '100',
    ],
  ];
  for (const [what, called, name, alias = null] of rows) {
    it(`${what}: ${name ?? 'the address only'}`, () => {
      assert.deepEqual(dialledIn({ called: { aliases: [], number: '', extension: null, ...called } }), { name, alias });
    });
  }
});
