import assert from 'node:assert/strict';
import { Disposables } from '../../src/base/disposables.js';
import { Emitter, next, setListenerErrorHandler, type Events } from '../../src/base/events.js';

describe('base/events', () => {
  afterEach(() => setListenerErrorHandler(() => undefined));

  it('keeps a throwing listener from disturbing the emitter and the others', () => {
    const failures: [string, string][] = [];
    setListenerErrorHandler((error, event) => failures.push([String(error), event]));
    const emitter = new Emitter<{ tick: number }>();
    const heard: number[] = [];
    emitter.on('tick', () => {
      throw new Error('no');
    });
    emitter.on('tick', (value) => heard.push(value));
    emitter.emit('tick', 7);
    assert.deepEqual(heard, [7]);
    assert.deepEqual(failures, [['Error: no', 'tick']]);
  });

  it('lets a listener leave while it is being told', () => {
    const emitter = new Emitter<{ tick: undefined }>();
    let calls = 0;
    const once = emitter.on('tick', () => {
      calls += 1;
      once.dispose();
    });
    emitter.on('tick', () => (calls += 10));
    emitter.emit('tick', undefined);
    emitter.emit('tick', undefined);
    assert.equal(calls, 21);
    assert.equal(emitter.size, 1);
  });

  it('tells whom it began to tell, each by its own event, and leaves the others alone', () => {
    const emitter = new Emitter<{ tick: number; tock: number }>();
    const heard: string[] = [];
    const first = emitter.on('tick', () => {
      heard.push('first');
      second.dispose();
      emitter.on('tick', () => heard.push('late'));
    });
    const second = emitter.on('tick', () => heard.push('second'));
    emitter.on('tock', () => heard.push('tock'));
    emitter.emit('tick', 1);
    assert.deepEqual(heard, ['first', 'second'], 'a list of its own for each round');
    first.dispose();
    first.dispose();
    assert.equal(emitter.size, 2);
    emitter.emit('tick', 2);
    emitter.emit('tock', 3);
    assert.deepEqual(heard.slice(2), ['late', 'tock']);
  });

  it('gives the next fitting value and lets go', async () => {
    const emitter = new Emitter<{ tick: number }>();
    const events: Events<{ tick: number }> = emitter;
    const even = next(events, 'tick', (value) => value % 2 === 0);
    for (const value of [1, 3, 4, 6]) emitter.emit('tick', value);
    assert.equal(await even, 4);
    assert.equal(emitter.size, 0);
  });
});

describe('base/disposables', () => {
  it('undoes in reverse order, once, and what comes too late at once', () => {
    const bag = new Disposables();
    const order: string[] = [];
    bag.defer(() => order.push('first'));
    bag.defer(() => order.push('second'));
    bag.dispose();
    bag.dispose();
    bag.defer(() => order.push('late'));
    assert.deepEqual(order, ['second', 'first', 'late']);
    assert.equal(bag.disposed, true);
  });
});
