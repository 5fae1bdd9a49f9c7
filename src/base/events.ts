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

/** Typed synchronous event source. */
export class Emitter<M> implements Events<M> {
  private readonly listeners = new Map<keyof M, Set<(value: never) => void>>();

  on<K extends keyof M>(name: K, listener: (value: M[K]) => void): Disposable {
    let set = this.listeners.get(name);
    if (!set) this.listeners.set(name, (set = new Set()));
    set.add(listener);
    return { dispose: () => void set.delete(listener) };
  }

  emit<K extends keyof M>(name: K, value: M[K]): void {
    const set = this.listeners.get(name);
    if (!set) return;
    for (const listener of [...set]) {
      try {
        (listener as (value: M[K]) => void)(value);
      } catch (error) {
        onListenerError(error, String(name));
      }
    }
  }

  /** How many listeners are left; tests assert zero. */
  get size(): number {
    let n = 0;
    for (const set of this.listeners.values()) n += set.size;
    return n;
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
