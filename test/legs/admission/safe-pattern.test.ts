import assert from 'node:assert/strict';
import { longestMatched, safePattern, UnsafePattern } from '../../../src/legs/admission/safe-pattern.js';

describe('patterns of the dial plan', () => {
  it('that people write are taken, and match the whole text in any case', () => {
    for (const [source, fits, doesNot] of [
      ['demo|echo', 'DEMO', 'demos'],
      ['\\+?(\\d{3,15})', '+4930', '12'],
      ['([a-z0-9][a-z0-9._-]{0,63})\\*(\\d{4,16})', 'board*2468', 'board*246'],
      ['(?:0|\\+49)?(\\d+)', '+4930', '+'],
      ['sip:(.*)@(.*)\\.example\\.org', 'sip:a@b.example.org', 'sip:a@example.org'],
      ['(\\d+)\\*(\\d+)\\*(\\d+)', '1*2*3', '1*2'],
      ['[\\])*+]+', ')*]', 'a'],
      ['(?<room>\\d)(?!9)(?=.*1)\\d+?', '421', '491'],
      ['(?:\\d{2}){3}', '123456', '12345'],
      ['\\(a\\)\\{1,\\}x?', '(a){1,}', 'a'],
      ['', '', 'a'],
    ] as const) {
      const pattern = safePattern(source);
      assert.ok(pattern.test(fits), `${source} and ${fits}`);
      assert.ok(!pattern.test(doesNot), `${source} and ${doesNot}`);
    }
  });

  it('that would keep us busy are not', () => {
    for (const source of [
      '(a+)+',
      '(a*)*b',
      '(a|a)*b',
      '(?:a|ab)+c',
      '([a-z]+\\d*)+x',
      '((a?){3})*',
      '(?:(?:a{1,3}){1,9}){1,9}',
      '.*.*.*.*x',
      '\\d+\\d+\\d+\\d+x',
      'a?'.repeat(30) + 'a'.repeat(30),
      '(a{0,20}){9}',
      '(?=(a+)+)b',
    ]) {
      assert.throws(() => safePattern(source), UnsafePattern, source);
    }
    assert.throws(() => safePattern('['), UnsafePattern);
    assert.throws(() => safePattern('a)(b'), UnsafePattern);
  });

  it('that are taken answer in time, at their worst', () => {
    const worst = ['.*.*.*x', '(a?){15}a{20}b', '(?:a|b|ab){1,7}c', 'a*a*[ab]*c'];
    for (const source of worst) {
      const text = 'a'.repeat(longestMatched - 1) + '!';
      const since = performance.now();
      safePattern(source).test(text);
      const took = performance.now() - since;
      assert.ok(took < 1000, `${source} took ${took} ms`);
    }
  });
});
