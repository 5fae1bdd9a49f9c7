import assert from 'node:assert/strict';
import { TrackCopy } from '../../../src/web/call/track-copy.js';

class FakeTrack {
  contentHint = '';
  ended = false;
  readonly copies: FakeTrack[] = [];

  clone(): FakeTrack {
    const copy = new FakeTrack();
    this.copies.push(copy);
    return copy;
  }

  stop(): void {
    this.ended = true;
  }

  get track(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

describe('a copy of a track for its low encoding', () => {
  it('is made once, keeps the hint, and ends with the wish for it or with another track', () => {
    const copy = new TrackCopy();
    const [screen, other] = [new FakeTrack(), new FakeTrack()];
    screen.contentHint = 'detail';
    const first = copy.of(screen.track);
    assert.equal(first, copy.of(screen.track));
    assert.equal(screen.copies.length, 1);
    assert.equal(first?.contentHint, 'detail');
    copy.of(other.track);
    assert.deepEqual([screen.copies[0]?.ended, screen.ended], [true, false]);
    assert.equal(copy.of(null), null);
    assert.equal(other.copies[0]?.ended, true);
    copy.of(screen.track);
    assert.equal(screen.copies.length, 2);
  });
});
