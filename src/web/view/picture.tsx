import { useEffect, useRef, useState } from 'preact/hooks';

interface PictureProps {
  stream: MediaStream | null;
  label: string;
  class: string;
  mirrored?: boolean;
  /** Why the picture stands still. */
  mark?: string | null;
  id?: string;
}

/** A muted moving picture; sound is played elsewhere. */
export function Picture({ stream, label, class: style, mirrored, id, mark = null }: PictureProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current && video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  return (
    <figure class={`picture ${style}${mark === null ? '' : ' still'}`} id={id}>
      <video ref={video} autoplay playsInline muted class={mirrored ? 'mirrored' : ''} aria-label={label} />
      <figcaption>{label}</figcaption>
      {mark !== null && (
        <p class="mark" role="status">
          {mark}
        </p>
      )}
    </figure>
  );
}

/** The room's sound. Where the browser wants a click before it plays, a button offers it. */
export function Sound({ stream, blockedText }: { stream: MediaStream | null; blockedText: string }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [blocked, setBlocked] = useState(false);
  const play = (): void => {
    audio.current?.play().then(
      () => setBlocked(false),
      (error: unknown) => setBlocked(error instanceof Error && error.name === 'NotAllowedError'),
    );
  };
  useEffect(() => {
    if (!audio.current || !stream) return;
    audio.current.srcObject = stream;
    play();
  }, [stream]);
  return (
    <>
      <audio ref={audio} />
      {blocked && (
        <button class="primary floating" onClick={play}>
          {blockedText}
        </button>
      )}
    </>
  );
}
