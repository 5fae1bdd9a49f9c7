import assert from 'node:assert/strict';
import { DigitInputs } from '../../../src/legs/digit-inputs.js';
import { dtmfRelay, readDtmfInfo } from '../../../src/legs/sip/dtmf-info.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('digits in INFO', () => {
  const rows: [type: string, body: string, digit: string | null, durationMs: number | null][] = [
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5', 160],
    ['application/dtmf-relay', 'Signal= 5\nDuration= 250\n', '5', 250],
    ['Application/DTMF-Relay; charset=utf-8', '  signal = *  \r\nduration=100', '*', 100],
    ['application/dtmf-relay', 'Signal=a\r\n', 'A', null],
    ['application/dtmf-relay', 'Signal=10\r\nDuration=160', '*', 160],
    ['application/dtmf-relay', 'Signal=11\r\nDuration=160', '#', 160],
    ['application/dtmf-relay', 'Duration=160\r\nSignal=D', 'D', 160],
    ['application/dtmf-relay', 'Signal=7\r\nDuration=99999999', '7', null],
    ['application/dtmf-relay', 'Signal=7\r\nDuration=1', '7', 40],
    ['application/dtmf-relay', '9', '9', null],
    ['application/dtmf-relay', 'Signal=55', null, null],
    ['application/dtmf-relay', 'Signal=16\r\n', null, null],
    ['application/dtmf-relay', 'Signal=!\r\n', null, null],
    ['application/dtmf-relay', '', null, null],
    ['application/dtmf', ' # ', '#', null],
    ['application/dtmf', '10', '*', null],
    ['application/dtmf', '15\r\n', 'D', null],
    ['application/dtmf', '123', null, null],
    ['application/dtmf', 'Signal=3\r\nDuration=80', '3', 80],
    ['application/vnd.nortelnetworks.digits', 'p=Digit-Collection\r\ny=Digits\r\nd=Digits=8\r\n', '8', null],
    ['application/vnd.nortelnetworks.digits', 'Signal=4', '4', null],
    ['audio/telephone-event', '12', 'A', null],
    ['application/sdp', 'Signal=5', null, null],
    ['text/plain', '5', null, null],
    ['', '5', null, null],
  ];
  for (const [type, body, digit, durationMs] of rows) {
    it(`${type} ${JSON.stringify(body)}`, () => {
      assert.deepEqual(readDtmfInfo(type, body), digit === null ? null : { digit, durationMs });
    });
  }

  it('are read as they are written', () => {
    for (const digit of '0123456789*#ABCD') {
      assert.deepEqual(readDtmfInfo('application/dtmf-relay', dtmfRelay(digit, 120)), { digit, durationMs: 120 });
    }
  });
});

describe('digits told in two ways', () => {
  it('count once, in whatever order the two reports come', () => {
    const clock = new ManualClock();
    const inputs = new DigitInputs(clock);
    const heard: string[] = [];
    const press = (digit: string, way: 'rtp' | 'signalling', ms: number | null = 100): void => {
      if (inputs.take(digit, way, ms)) heard.push(digit);
      clock.advance(60);
    };
    press('5', 'signalling');
    press('5', 'rtp');
    press('5', 'rtp');
    press('5', 'signalling');
    press('7', 'signalling');
    press('8', 'signalling');
    press('7', 'rtp');
    press('8', 'rtp');
    assert.deepEqual(heard, ['5', '5', '7', '8']);
  });

  it('count each time when only one way is used', () => {
    const inputs = new DigitInputs(new ManualClock());
    assert.deepEqual(
      [1, 2, 3].map(() => inputs.take('1', 'rtp', 100)),
      [true, true, true],
    );
    const others = new DigitInputs(new ManualClock());
    assert.deepEqual(
      [1, 2, 3].map(() => others.take('1', 'signalling', null)),
      [true, true, true],
    );
  });

  it('are two presses when they are far apart, but not while one key is held down', () => {
    const clock = new ManualClock();
    const inputs = new DigitInputs(clock);
    assert.equal(inputs.take('1', 'signalling', null), true);
    clock.advance(5000);
    assert.equal(inputs.take('1', 'rtp', 5000), false, 'INFO at its start, RTP at its end');
    assert.equal(inputs.take('2', 'signalling', null), true);
    clock.advance(5000);
    assert.equal(inputs.take('2', 'rtp', 100), true);
  });

  it('are not looked for among all that a flood of them has left', () => {
    const inputs = new DigitInputs(new ManualClock());
    const begun = performance.now();
    for (let i = 0; i < 50_000; i += 1) assert.ok(inputs.take('1', 'signalling', 65_535));
    assert.ok(performance.now() - begun < 2_000);
    // the other report of the last of them still is none of its own
    assert.ok(!inputs.take('1', 'rtp', 65_535));
  });
});
