import { fuzzRooms } from './room-model.js';

describe('a room', () => {
  it('keeps its promises whatever happens in it', async function () {
    this.timeout(30_000);
    await fuzzRooms(4, 300);
  });
});
