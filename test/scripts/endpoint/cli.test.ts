import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEndpoint } from '../../../scripts/endpoint/endpoint.js';
import { readCommand } from '../../../scripts/endpoint/commands.js';
import { CannotShare, encodePages } from '../../../scripts/endpoint/pattern/pages.js';
import { ffmpegPresent } from '../../../scripts/endpoint/view/decoder.js';
import { MirrorGateway } from '../../support/mirror-gateway.js';
import { waitUntil } from '../../support/wait.js';

const main = fileURLToPath(new URL('../../../scripts/endpoint/main.ts', import.meta.url));

describe('endpoint command line', () => {
  let child: ChildProcess | null = null;
  let gateway: MirrorGateway | null = null;
  let folder = '';

  before(() => (folder = mkdtempSync(join(tmpdir(), 'endpoint-'))));
  after(() => rmSync(folder, { recursive: true }));
  afterEach(async () => {
    child?.kill('SIGKILL');
    await gateway?.close();
    child = gateway = null;
  });

  it('shares a picture file, obeys commands and prints JSON lines', async function () {
    if (!ffmpegPresent()) this.skip();
    const file = join(folder, 'slide.png');
    spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=800x600', '-frames:v', '1', file]);
    gateway = await MirrorGateway.open();
    const args = ['--import', 'tsx', main, gateway.uri, '--name', 'Cli', '--share', file, '--content-size', '640x480'];
    const run = (child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    let output = '';
    run.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const exit = new Promise<number | null>((resolve) => run.on('exit', resolve));
    const content = (): string => JSON.stringify(gateway?.media?.content.viewer.picture);
    await waitUntil(
      () => gateway?.media?.content.viewer.picture.from === 'CLI',
      15_000,
      () => output + content(),
    );
    const { width, height, kind } = gateway.media!.content.viewer.picture;
    assert.deepEqual([width, height, kind], [640, 480, 'slides']);
    run.stdin.write('talk off\n{"command":"release"}\nnonsense\n');
    await waitUntil(
      () => output.includes('unknown command nonsense'),
      3000,
      () => output,
    );
    run.stdin.write('hangup\n');
    assert.equal(await exit, 0);
    const events = output
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    for (const event of ['calling', 'connected', 'floor-ready', 'floor', 'ended'])
      assert.ok(events.includes(event), event);
  }).timeout(40_000);

  it('explains itself and its mistakes', () => {
    const run = (...args: string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, ['--import', 'tsx', main, ...args], { encoding: 'utf8' });
    assert.match(String(run('--help').stdout), /--vendor NAME/);
    const wrong = run('sip:demo@127.0.0.1', '--size', '20x20');
    assert.deepEqual([wrong.status, /sizes are even/.test(String(wrong.stderr))], [2, true]);
  });

  it('waits for calls, takes one after the other and obeys in each', async function () {
    if (!ffmpegPresent()) this.skip();
    const args = ['--import', 'tsx', main, '--listen', '127.0.0.1:0', '--name', 'Hall'];
    const run = (child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    let output = '';
    run.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const exit = new Promise<number | null>((resolve) => run.on('exit', resolve));
    const said = (text: string): Promise<void> =>
      waitUntil(
        () => output.includes(text),
        15_000,
        () => output,
      );
    run.stdin.write('state\n');
    await said('there is no call');
    await said('"event":"listening"');
    const [, uri = ''] = /"at":\["([^"]+)"/.exec(output) ?? [];
    for (const name of ['ONE', 'TWO']) {
      const caller = await startEndpoint({ uri, name });
      await caller.waitFor(({ main: { from } }) => from === 'HALL', 5000);
      await said(`"from":"${name}"`);
      run.stdin.write('hangup\n');
      await caller.over;
    }
    run.kill('SIGINT');
    assert.equal(await exit, 0);
  }).timeout(40_000);

  it('ends when its sound cannot be read', () => {
    const args = ['--import', 'tsx', main, 'sip:demo@127.0.0.1:9', '--audio', join(folder, 'none.wav')];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 8000 });
    assert.equal(status, 1);
    assert.match(stdout, /"event":"error","message":".*none\.wav/);
  });

  it('reads words and JSON', () => {
    assert.deepEqual(readCommand('share a file.png'), { word: 'share', argument: 'a file.png' });
    assert.deepEqual(readCommand('{"command":"page","argument":3}'), { word: 'page', argument: '3' });
    assert.equal(readCommand('  '), null);
    assert.equal(readCommand('{broken')?.argument, '');
  });

  it('says what is wrong with a file', async function () {
    if (!ffmpegPresent()) this.skip();
    await assert.rejects(encodePages(join(folder, 'none.png'), { width: 640, height: 360 }), CannotShare);
  });
});
