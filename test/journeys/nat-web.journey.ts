import assert from 'node:assert/strict';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import type { EndpointEvent } from '../../scripts/endpoint/events.js';
import { FarGuest, skipWithoutFarGuest } from './support/far-guest.js';
import { until } from './support/until.js';

const patience = 15_000;
const tones = { wanda: 1000, colleague: 440 } as const;

describe('a browser behind a router, a gateway behind another, a room system beside the gateway', function () {
  this.timeout(60_000);
  const far = new FarGuest();
  const recording = join(far.directory, 'between-the-routers.pcapng');

  before(async function () {
    skipWithoutFarGuest(this, ['dumpcap']);
    await far.begin({ tone: tones.wanda, colleague: ['--audio', `tone:${tones.colleague}`], record: recording });
  });

  after(() => far.close());

  it('gets in with the PIN of the room', async () => {
    await far.enter();
  });

  it('hears and is heard, sees and is seen', async () => {
    const heard = (event: EndpointEvent): boolean => event.event === 'heard' && holdsTone(event.tones, tones.wanda);
    await far.colleague.sees('the colleague to hear the page', patience, heard);
    await until('the page to hear the colleague', patience, async () =>
      holdsTone(await far.wanda.tones(), tones.colleague),
    );
    await until(
      'the page to see the colleague',
      patience,
      async () => (await far.wanda.sees('main')) === 'STAFF camera',
    );
    far.colleague.say('talk off');
    const seen = (event: EndpointEvent): boolean => event.event === 'sees' && event.from === 'WANDA';
    await far.colleague.sees('the colleague to see the page', patience, seen);
  });

  it('shares, and sees what is shared', async () => {
    await far.wanda.page.click('text=Share screen');
    const wide = (event: EndpointEvent): boolean =>
      event.event === 'picture' && event.line === 'content' && event.width === 1920 && event.decoded > 0;
    await far.colleague.sees('the colleague to see the screen', patience, wide);
    assert.equal(await far.colleague.ask('share'), 'granted');
    await until('the slides on the page', patience, async () => (await far.wanda.sees('content')) === 'STAFF slides');
  });

  it('meets nothing but the outside address on the way', async () => {
    const wire = await far.sites.recorded(recording);
    assert.ok(wire.length > 100_000, 'the media passed here');
    assert.doesNotMatch(wire, /10\.77\./);
  });
});
