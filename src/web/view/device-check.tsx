import { useEffect, useState } from 'preact/hooks';
import { openDevices, type DeviceChoice, type DeviceKind } from '../media.js';
import { noticeOf, type Notice } from '../notices.js';
import { useNotice, useWords } from './language.js';
import { Picture } from './picture.js';

interface DeviceCheckProps {
  choice: Record<DeviceKind, DeviceChoice>;
  /** Called when the browser has given permission, which brings the names of devices. */
  onPermission: () => void;
}

/** Shows one's own picture and loudness before anybody else sees or hears them. */
export function DeviceCheck({ choice, onPermission }: DeviceCheckProps) {
  const words = useWords();
  const inWords = useNotice();
  const [view, setView] = useState<MediaStream | null>(null);
  const [sound, setSound] = useState<MediaStream | null>(null);
  const [notice, setNotice] = useState<Notice | null>(null);
  const level = useLevel(sound);

  useEffect(() => {
    let wanted = true;
    let opened: (MediaStreamTrack | null)[] = [];
    const open = async (): Promise<void> => {
      const { audio, video } = await openDevices(choice);
      opened = [audio, video];
      if (!wanted) return stopAll(opened);
      setNotice(null);
      setView(video && new MediaStream([video]));
      setSound(audio && new MediaStream([audio]));
      onPermission();
    };
    open().catch((error: unknown) => wanted && setNotice(noticeOf(error)));
    return () => {
      wanted = false;
      stopAll(opened);
    };
  }, [choice.audio, choice.video]);

  return (
    <div class="check">
      {notice && (
        <p class="notice" role="alert">
          {inWords(notice)}
        </p>
      )}
      {view && <Picture stream={view} class="preview" mirrored label={words('ownPicture')} />}
      {sound && (
        <label>
          {words('level')}
          <meter min={0} max={1} value={level} />
        </label>
      )}
    </div>
  );
}

function stopAll(tracks: (MediaStreamTrack | null)[]): void {
  for (const track of tracks) track?.stop();
}

/** Loudness 0..1, ten times a second; the square root spreads what is quiet. */
function useLevel(stream: MediaStream | null): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!stream) return undefined;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      setLevel(Math.sqrt(samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0)));
    }, 100);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [stream]);
  return level;
}
