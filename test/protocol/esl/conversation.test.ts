import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { expectOk, readAnswer } from '../../../src/protocol/esl/answer.js';
import { EslConversation } from '../../../src/protocol/esl/conversation.js';
import {
  EslAddressRefused,
  EslBusy,
  EslCommandUnsafe,
  EslLost,
  EslPasswordRefused,
  EslRefused,
  EslTimeout,
  EslUnreadable,
} from '../../../src/protocol/esl/errors.js';
import { mostPending } from '../../../src/protocol/esl/pending.js';
import { ManualClock } from '../../support/manual-clock.js';
import { apiAnswer, at, exchanges, jsonEvent, reply, ScriptedServer } from './peer.js';
import { transcriptNames } from './transcripts.js';

describe('a conversation with an event socket', () => {
  let clock: ManualClock;
  const opened: EslConversation[] = [];

  beforeEach(() => (clock = new ManualClock()));
  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
    assert.equal(clock.pending, 0);
  });

  async function talkTo(server: ScriptedServer): Promise<EslConversation> {
    const stream = await server.net.connect(at);
    const conversation = new EslConversation(stream, { clock, chance: systemChance, answerMs: 5000 });
    opened.push(conversation);
    return conversation;
  }

  const silent = (): null => null;
  const polite =
    (on: (command: string, server: ScriptedServer) => string | null) =>
    (command: string, server: ScriptedServer): string | null =>
      command.startsWith('auth ') ? reply('+OK accepted') : on(command, server);

  async function open(
    on: (command: string, server: ScriptedServer) => string | null,
  ): Promise<{ server: ScriptedServer; conversation: EslConversation }> {
    const server = await new ScriptedServer(polite(on)).listen();
    const conversation = await talkTo(server);
    await conversation.open('secret');
    return { server, conversation };
  }

  // the answer to each command is the first of what came after it, since recorded commands waited for theirs
  for (const name of transcriptNames) {
    it(`gets the answers of ${name}`, async () => {
      const script = exchanges(name).filter(({ command }) => !/[\r\n]/.test(command));
      const server = await new ScriptedServer((command) => {
        const next = script.find((each) => each.command === command);
        if (!next) return null;
        script.splice(script.indexOf(next), 1);
        return next.then;
      }).listen();
      const conversation = await talkTo(server);
      for (const { command, then } of [...script]) {
        const first =
          /Content-Type: (?:command\/reply\nReply-Text: (.*)|api\/response\nContent-Length: (\d+)\n\n)/.exec(
            then.toString('utf8'),
          );
        if (!first) continue;
        const answer = await conversation.command(command).catch((error: unknown) => error);
        const text = then.toString('utf8');
        const bodyAt = first.index + first[0].length;
        const body = Buffer.from(text.slice(bodyAt)).toString('utf8', 0, Number(first[2]));
        assert.equal(answer, first[1] ?? body, command);
      }
    });
  }

  it('never gives the late answer of one command to the next', async () => {
    // a real server answers in order
    const { conversation } = await open((command) => {
      return command === 'api slow' ? null : apiAnswer('slow at last') + apiAnswer(command);
    });
    const slow = assert.rejects(conversation.api('slow', 1000), EslTimeout);
    clock.advance(1000);
    await slow;
    assert.equal(await conversation.api('quick'), 'api quick');
  });

  it('learns of a job whose result comes in one piece with the reply', async () => {
    const { server, conversation } = await open((command) => {
      const id = /Job-UUID: (.+)/.exec(command)?.[1] ?? '';
      const job = { 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': id, _body: '-ERR none' };
      return (
        reply(`+OK Job-UUID: ${id}`, `Job-UUID: ${id}\n`) +
        jsonEvent({ ...job, 'Job-UUID': 'another', _body: 'no' }) +
        jsonEvent(job)
      );
    });
    assert.equal(await conversation.bgapi('originate x', 30_000), '-ERR none');
    assert.match(server.commands.at(-1) ?? '', /^bgapi originate x\nJob-UUID: [0-9a-f-]{36}$/);
  });

  it('gives up a job that is refused, or never ends', async () => {
    const { conversation } = await open((command) =>
      command.includes('bad') ? reply('-ERR no') : reply('+OK Job-UUID: x'),
    );
    await assert.rejects(conversation.bgapi('bad', 1000), EslRefused);
    const never = assert.rejects(conversation.bgapi('never', 1000), EslLost);
    await Promise.resolve();
    await new Promise(setImmediate);
    clock.advance(1000);
    await never;
  });

  it('tells a refused password, a refused address and a silent server apart', async () => {
    const wrong = await new ScriptedServer(
      () => reply('-ERR invalid') + 'Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n',
    ).listen();
    await assert.rejects((await talkTo(wrong)).open('x'), EslPasswordRefused);
    const rude = await new ScriptedServer(silent).listen(
      'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n',
    );
    await assert.rejects((await talkTo(rude)).open('x'), EslAddressRefused);
    const mute = await new ScriptedServer(silent).listen(null);
    const opening = assert.rejects((await talkTo(mute)).open('x'), EslLost);
    clock.advance(5000);
    await opening;
  });

  it('ends once, with everything that waits', async () => {
    const { server, conversation } = await open(silent);
    const closed: Error[] = [];
    conversation.on.on('closed', ({ why }) => closed.push(why));
    const waits = [assert.rejects(conversation.api('a'), EslLost), assert.rejects(conversation.bgapi('b', 9), EslLost)];
    server.send(
      'Content-Type: text/disconnect-notice\nContent-Length: 0\n\nContent-Type: api/response\nContent-Length: 1\n\nx',
    );
    await Promise.all(waits);
    conversation.close();
    assert.equal(closed.length, 1);
    await assert.rejects(conversation.api('c'), EslLost);
  });

  it('ends when the server says what cannot be', async () => {
    for (const text of [
      apiAnswer('nobody asked'),
      'Reply-Text: x\n\n',
      'Content-Type: text/event-json\nContent-Length: 1\n\n{',
    ]) {
      const { server, conversation } = await open(silent);
      const why = new Promise<Error>((resolve) => conversation.on.on('closed', (closed) => resolve(closed.why)));
      server.send(text);
      assert.ok((await why) instanceof EslUnreadable, text);
    }
  });

  it('is not stopped by types that it does not know', async () => {
    const { server, conversation } = await open((command) => apiAnswer(command));
    server.send('Content-Type: log/data\nContent-Length: 3\nLog-Level: 7\n\nabc');
    assert.equal(await conversation.api('x'), 'api x');
  });

  it('sends no command with a line end in it, and not more than wait at most', async () => {
    const { server, conversation } = await open(silent);
    const before = server.commands.length;
    for (const text of ['x\n\napi shutdown', 'x\ry']) {
      await assert.rejects(conversation.api(text), EslCommandUnsafe);
      await assert.rejects(conversation.bgapi(text, 9), EslCommandUnsafe);
    }
    assert.equal(server.commands.length, before);
    const many = Array.from({ length: mostPending }, () => conversation.api('x').catch(() => undefined));
    await assert.rejects(conversation.api('one more'), EslBusy);
    conversation.close();
    await Promise.all(many);
  });
});

describe('answers', () => {
  it('are told apart by their first word', () => {
    assert.deepEqual(readAnswer('+OK mute 2\n'), { kind: 'ok', words: 'mute 2' });
    assert.deepEqual(readAnswer('-ERR Non-Existant ID 9999\n'), { kind: 'refused', words: 'Non-Existant ID 9999' });
    assert.deepEqual(readAnswer("-ERR non-existant recording 'x'\n+OK Stopped"), {
      kind: 'refused',
      words: "non-existant recording 'x'",
    });
    assert.deepEqual(readAnswer('mute <[member_id|all]>'), { kind: 'text', words: 'mute <[member_id|all]>' });
  });

  it('are a success only when they say so', () => {
    assert.equal(expectOk('+OK r1 locked\n'), 'r1 locked');
    for (const text of ['-ERR no', 'mute <usage>', '']) assert.throws(() => expectOk(text), EslRefused);
  });
});
