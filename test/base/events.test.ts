import assert from 'node:assert/strict';
import { Disposables } from '../../src/base/disposables.js';
import { Emitter, setListenerErrorHandler } from '../../src/base/events.js';

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
