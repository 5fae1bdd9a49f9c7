import assert from 'node:assert/strict';
import type { Line } from '../../src/media/plane.js';
import type { Leg } from '../../src/rooms/leg.js';
import type { Room } from '../../src/rooms/room.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';

/** The far end of a leg, in the hands of a test: sound, a picture, content and floor control, no feedback in RTCP. */
export interface Device {
  readonly leg: Leg;
  /** What it was asked and told: `keyframe`, `rate`, `key 5`. */
  readonly heard: readonly string[];
  /** It has the floor as far as it knows. */
  readonly presents: boolean;
  /** It knows that the call is over. */
  readonly over: boolean;
  /** From now on it refuses content that it is offered. */
  refuseContent(): void;
  press(key: string): void;
  /** Wants to get nothing, or everything again. */
  hold(on: boolean): void;
  ask(): void;
  letGo(): void;
  hangUp(): void;
}

/** A kind of leg under test, in a room of its own. */
export interface LegStage {
  readonly room: Room;
  /** Joins the room. */
  device(): Promise<Device>;
  /** Resolves when the test holds, after whatever is under way. */
  until(test: () => boolean, what: string): Promise<void>;
  /** Asserts that nothing is left. */
  close(): Promise<void>;
}

const sends = (line: Line | null): boolean =>
  line?.params?.direction === 'sendrecv' || line?.params?.direction === 'sendonly';

/** What every leg does. */
export function legContract(start: () => Promise<LegStage>): void {
  let stage: LegStage;
  let device: Device;
  let leg: Leg;
  let changes: number;
  let ends: string[];
  const others: FakeLeg[] = [];

  beforeEach(async () => {
    stage = await start();
    device = await stage.device();
    leg = device.leg;
    changes = 0;
    ends = [];
    leg.on.on('lines', () => (changes += 1));
    leg.on.on('ended', ({ reason }) => ends.push(reason.kind));
  });
  afterEach(async () => {
    if (!device.over && ends.length === 0) device.hangUp();
    for (const other of others.splice(0)) other.hangUp();
    await stage.until(() => ends.length > 0, 'the end');
    await stage.close();
  });

  const heard = (what: string): Promise<void> =>
    stage.until(() => device.heard.some((one) => one.startsWith(what)), `${what} among ${device.heard.join()}`);
  /** Somebody else who presents. */
  const presenter = (): FakeLeg => {
    const other = new FakeLeg({ name: 'Other', content: 'sendrecv' });
    const { id } = stage.room.join(other);
    stage.room.requestFloor(id);
    others.push(other);
    return other;
  };

  it('has sound and a picture both ways, a name, and abilities that say so', () => {
    const { audio, video } = leg.lines;
    assert.ok(sends(audio) && sends(video));
    assert.notEqual(leg.who.name, '');
    const { audio: sound, video: picture, content, renegotiate, floor } = leg.can;
    assert.deepEqual([sound, picture, content, renegotiate, floor], [true, true, 'separate', true, true]);
    assert.ok(leg.floor);
  });

  it('opens content when it is asked to, tells that lines changed, and closes it', async () => {
    const line = await openContent();
    assert.equal(line, leg.lines.content);
    assert.ok(sends(line) && changes > 0);
    assert.equal(leg.can.content, 'separate');
    await leg.close('content');
    await stage.until(() => !sends(leg.lines.content), 'no content');
  });

  /** As a room does, with somebody who presents. */
  const openContent = async (): Promise<Line> => {
    presenter();
    await stage.until(() => sends(leg.lines.content), 'content');
    return leg.open('content', 'sendrecv');
  };

  it('is shown content in its main picture when it refuses the line', async () => {
    device.refuseContent();
    presenter();
    await stage.until(() => leg.can.content === 'in-main', 'content in the main picture');
    await assert.rejects(leg.open('content', 'sendrecv'));
    assert.ok(!sends(leg.lines.content));
  });

  it('asks for keyframes and tells limits by means that the device knows', async () => {
    leg.refresh('video');
    await heard('keyframe');
    leg.limit('video', 384);
    await heard('rate');
  });

  it('tells keys of the device once each, and presses keys at it in order', async () => {
    const keys: string[] = [];
    leg.on.on('digits', ({ digit }) => keys.push(digit));
    device.press('5');
    await stage.until(() => keys.length > 0, 'a key');
    assert.deepEqual(keys, ['5']);
    await leg.press('12#');
    await heard('key #');
    assert.deepEqual(
      device.heard.filter((one) => one.startsWith('key ')),
      ['key 1', 'key 2', 'key #'],
    );
  });

  it('sends nothing while it is held, and everything again afterwards', async () => {
    device.hold(true);
    await stage.until(() => !sends(leg.lines.audio) && !sends(leg.lines.video), 'hold');
    assert.deepEqual(ends, []);
    device.hold(false);
    await stage.until(() => sends(leg.lines.audio) && sends(leg.lines.video), 'everything again');
    assert.ok(changes > 1);
  });

  it('takes what its user may be told, whatever the device makes of it', () => {
    for (const status of [{ muted: true }, { presenting: false }, { locked: true }, {}]) leg.tell(status);
    assert.deepEqual(ends, []);
  });

  it('asks for the floor and releases it', async () => {
    device.ask();
    await stage.until(() => device.presents, 'granted');
    assert.equal(holder(), leg.who.name);
    device.letGo();
    await stage.until(() => holder() === undefined && !device.presents, 'released');
  });

  it('learns that somebody else took the floor', async () => {
    device.ask();
    await stage.until(() => device.presents, 'granted');
    presenter();
    await stage.until(() => !device.presents, 'revoked');
    assert.equal(holder(), 'Other');
  });

  it('waits for the floor where a moderator decides, and is denied it', async () => {
    stage.room.setPolicy('ask-moderator');
    device.ask();
    const asked = (): number | undefined => stage.room.describe().floor.waiting[0]?.id;
    await stage.until(() => asked() !== undefined, 'a request');
    assert.ok(!device.presents);
    stage.room.moderateFloor('deny', 'a moderator', asked());
    await stage.until(() => asked() === undefined, 'a decision');
    assert.deepEqual([holder(), device.presents], [undefined, false]);
  });

  const holder = (): string | undefined => stage.room.describe().floor.holder?.name;

  it('ends once when the device hangs up, and is gone from the room', async () => {
    device.hangUp();
    await stage.until(() => ends.length > 0, 'the end');
    assert.deepEqual(ends, ['left']);
    await Promise.all([leg.end({ kind: 'shutdown' }), leg.end({ kind: 'shutdown' })]);
    assert.deepEqual(ends, ['left']);
    assert.equal(stage.room.describe().participants.length, 0);
  });

  it('ends once when we end it, however often, and the device is told', async () => {
    const ending = [leg.end({ kind: 'removed', by: 'a moderator' }), leg.end({ kind: 'shutdown' })];
    await stage.until(() => device.over, 'the device knows');
    await Promise.all(ending);
    assert.deepEqual(ends, ['removed']);
    assert.deepEqual(
      Object.values(leg.lines).filter((line) => line !== null && sends(line) && isOpen(line)),
      [],
    );
  });
}

function isOpen(line: Line): boolean {
  return !(line as Line & { closed?: boolean }).closed;
}
