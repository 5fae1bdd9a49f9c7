/** Something that can be undone once; calling it again does nothing. */
export interface Disposable {
  dispose(): void;
}

/** A bag of things to undo together, last added first undone. Adding to a closed bag undoes at once. */
export class Disposables implements Disposable {
  private items: Disposable[] = [];
  private closed = false;

  add<T extends Disposable>(item: T): T {
    if (this.closed) item.dispose();
    else this.items.push(item);
    return item;
  }

  /** Adds a plain function. */
  defer(fn: () => void): void {
    this.add({ dispose: fn });
  }

  get disposed(): boolean {
    return this.closed;
  }

  dispose(): void {
    if (this.closed) return;
    this.closed = true;
    const items = this.items.reverse();
    this.items = [];
    for (const item of items) item.dispose();
  }
}
