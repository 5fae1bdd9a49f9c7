import { sockets, Visits } from '../support/visits.js';

// It counts the sockets of its process, so it has one to itself.
describe('hundreds of joins and leaves', () => {
  let visits: Visits;

  before(async () => {
    visits = await Visits.open();
  });

  after(() => visits?.close());

  it('leave no call, seat, route or socket behind', async function () {
    this.timeout(60_000);
    // what is opened once, at the first call, is none that is left
    await visits.make(7, 5);
    await visits.nothingLeft(null);
    const before = sockets();
    await visits.make(20_261_122, 300);
    await visits.nothingLeft(before);
  });
});
