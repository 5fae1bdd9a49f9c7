import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import type { EndpointEvent } from '../../scripts/endpoint/events.js';
import type { RoomSnapshot } from '../../src/services/api/contract.js';
import { skipWithout } from './support/needs.js';
import { Product } from './support/product.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const patience = 10_000;

describe('dual stream without hardware', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'demo-'));
  const options = ['--bind', here, '--ports', 'auto', '--rtpengine', 'off', '--data', directory];
  const running: Product[] = [];
  const endpoints: Endpoint[] = [];
  const own = (product: Product): Product => {
    running.push(product);
    return product;
  };

  before(function () {
    skipWithout(this, ['ffmpeg']);
  });

  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((one) => one.hangup()));
    for (const product of running.splice(0)) await product.end();
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is brought in, presents, takes the floor and is sent away by the landing page', async () => {
    const gateway = own(Product.start(...options));
    await gateway.printed(/is ready\.[\s\S]*Ctrl-C ends/);
    const uri = gateway.find(/(sip:demo@127\.0\.0\.1:\d+)\n/);
    const page = new Page(gateway.find(/(http:\/\/localhost:\d+)\n/));
    await page.signIn('Anna');
    const caller = await startEndpoint({ uri, name: 'CALLER', bind: here, audio: 'silence', quiet: true });
    endpoints.push(caller);
    assert.deepEqual(await page.roster(), ['CALLER']);

    const asked = performance.now();
    assert.deepEqual(await page.demo('start'), { running: true });
    await seesSlidesOf(caller, 'DEMO');
    figure('button to the slides of the demo room system', performance.now() - asked);
    assert.deepEqual(await page.roster(), ['CALLER', 'DEMO']);
    assert.deepEqual(await page.demo('start'), { running: true });

    assert.equal(await caller.share(), 'granted');
    await until('the floor to be ours', patience, async () => (await page.presenter()) === 'CALLER' || null);
    const taken = performance.now();
    await page.demo('take-floor');
    await caller.waitFor(({ floor }) => floor === 'revoked', patience, 'the floor to be taken');
    await seesSlidesOf(caller, 'DEMO');
    figure('button to the slides after the floor was taken', performance.now() - taken);
    assert.equal(await page.presenter(), 'DEMO');

    const before = gateway.processes().length;
    assert.deepEqual(await page.demo('stop'), { running: false });
    await caller.waitFor(({ holder, content }) => holder === null && content.from === null, patience, 'the end of it');
    await until('the seat to be free', patience, async () => (await page.roster()).join() === 'CALLER' || null);
    assert.ok(gateway.processes().length < before);
    assert.equal(caller.state.phase, 'connected');

    assert.deepEqual(await page.demo('take-floor'), { running: true });
    await seesSlidesOf(caller, 'DEMO');
  });

  it('calls, presents and hangs up as npm run endpoint, telling all as JSON lines', async () => {
    const gateway = own(Product.start(...options));
    await gateway.printed(/is ready\./);
    const uri = gateway.find(/(sip:demo@127\.0\.0\.1:\d+)\n/);
    const words = ['--', uri, '--share', 'test-pattern', '--duration', '3'];
    const endpoint = own(Product.run('npm', 'run', '--silent', 'endpoint', ...words));
    assert.deepEqual(await endpoint.over, { code: 0, signal: null });
    const events = endpoint.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EndpointEvent);
    const told = events.map((one) => (one.event === 'floor' ? `floor ${one.state}` : one.event));
    for (const event of ['calling', 'connected', 'sharing', 'floor granted', 'heard', 'ended']) {
      assert.ok(told.includes(event), `${event}: ${told.join()}`);
    }
    const lines = events.find((one) => one.event === 'connected');
    assert.match(JSON.stringify(lines), /"video":"H264\/.*"content":"H264\/.*"floor":"UDP/);
    assert.ok(told.indexOf('connected') < told.indexOf('floor granted'));
    assert.equal(told.at(-1), 'ended');

    const nobody = own(Product.run('npm', 'run', '--silent', 'endpoint', '--', uri.replace('demo', 'no such room')));
    assert.equal((await nobody.over).code, 2);
    const wrong = own(Product.run('npm', 'run', '--silent', 'endpoint', '--', uri, '--vendor', 'nobody'));
    assert.notEqual((await wrong.over).code, 0);
    assert.match(wrong.output + wrong.errors, /cisco.*poly/);
  });

  it('is a room of three by npm run demo, until Ctrl-C', async () => {
    const demo = own(Product.run('npm', 'run', 'demo', '--', ...options));
    const ms = await demo.printed(/Studio \(tandberg\) is in sip:demo@/);
    figure('npm run demo until three are in the room', ms);
    for (const words of ['Lobby (cisco) is in', 'Board (poly) is in', 'Lobby: floor granted']) {
      await until(words, patience, () => demo.output.includes(words) || null);
    }
    await demo.printed(/(Board|Studio) sees LOBBY on its content line/);
    await demo.printed(/Lobby sees (BOARD|STUDIO) on its main line/);
    demo.processes();
    const ports = demo.ports();
    demo.signalJob('SIGINT');
    assert.equal((await demo.over).code, 0, demo.errors);
    for (const name of ['Lobby', 'Board', 'Studio']) {
      assert.match(demo.output, new RegExp(`${name} left: .*The gateway is shutting down`));
    }
    await demo.leavesNothing(ports);
  });
});

/** What the landing page asks of the gateway. */
class Page {
  private token = '';

  constructor(private readonly origin: string) {}

  async signIn(name: string): Promise<void> {
    this.token = ((await this.ask('POST', '/session', { room: 'demo', name })) as { token: string }).token;
  }

  demo(action: 'start' | 'take-floor' | 'stop'): Promise<unknown> {
    return this.ask('POST', '/demo', { action });
  }

  async roster(): Promise<string[]> {
    return (await this.room()).participants.map(({ name }) => name).sort();
  }

  async presenter(): Promise<string | null> {
    return (await this.room()).floor.holder?.name ?? null;
  }

  private room(): Promise<RoomSnapshot> {
    return this.ask('GET', '/rooms/demo') as Promise<RoomSnapshot>;
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = {
      ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const given = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await fetch(`${this.origin}/api/v1${path}`, given);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text) as unknown;
  }
}

function seesSlidesOf(endpoint: Endpoint, name: string): Promise<unknown> {
  const test = ({ from, kind }: Endpoint['state']['content']): boolean => from === name && kind === 'slides';
  return endpoint.waitFor(({ content }) => test(content), patience, `the slides of ${name}`);
}

function figure(what: string, ms: number): void {
  process.stdout.write(`      ${what}: ${ms.toFixed(0)} ms\n`);
}
