import { sockets, Visits } from './visits.js';

describe('hundreds of joins and leaves', () => {
  let visits: Visits;

  before(async () => {
    visits = await Visits.open();
  });

  after(() => visits?.close());

  it('leave no call, seat, route or socket behind', async function () {
    this.timeout(30_000);
    const before = sockets();
    await visits.make(20_261_122, 300);
    await visits.nothingLeft(before);
  });
});
