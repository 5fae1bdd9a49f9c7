import { useEffect, useRef } from 'preact/hooks';
import type { Meeting, MeetingState } from '../meeting';
import { useNotice, useWords } from './language';
import { Picture, Sound } from './picture';
import { Roster } from './roster';

interface RoomViewProps {
  meeting: Meeting;
  state: MeetingState;
}

/** The room: content large when there is some, the speaker beside it, people, and what one can do. */
export function RoomView({ meeting, state }: RoomViewProps) {
  const words = useWords();
  const inWords = useNotice();
  const stage = useRef<HTMLDivElement>(null);
  const me = state.room?.participants.find(({ id }) => id === state.you?.id) ?? null;
  const holder = state.room?.floor.holder ?? null;
  const shown = me?.sees.content ?? null;
  const nameOf = (id: number | undefined): string => state.room?.participants.find((one) => one.id === id)?.name ?? '';
  const speaker = nameOf(me?.sees.main?.from);

  const fullScreen = (): void => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void stage.current?.requestFullscreen();
  };
  useKeys({
    m: () => meeting.toggleMic(),
    v: () => meeting.toggleCamera(),
    s: () => (state.sharing === 'no' ? void meeting.share() : meeting.stopSharing()),
    f: fullScreen,
    l: () => void meeting.leave(),
  });

  return (
    <div class="room">
      <div class={shown ? 'stage with-content' : 'stage'} ref={stage}>
        {shown && (
          <Picture
            stream={state.content}
            class="content"
            id="content-picture"
            label={`${words('content')}: ${nameOf(shown.from)}`}
          />
        )}
        <Picture
          stream={state.main}
          class="main"
          id="main-picture"
          label={speaker === '' ? words('nobody') : speaker}
        />
        {state.own && <Picture stream={state.own} class="own" mirrored label={words('ownPicture')} />}
      </div>
      <Roster
        people={state.room?.participants ?? []}
        own={state.you?.id ?? null}
        mayMute={state.you?.role === 'moderator'}
        onMute={(id) => void meeting.mute(id, true)}
      />
      <p class="status" role="status" aria-live="polite">
        {state.notice
          ? inWords(state.notice)
          : holder && holder.who !== me?.id
            ? words('presentsNow', { name: holder.name })
            : ''}
      </p>
      <Controls meeting={meeting} state={state} muted={me?.muted ?? false} onFullScreen={fullScreen} />
      <Sound stream={state.audio} blockedText={words('playSound')} />
    </div>
  );
}

interface ControlsProps extends RoomViewProps {
  muted: boolean;
  onFullScreen: () => void;
}

function Controls({ meeting, state, muted, onFullScreen }: ControlsProps) {
  const words = useWords();
  const micOn = state.micOn && !muted;
  const canShare = 'getDisplayMedia' in (navigator.mediaDevices ?? {});
  return (
    <nav class="controls" aria-label={words('shortcuts')} title={words('shortcuts')}>
      <button aria-pressed={!micOn} onClick={() => meeting.toggleMic()}>
        {words(micOn ? 'mute' : 'unmute')}
      </button>
      <button aria-pressed={!state.cameraOn} disabled={!state.own} onClick={() => meeting.toggleCamera()}>
        {words(state.cameraOn ? 'cameraOff' : 'cameraOn')}
      </button>
      {state.sharing === 'no' ? (
        <button disabled={!canShare} onClick={() => void meeting.share()}>
          {words('share')}
        </button>
      ) : (
        <button class="active" onClick={() => meeting.stopSharing()}>
          {words('stopShare')}
        </button>
      )}
      <button onClick={onFullScreen}>{words('fullScreen')}</button>
      <button class="danger" onClick={() => void meeting.leave()}>
        {words('leave')}
      </button>
    </nav>
  );
}

/** Single-letter shortcuts, not while typing and not with modifier keys. */
function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLInputElement) return;
      latest.current[event.key.toLowerCase()]?.();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
