import assert from 'node:assert/strict';
import { printFloorAttributes, readFloorAttributes } from '../../../src/protocol/sdp/floor-attributes.js';

describe('BFCP attributes', () => {
  for (const [line, id, streams] of [
    ['a=floorid:2 mstrm:12', 2, ['12']],
    ['a=floorid:1 m-stream:3', 1, ['3']],
    ['a=floorid:1 mstrm 3', 1, ['3']],
    ['a=floorid:1 mstrm:10 11 slides', 1, ['10', '11', 'slides']],
    ['a=floorid:0 mstrm:2', 0, ['2']],
    ['a=floorid:7', 7, []],
    ['a=floorid: 4  mstrm: 5 ', 4, ['5']],
  ] as const) {
    it(line, () => assert.deepEqual(readFloorAttributes([line]).floors, [{ id, streams }]));
  }

  it('keeps every floor and both roles, in any order of lines', () => {
    const attributes = readFloorAttributes([
      'a=bfcpver:2 1',
      'a=floorid:2 mstrm:11',
      'a=userid:65535',
      'a=sendrecv',
      'a=floorid:1 mstrm:10',
      'a=floorctrl:c-only s-only',
      'a=confid:4294967295',
    ]);
    assert.deepEqual(attributes, {
      roles: ['c-only', 's-only'],
      confId: 4294967295,
      userId: 65535,
      floors: [
        { id: 2, streams: ['11'] },
        { id: 1, streams: ['10'] },
      ],
      versions: [2, 1],
    });
    assert.deepEqual(readFloorAttributes(printFloorAttributes(attributes)), attributes);
  });

  it('takes values out of range as missing', () => {
    const bad = [
      'a=confid:4294967296',
      'a=userid:65536',
      'a=floorid:x mstrm:1',
      'a=bfcpver:two',
      'a=floorctrl:',
      'a=confid',
    ];
    assert.deepEqual(readFloorAttributes(bad), { roles: [], confId: null, userId: null, floors: [], versions: [] });
  });
});
