import assert from 'node:assert/strict';
import { FloorMirror } from '../../../src/legs/bfcp-party/mirror.js';
import type { FloorTicket } from '../../../src/rooms/floor-party.js';
import { floorStep, freeFloor, holderOf, type FloorInput, type FloorPolicy } from '../../../src/rooms/floor.js';

const anna = 1;
const mcu = 9;

/** A room of Anna, Bert and an MCU, whose floor the mirror is at both ends of; the far end is played by hand. */
class Scene {
  readonly sent: string[] = [];
  readonly mirror: FloorMirror;
  private state = freeFloor;

  constructor(private readonly policy: FloorPolicy = 'latest-takes-over') {
    this.mirror = new FloorMirror({
      request: (reason) => this.sent.push(`request ${reason}`),
      release: () => this.sent.push('release'),
      changed: () => undefined,
      count: () => undefined,
    });
  }

  get holder(): string {
    return holderOf(this.state)?.name ?? 'nobody';
  }

  seat(): this {
    const request = (info = ''): FloorTicket =>
      this.step({ kind: 'request', who: mcu, name: 'MCU', info, moderator: false });
    const holder = (): FloorTicket | null => holderOf(this.state);
    this.mirror.attach({
      get holder() {
        return holder();
      },
      request,
      release: (id) => this.step({ kind: 'release', who: mcu, id }),
      ticket: () => null,
      tickets: () => [],
    });
    return this;
  }

  up(): this {
    this.mirror.farReady();
    this.mirror.farHolder(null);
    return this;
  }

  ask(who: number, name = who === anna ? 'Anna' : 'Bert'): FloorTicket {
    return this.step({ kind: 'request', who, name, info: '', moderator: false });
  }

  stop(): void {
    const holder = holderOf(this.state);
    if (holder) this.step({ kind: 'release', who: holder.who, id: holder.id });
  }

  revoke(): void {
    this.step({ kind: 'revoke', id: holderOf(this.state)?.id ?? 0, by: 'a moderator' });
  }

  /** As the room: own changes first, then the holder to all. */
  step(input: FloorInput): FloorTicket {
    const { state, effects } = floorStep(this.state, input, this.policy);
    this.state = state;
    let answer: FloorTicket | null = null;
    let moved = false;
    for (const effect of effects) {
      if (effect.kind === 'holderChanged') moved = true;
      else if (effect.kind === 'marked') continue;
      else if (effect.asked) answer = effect.ticket;
      else if (effect.ticket.who === mcu) this.mirror.ticketChanged(effect.ticket);
    }
    const told = (): void => this.mirror.roomHolder(holderOf(this.state));
    // what the mirror did itself is told when it is through
    if (moved && 'who' in input && input.who === mcu) this.later.push(told);
    else if (moved) told();
    return answer ?? { id: 0, who: mcu, name: '', state: 'denied', position: 0, info: '' };
  }

  private readonly later: (() => void)[] = [];

  /** The room tells what it had to tell. */
  settle(): void {
    for (const tell of this.later.splice(0)) tell();
  }

  far(name: string | null, requestId = 50): void {
    this.mirror.farHolder(name === null ? null : { requestId, name });
    this.settle();
  }
}

describe('bfcp client of an MCU: two floors alike', () => {
  it('asks the far end when somebody presents here, and lets content out when it grants', () => {
    const scene = new Scene().seat().up();
    assert.equal(scene.mirror.content, 'waits');
    scene.ask(anna);
    assert.deepEqual(scene.sent, ['request Anna']);
    scene.mirror.farAnswered('pending', '');
    assert.equal(scene.mirror.content, 'waits');
    scene.mirror.farAnswered('granted', '');
    assert.equal(scene.mirror.content, 'may');
    scene.ask(2);
    assert.deepEqual(scene.sent, ['request Anna'], 'its floor stays with us when another presents here');
    scene.stop();
    assert.deepEqual(scene.sent, ['request Anna', 'release']);
    assert.equal(scene.mirror.content, 'waits');
  });

  it('makes the far presenter ours, and frees the floor when it stops', () => {
    const scene = new Scene().seat().up();
    scene.far('Far');
    assert.equal(scene.holder, 'MCU');
    scene.far('Far');
    assert.deepEqual(scene.sent, [], 'its own presentation is not asked for there');
    scene.far(null);
    assert.equal(scene.holder, 'nobody');
  });

  it('takes over from the far presenter, and is taken over by it', () => {
    const scene = new Scene().seat().up();
    scene.far('Far');
    scene.ask(anna);
    assert.equal(scene.holder, 'Anna');
    assert.deepEqual(scene.sent, ['request Anna']);
    scene.far(null);
    scene.mirror.farAnswered('granted', '');
    assert.equal(scene.holder, 'Anna');
    scene.mirror.farAnswered('revoked', 'Far takes over');
    assert.match(scene.mirror.problem ?? '', /took the floor back: Far takes over/);
    scene.far('Far', 51);
    assert.equal(scene.holder, 'MCU');
    assert.equal(scene.mirror.problem, null, 'all is as it should be');
    assert.deepEqual(scene.sent, ['request Anna']);
  });

  it('says that the far end denies, shows content in the main picture, and asks again when its presenter stops', () => {
    const scene = new Scene('first-keeps-it').seat();
    scene.ask(anna);
    scene.mirror.farReady();
    scene.far('Far');
    assert.equal(scene.holder, 'Anna', 'a call that comes up takes nobody’s floor');
    scene.mirror.farAnswered('denied', 'Far is presenting');
    assert.equal(scene.mirror.content, 'denied');
    assert.match(scene.mirror.problem ?? '', /does not let us present: Far is presenting/);
    scene.far(null);
    assert.deepEqual(scene.sent, ['request Anna', 'request Anna']);
    scene.mirror.farAnswered('granted', '');
    assert.equal(scene.mirror.problem, null);
  });

  it('does not fight an operator of the far end who stops us', () => {
    const scene = new Scene().seat().up();
    scene.ask(anna);
    scene.mirror.farAnswered('granted', '');
    scene.mirror.farAnswered('revoked', '');
    scene.far(null);
    assert.deepEqual(scene.sent, ['request Anna']);
    assert.equal(scene.mirror.content, 'waits');
    assert.equal(scene.holder, 'Anna', 'the room goes on');
    scene.ask(2);
    assert.deepEqual(scene.sent, ['request Anna', 'request Bert'], 'another one may');
  });

  it('does not fight a moderator of the room who stops the far end', () => {
    const scene = new Scene().seat().up();
    scene.far('Far');
    scene.revoke();
    assert.equal(scene.holder, 'nobody');
    scene.far('Far');
    assert.equal(scene.holder, 'nobody');
    scene.far('Other', 51);
    assert.equal(scene.holder, 'MCU');
  });

  it('shows the far presenter when the one who was preferred here stops', () => {
    const scene = new Scene('first-keeps-it').seat().up();
    scene.ask(anna);
    scene.mirror.farAnswered('denied', '');
    scene.far('Far');
    assert.equal(scene.holder, 'Anna');
    assert.match(scene.mirror.problem ?? '', /the room does not show it/);
    scene.stop();
    scene.settle();
    assert.equal(scene.holder, 'MCU');
  });

  it('gives back what was granted after the presenter had stopped', () => {
    const scene = new Scene().seat().up();
    scene.ask(anna);
    scene.stop();
    assert.deepEqual(scene.sent, ['request Anna', 'release']);
    scene.mirror.farAnswered('granted', '');
    assert.deepEqual(scene.sent, ['request Anna', 'release', 'release']);
    assert.equal(scene.mirror.content, 'waits');
  });

  it('knows who presents on both sides when it is seated late', () => {
    const quiet = new Scene();
    quiet.up();
    quiet.far('Far');
    quiet.seat();
    quiet.settle();
    assert.equal(quiet.holder, 'MCU');
    const busy = new Scene();
    busy.ask(anna);
    busy.up();
    busy.far('Far');
    busy.seat();
    busy.settle();
    assert.equal(busy.holder, 'Anna');
    assert.deepEqual(busy.sent, ['request Anna']);
  });

  it('keeps the room’s floor while the session is gone for a moment, and frees it when it is for good', () => {
    const scene = new Scene().seat().up();
    scene.far('Far');
    scene.mirror.farSilent();
    assert.equal(scene.holder, 'MCU');
    scene.mirror.farLost();
    assert.equal(scene.holder, 'nobody');
    scene.ask(anna);
    assert.deepEqual(scene.sent, [], 'nobody to ask');
    scene.mirror.farRestarts();
    scene.mirror.farReady();
    assert.deepEqual(scene.sent, ['request Anna']);
  });
});
