import { codeCells } from '../../../scripts/endpoint/pattern/code.js';

/** How many stamps are shared one after the other before they begin anew. */
const counters = 200;

/** For `person`: their screen is a moving picture with the stamp of `id` on it, which can be read back. */
export function stampedScreen(id: string, fps: number): string {
  const cells = Array.from({ length: counters }, (_, counter) => codeCells({ id, kind: 'slides', counter }).join(''));
  return `navigator.mediaDevices.getDisplayMedia = async () => {
  const stamps = ${JSON.stringify(cells)};
  const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
  const pen = canvas.getContext('2d');
  let n = 0;
  const paint = () => {
    pen.fillStyle = '#888'; pen.fillRect(0, 0, 1280, 720);
    [...stamps[n++ % stamps.length]].forEach((cell, i) => {
      pen.fillStyle = cell === '1' ? '#fff' : '#000';
      pen.fillRect((i % 20) * 64, Math.floor(i / 20) * 48, 64, 48);
    });
  };
  paint();
  const timer = setInterval(paint, ${1000 / fps});
  const stream = canvas.captureStream(${fps});
  for (const track of stream.getTracks()) {
    const stop = track.stop.bind(track);
    track.stop = () => { clearInterval(timer); stop(); };
  }
  return stream;
};`;
}
