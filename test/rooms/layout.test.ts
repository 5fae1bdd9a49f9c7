import assert from 'node:assert/strict';
import fc from 'fast-check';
import { echoLayout, layout, type Scene, type Viewer } from '../../src/rooms/layout.js';

function viewer(id: number, more: Partial<Viewer> = {}): Viewer {
  return { id, camera: true, main: true, shares: true, content: 'line', contentLine: true, ...more };
}

function shown(scene: Scene, arrange = layout): string[] {
  return arrange(scene).routes.map(({ to, line, from }) => `${to}.${line}<-${from ? `${from.id}.${from.line}` : '-'}`);
}

const single = { shares: false, content: 'in-main', contentLine: false } as const;

describe('rooms/layout', () => {
  it('shows the first other camera while nobody has spoken', () => {
    const viewers = [viewer(1, single), viewer(2, single), viewer(3, single)];
    assert.deepEqual(shown({ viewers, presenter: null, spoke: [] }), [
      '1.video<-2.video',
      '2.video<-1.video',
      '3.video<-1.video',
    ]);
  });

  it('shows the speaker to all and the previous one to the speaker', () => {
    const viewers = [viewer(1, single), viewer(2, single), viewer(3, single)];
    assert.deepEqual(shown({ viewers, presenter: null, spoke: [3, 2] }), [
      '1.video<-3.video',
      '2.video<-3.video',
      '3.video<-2.video',
    ]);
  });

  it('never chooses somebody without a camera while somebody has one', () => {
    const viewers = [viewer(1, single), viewer(2, { ...single, camera: false }), viewer(3, single)];
    assert.deepEqual(shown({ viewers, presenter: null, spoke: [2] }), [
      '1.video<-3.video',
      '2.video<-1.video',
      '3.video<-1.video',
    ]);
  });

  it('shows nothing to somebody alone', () => {
    assert.deepEqual(shown({ viewers: [viewer(1, single)], presenter: null, spoke: [1] }), ['1.video<--']);
  });

  it('gives a presenter without a content line one to present on', () => {
    const poly = viewer(1, { shares: false, content: 'open', contentLine: false });
    const scene: Scene = { viewers: [poly, viewer(2)], presenter: 1, spoke: [] };
    assert.deepEqual(layout(scene).open, [1]);
    assert.deepEqual(layout({ ...scene, presenter: null }).open, []);
  });

  it('sends content on the content line, in the main picture, or asks for a line', () => {
    const scene: Scene = {
      viewers: [
        viewer(1),
        viewer(2),
        viewer(3, single),
        viewer(4, { content: 'open', contentLine: false }),
        viewer(5, { content: 'none', contentLine: false }),
      ],
      presenter: 1,
      spoke: [2],
    };
    assert.deepEqual(shown(scene), [
      '1.video<-2.video',
      '1.content<--',
      '2.video<-1.video',
      '2.content<-1.content',
      '3.video<-1.content',
      '4.video<-2.video',
      '5.video<-2.video',
    ]);
    assert.deepEqual(layout(scene).open, [4]);
  });

  it('gives the speaker back when sharing ends', () => {
    const viewers = [viewer(1), viewer(3, single)];
    assert.deepEqual(shown({ viewers, presenter: null, spoke: [1] }), [
      '1.video<-3.video',
      '1.content<--',
      '3.video<-1.video',
    ]);
  });

  it('shows no content of a presenter without a content line', () => {
    const viewers = [viewer(1, single), viewer(2), viewer(3, single)];
    assert.ok(shown({ viewers, presenter: 1, spoke: [] }).every((route) => !route.endsWith('.content')));
  });

  it('shows everybody itself in an echo room', () => {
    const viewers = [viewer(1), viewer(2, single)];
    assert.deepEqual(shown({ viewers, presenter: 1, spoke: [] }, echoLayout), [
      '1.video<-1.video',
      '1.content<-1.content',
      '2.video<-2.video',
    ]);
  });

  it('never shows anybody itself and feeds each sink at most once', () => {
    const anyViewer = fc.record({
      camera: fc.boolean(),
      main: fc.boolean(),
      shares: fc.boolean(),
      content: fc.constantFrom<Viewer['content']>('line', 'open', 'in-main', 'none'),
      contentLine: fc.boolean(),
    });
    const order = fc.uniqueArray(fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(
        fc.array(anyViewer, { maxLength: 8 }),
        fc.option(fc.integer({ min: 1, max: 8 })),
        order,
        (all, presenter, spoke) => {
          const viewers = all.map((one, index) => ({ id: index + 1, ...one }));
          const { routes } = layout({ viewers, presenter, spoke });
          assert.ok(routes.every((route) => route.from?.id !== route.to));
          const sinks = routes.map((route) => `${route.to}.${route.line}`);
          assert.equal(new Set(sinks).size, sinks.length);
          for (const { from } of routes) {
            if (from?.line === 'video') assert.ok(viewers[from.id - 1]?.camera);
            if (from?.line === 'content') assert.equal(from.id, presenter);
          }
        },
      ),
      { seed: 3 },
    );
  });
});
