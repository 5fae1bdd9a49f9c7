import type { Disposable } from './disposables.js';

/** The listening half of an emitter. `M` maps event names to their single argument. */
export interface Events<M> {
  on<K extends keyof M>(name: K, listener: (value: M[K]) => void): Disposable;
}

/** Called with whatever a listener threw; set once by the composition root. */
export type ListenerErrorHandler = (error: unknown, event: string) => void;

let onListenerError: ListenerErrorHandler = () => undefined;

/** A throwing listener never disturbs the emitter or its other listeners; what it threw goes here. */
export function setListenerErrorHandler(handler: ListenerErrorHandler): void {
  onListenerError = handler;
}

/** One listener of an emitter; disposing it takes the listener off. */
class Subscription<M> implements Disposable {
  constructor(
    private readonly emitter: Emitter<M>,
    readonly name: keyof M,
    readonly listener: (value: never) => void,
  ) {}

  dispose(): void {
    this.emitter.remove(this);
  }
}

const none: readonly never[] = [];

/**
 * Typed synchronous event source. A call has hundreds of listeners that hardly ever change: they stand in one list that is
 * replaced as a whole, which is the smallest they can be kept in.
 */
export class Emitter<M> implements Events<M> {
  private subscriptions: readonly Subscription<M>[] = none;

  on<K extends keyof M>(name: K, listener: (value: M[K]) => void): Disposable {
    const subscription = new Subscription<M>(this, name, listener);
    // unlike a push, which makes room for 17 at once
    this.subscriptions = this.subscriptions.concat(subscription);
    return subscription;
  }

  emit<K extends keyof M>(name: K, value: M[K]): void {
    for (const subscription of this.subscriptions) {
      if (subscription.name !== name) continue;
      try {
        (subscription.listener as (value: M[K]) => void)(value);
      } catch (error) {
        onListenerError(error, String(name));
      }
    }
  }

  /** For its subscriptions alone. */
  remove(subscription: Subscription<M>): void {
    const at = this.subscriptions.indexOf(subscription);
    if (at >= 0) this.subscriptions = this.subscriptions.toSpliced(at, 1);
  }

  /** How many listeners are left; tests assert zero. */
  get size(): number {
    return this.subscriptions.length;
  }
}

/** Resolves with the next value of an event that passes `test`. The caller adds its own deadline. */
export function next<M, K extends keyof M>(
  events: Events<M>,
  name: K,
  test: (v: M[K]) => boolean = () => true,
): Promise<M[K]> {
  return new Promise((resolve) => {
    const sub = events.on(name, (value) => {
      if (!test(value)) return;
      sub.dispose();
      resolve(value);
    });
  });
}
