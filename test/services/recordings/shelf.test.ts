import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { RecordingElsewhere, Shelf, type ShelfSettings } from '../../../src/services/recordings/shelf.js';
import { ManualClock } from '../../support/manual-clock.js';

const minuteMs = 60_000;

describe('the shelf of recordings', () => {
  let folder: string;
  let clock: ManualClock;
  let open: Shelf[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shelf-'));
    clock = new ManualClock();
    open = [];
  });
  afterEach(async () => {
    for (const shelf of open) await shelf.close();
    assert.equal(clock.pending, 0);
    await rm(folder, { recursive: true });
  });

  const shelfOf = (most: Partial<ShelfSettings['most']> = {}, servers: ShelfSettings['servers'] = null): Shelf => {
    const bounds = { recordings: 10, bytes: 100_000_000, minutes: 10, days: 7, ...most };
    const tools = { clock, chance: systemChance, log: silentLog };
    const shelf = new Shelf({ directory: join(folder, 'kept'), servers, most: bounds }, tools);
    open.push(shelf);
    return shelf;
  };

  /** A recording of so many bytes that is over. */
  const made = async (shelf: Shelf, bytes: number, room = 'demo'): Promise<string> => {
    const place = await shelf.begin(room, 'Mona');
    await writeFile(place.path, Buffer.alloc(bytes));
    await place.keep([{ path: place.path, server: null }], false);
    clock.advance(minuteMs);
    await place.keep([{ path: place.path, server: null }], true);
    return place.id;
  };

  it('gives each a place of its own with a harmless name, and remembers it after a restart', async () => {
    const shelf = shelfOf();
    const place = await shelf.begin('../ev.il room', 'M'.repeat(100));
    assert.match(place.path, /\/kept\/20260101T000000-___ev_il_room-[0-9a-f]{8}\.wav$/);
    await place.keep([{ path: place.path, server: null }], false);
    const id = await made(shelf, 1000);
    const told = await shelf.list(null);
    assert.deepEqual(
      told.map((one) => [one.id, one.by.length, one.endedAt !== null, one.files[0]?.bytes]),
      [
        [id, 4, true, 1000],
        [place.id, 64, false, null],
      ].sort(([a], [b]) => (String(a) < String(b) ? 1 : -1)),
    );
    const again = shelfOf();
    assert.deepEqual(
      (await again.list('demo')).map((one) => one.id),
      [id],
    );
    // one that went on when the gateway ended is over
    assert.notEqual((await again.find(place.id))?.endedAt ?? null, null);
    const opened = await again.open(id, 0);
    assert.equal(opened?.bytes, 1000);
    await opened?.file.close();
    assert.equal(await again.open(id, 1), null);
    assert.equal(await again.open('nothing', 0), null);
  });

  it('stays within its number, its bytes and the longest of each, those that go on at their longest', async () => {
    const shelf = shelfOf({ recordings: 4, bytes: 96 * 15 * minuteMs });
    const first = await shelf.begin('demo', 'Mona');
    assert.equal(first.longestMs, 10 * minuteMs);
    const second = await shelf.begin('demo', 'Mona');
    assert.equal(second.longestMs, 5 * minuteMs);
    await assert.rejects(shelf.begin('demo', 'Mona'), /as much of the disk/);
    await second.abandon();
    await writeFile(first.path, Buffer.alloc(96_000));
    await first.keep([{ path: first.path, server: null }], true);
    for (const bytes of [1, 2, 3]) await made(shelf, bytes);
    await assert.rejects(shelf.begin('demo', 'Mona'), /4 recordings already/);
    assert.deepEqual(await shelf.remove(first.id), []);
    await shelf.begin('demo', 'Mona');
  });

  it('removes what is too old, and what it is told to, but nothing that goes on', async () => {
    const shelf = shelfOf();
    const old = await made(shelf, 10);
    const going = await shelf.begin('demo', 'Mona');
    assert.equal(await shelf.remove(going.id), false);
    clock.advance(8 * 24 * 60 * minuteMs);
    const fresh = await made(shelf, 10);
    assert.deepEqual(
      (await shelf.list(null)).map(({ id }) => id),
      [fresh, going.id],
    );
    await shelf.remove(fresh);
    const left = await readdir(join(folder, 'kept'));
    assert.ok(!left.some((name) => name.startsWith(old) || name.startsWith(fresh)), left.join());
  });

  it('names what lies on servers, reads it where it sees their folder, and says where it cannot', async () => {
    const mounted = join(folder, 'mounted');
    await mkdir(mounted);
    const shelf = shelfOf({}, { directory: '/srv/recordings', seen: new Map([['near', mounted]]) });
    const place = await shelf.begin('demo', 'Mona');
    assert.equal(place.path, `/srv/recordings/${place.id}.wav`);
    await writeFile(join(mounted, `${place.id}.wav`), 'sound');
    const later = { path: `/srv/recordings/${place.id}-2.wav`, server: 'far' };
    await place.keep([{ path: place.path, server: 'near' }, later], true);
    const files = (await shelf.find(place.id))?.files ?? [];
    assert.deepEqual(
      files.map(({ server, bytes }) => [server, bytes]),
      [
        ['near', 5],
        ['far', null],
      ],
    );
    const opened = await shelf.open(place.id, 0);
    await opened?.file.close();
    await assert.rejects(shelf.open(place.id, 1), (error: unknown) => {
      assert.ok(error instanceof RecordingElsewhere);
      assert.match(error.message, /\/srv\/recordings\/\S+-2\.wav of the server far/);
      return true;
    });
    assert.deepEqual(await shelf.remove(place.id), [later]);
    assert.deepEqual(await readdir(mounted), []);
  });

  it('reads and removes nothing but its own files, whatever stands in what it remembers', async () => {
    const secret = join(folder, 'secret.wav');
    await writeFile(secret, 'secret');
    const kept = join(folder, 'kept');
    await mkdir(kept);
    const entry = (id: string, path: string): string =>
      JSON.stringify({ id, room: 'demo', by: 'x', startedAt: 1, endedAt: 2, files: [{ path, server: null }] });
    await writeFile(join(kept, 'a.json'), entry('a', `${kept}/../secret.wav`));
    await writeFile(join(kept, 'b.json'), entry('b', join(kept, 'link.wav')));
    await writeFile(join(kept, 'c.json'), entry('../c', join(kept, 'c.wav')));
    await writeFile(join(kept, 'd.json'), '{');
    await writeFile(join(kept, 'e.json'), entry('f', join(kept, 'f.wav')));
    await symlink(secret, join(kept, 'link.wav'));
    const shelf = shelfOf({ days: 36_500 });
    assert.deepEqual(
      (await shelf.list(null)).map(({ id }) => id),
      ['b', 'a'],
    );
    await assert.rejects(shelf.open('a', 0), RecordingElsewhere);
    await assert.rejects(shelf.open('b', 0), RecordingElsewhere);
    assert.equal(((await shelf.remove('a')) || []).length, 1);
    assert.ok((await readdir(folder)).includes('secret.wav'));
  });
});
