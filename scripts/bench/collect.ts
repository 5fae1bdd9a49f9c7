import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';

const openMs = 5000;
const collectMs = 30_000;

/** Answers of Node.js's inspector, and what it tells by itself. */
interface Said {
  id?: number;
  method?: string;
  params?: { sessionId?: string; message?: string };
}

const order = JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' });

/**
 * Has every thread of a process collect its garbage, by the inspector that it opens at `port` of 127.0.0.1 on SIGUSR1
 * (`--inspect-port`). Whatever else a heap holds then is in use.
 */
export async function collectGarbage(pid: number, port: number): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await inspectorAt(port), { perMessageDeflate: false });
  const done = new Promise<void>((resolve, reject) => {
    const waiting = new Set<string>(['main']);
    const over = (who: string): void => {
      waiting.delete(who);
      if (waiting.size === 0) resolve();
    };
    socket.on('error', reject);
    socket.on('open', () => {
      // workers are told of before the answer to this
      socket.send(JSON.stringify({ id: 2, method: 'NodeWorker.enable', params: { waitForDebuggerOnStart: false } }));
      socket.send(order);
    });
    socket.on('message', (data: Buffer) => {
      const { id, method, params: { sessionId = '', message = '' } = {} } = JSON.parse(data.toString()) as Said;
      if (id === 1) over('main');
      if (method === 'NodeWorker.attachedToWorker') {
        waiting.add(sessionId);
        const params = { sessionId, message: order };
        socket.send(JSON.stringify({ id: 3, method: 'NodeWorker.sendMessageToWorker', params }));
      }
      if (method === 'NodeWorker.receivedMessageFromWorker' && (JSON.parse(message) as Said).id === 1) over(sessionId);
    });
  });
  try {
    const late = pause(collectMs, undefined, { ref: false }).then(() => Promise.reject(new Error('no collection')));
    await Promise.race([done, late]);
  } finally {
    socket.terminate();
  }
}

async function inspectorAt(port: number): Promise<string> {
  for (const deadline = performance.now() + openMs; ; await pause(20)) {
    try {
      const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        webSocketDebuggerUrl: string;
      }[];
      if (target) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}
