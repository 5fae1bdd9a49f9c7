import assert from 'node:assert/strict';
import { startChild, type ChildSpec, type ManagedChild } from '../../src/base/child.js';
import { systemClock } from '../../src/base/clock.js';
import { next } from '../../src/base/events.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics } from '../../src/base/metrics.js';
import { SkewClock } from '../support/skew-clock.js';
import { waitUntil } from '../support/wait.js';

const metrics = createMetrics();
const tools = { clock: systemClock, log: silentLog, metrics };

function script(source: string, more: Partial<ChildSpec> = {}): ChildSpec {
  return { name: 'test', command: process.execPath, args: ['-e', source], ...more };
}

const stays = 'setInterval(() => {}, 1000)';

function gone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** Starts a child, hands it over and stops it whatever happens. */
async function withChild(spec: ChildSpec, work: (child: ManagedChild) => Promise<void>): Promise<void> {
  const child = await startChild(spec, tools);
  try {
    await work(child);
  } finally {
    await child.stop();
  }
}

describe('a managed child process', () => {
  it('is up when its ping is answered, hears what it prints and is written to', async () => {
    const lines: string[] = [];
    let pings = 0;
    let heard: () => void = () => undefined;
    const echoed = new Promise<void>((resolve) => (heard = resolve));
    const ping = (): Promise<void> => (++pings < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve());
    const onLine = (line: string): void => {
      lines.push(line);
      if (line === 'hello') heard();
    };
    await withChild(script('process.stdin.pipe(process.stdout)', { ping, onLine }), async (child) => {
      assert.ok(child.up && pings === 3);
      child.write('hel');
      child.write('lo\n');
      await echoed;
      assert.deepEqual(lines, ['hello']);
    });
  });

  it('is started again after it was killed', async () => {
    await withChild(script(stays), async (child) => {
      const first = child.pid ?? 0;
      const down = next(child.on, 'down');
      const up = next(child.on, 'up');
      process.kill(first, 'SIGKILL');
      assert.deepEqual(await down, { reason: 'SIGKILL' });
      assert.equal(child.up, false);
      const { pid } = await up;
      assert.notEqual(pid, first);
      assert.ok(!gone(pid));
    });
  });

  it('is started again ever later when it dies time and again, and at once after a steady while', async () => {
    const clock = new SkewClock();
    const child = await startChild(script(stays), { ...tools, clock });
    const downFor = async (): Promise<number> => {
      const down = next(child.on, 'down');
      const up = next(child.on, 'up');
      process.kill(child.pid ?? 0, 'SIGKILL');
      await down;
      const [wait = 0] = clock.waits;
      clock.skip(wait);
      await up;
      return Math.ceil(wait / 100) * 100;
    };
    try {
      assert.deepEqual([await downFor(), await downFor(), await downFor()], [200, 400, 800]);
      clock.skip(11_000);
      assert.equal(await downFor(), 200);
    } finally {
      await child.stop();
    }
  });

  it('is not started again where that is not wanted', async () => {
    await withChild(script('setTimeout(() => {}, 200)', { restart: false }), async (child) => {
      assert.deepEqual(await next(child.on, 'down'), { reason: 'exit code 0' });
      assert.equal(child.pid, null);
    });
  });

  it('is killed and started again when its pings are lost', async () => {
    let answering = true;
    const ping = (): Promise<void> => (answering ? Promise.resolve() : Promise.reject(new Error('lost')));
    await withChild(script(stays, { ping, pingMs: 5 }), async (child) => {
      const up = next(child.on, 'up');
      answering = false;
      await next(child.on, 'down');
      answering = true;
      await up;
    });
  });

  it('is reported when it cannot start or does not get ready', async () => {
    await assert.rejects(
      startChild({ name: 'x', command: '/no/such/program', args: [] }, tools),
      /no\/such\/program cannot be started: is it installed/,
    );
    await assert.rejects(
      startChild(script('process.exit(3)', { ping: () => Promise.reject(new Error('no')) }), tools),
      /3/,
    );
    const deaf = script(stays, { ping: () => Promise.reject(new Error('no answer')), readyMs: 100 });
    await assert.rejects(startChild(deaf, tools), /does not answer: no answer/);
  });

  it('is gone when it was stopped, also when it does not listen to SIGTERM', async () => {
    const source = `process.on('SIGTERM', () => {}); console.log('deaf'); ${stays}`;
    let deaf: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (deaf = resolve));
    const child = await startChild(script(source, { onLine: () => deaf() }), tools);
    await ready;
    const pid = child.pid ?? 0;
    await Promise.all([child.stop(), child.stop()]);
    assert.ok(gone(pid));
  });

  it('ends with us when we are killed', async () => {
    const ours = `
      import { startChild } from './src/base/child.ts';
      import { systemClock } from './src/base/clock.ts';
      const nothing = () => {};
      const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
      const child = await startChild({ name: 'x', command: 'sleep', args: ['60'] }, { clock: systemClock, log, metrics: { count: nothing } });
      console.log(child.pid);
      ${stays};`;
    let tell: (pid: number) => void = () => undefined;
    const told = new Promise<number>((resolve) => (tell = resolve));
    const args = ['--import', 'tsx', '--input-type=module', '-e', ours];
    const spec = {
      name: 'us',
      command: process.execPath,
      args,
      restart: false,
      onLine: (line: string) => tell(Number(line)),
    };
    await withChild(spec, async (us) => {
      const grandchild = await told;
      const down = next(us.on, 'down');
      process.kill(us.pid ?? 0, 'SIGKILL');
      await down;
      await waitUntil(() => gone(grandchild), 2000);
    });
  });

  it('does not see our environment', async () => {
    process.env['DUALSTREAM_TEST_SECRET'] = 'x';
    let tell: (line: string) => void = () => undefined;
    const told = new Promise<string>((resolve) => (tell = resolve));
    const spec = script(`console.log(Object.keys(process.env).sort().join()); ${stays}`, {
      env: { EXTRA: '1' },
      onLine: (line) => tell(line),
    });
    await withChild(spec, async () => assert.equal(await told, 'EXTRA,HOME,LANG,PATH'));
  });
});
