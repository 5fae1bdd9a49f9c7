import { messageOf } from '../../base/errors.js';

/** Hands out port numbers to try, or 0 to let the system pick. */
export interface PortSource {
  next(): number;
}

/** Lets the system pick. */
export const anyPort: PortSource = { next: () => 0 };

/** Ports first..last in turn, starting where the caller likes; both included. */
export function portRange(first: number, last: number, start = first): PortSource {
  let port = start;
  return {
    next() {
      const current = port;
      port = port >= last ? first : port + 1;
      return current;
    },
  };
}

const attempts = 50;

/** Binds with one port after the other until one is free. Rejects with the system's error when none was. */
export async function bindNext<T>(ports: PortSource, bind: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await bind(ports.next());
    } catch (error) {
      if (attempt >= attempts || !/EADDRINUSE|EACCES/.test(messageOf(error))) throw error;
    }
  }
}
