import { screenAllowed } from '../media.js';
import type { Meeting, MeetingState } from '../meeting.js';
import { ownSeat } from '../room-state.js';
import { useWords } from './language.js';

interface ControlsProps {
  meeting: Meeting;
  state: MeetingState;
  /** Single-letter shortcuts work. */
  keys: boolean;
  onFullScreen: () => void;
  onSettings: () => void;
}

/** What one can do in the room. */
export function Controls({ meeting, state, keys, onFullScreen, onSettings }: ControlsProps) {
  const words = useWords();
  const heard = state.micOn && !(ownSeat(state)?.muted ?? false);
  const key = (letter: string): string | undefined => (keys ? letter : undefined);
  const share = state.sharing === 'no' ? 'share' : state.sharing === 'asking' ? 'shareAsking' : 'stopShare';
  return (
    <nav class="controls" aria-label={words('controls')}>
      <button class={heard ? '' : 'off'} aria-keyshortcuts={key('m')} onClick={() => void meeting.toggleMic()}>
        {words(heard ? 'mute' : 'unmute')}
      </button>
      <button
        class={state.cameraOn ? '' : 'off'}
        aria-keyshortcuts={key('v')}
        onClick={() => void meeting.toggleCamera()}
      >
        {words(state.cameraOn ? 'cameraOff' : 'cameraOn')}
      </button>
      {screenAllowed() && (
        <button
          class={state.sharing === 'no' ? '' : 'active'}
          aria-keyshortcuts={key('s')}
          onClick={() => meeting.toggleShare()}
        >
          {words(share)}
        </button>
      )}
      {document.fullscreenEnabled && (
        <button aria-keyshortcuts={key('f')} onClick={onFullScreen}>
          {words('fullScreen')}
        </button>
      )}
      <button aria-haspopup="dialog" onClick={onSettings}>
        {words('settings')}
      </button>
      <button class="danger" aria-keyshortcuts={key('l')} onClick={() => void meeting.leave()}>
        {words('leave')}
      </button>
    </nav>
  );
}
