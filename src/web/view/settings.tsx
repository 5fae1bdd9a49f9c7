import { useEffect, useRef, useState } from 'preact/hooks';
import type { DeviceChoice, DeviceKind } from '../media.js';
import type { Meeting } from '../meeting.js';
import { DevicePicker } from './device-picker.js';
import { useWords } from './language.js';
import { keepDevice, keptDevice, useDeviceList } from './use-devices.js';

interface SettingsProps {
  meeting: Meeting;
  /** Changes when a device was opened, which may bring names. */
  permission: string;
  shortcuts: boolean;
  onShortcuts: (on: boolean) => void;
  onClose: () => void;
}

/** Devices and keys, in a dialog that gives the focus back when it is closed. */
export function Settings({ meeting, permission, shortcuts, onShortcuts, onClose }: SettingsProps) {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const devices = useDeviceList(permission);
  const [choice, setChoice] = useState({ audio: keptDevice('audio'), video: keptDevice('video') });
  useEffect(() => dialog.current?.showModal(), []);

  const pick = (kind: DeviceKind, value: DeviceChoice): void => {
    keepDevice(kind, value);
    setChoice({ ...choice, [kind]: value });
    void meeting.pickDevice(kind, value);
  };

  return (
    <dialog ref={dialog} class="card settings" aria-labelledby="settings-title" onClose={onClose}>
      <h2 id="settings-title">{words('settings')}</h2>
      {(['audio', 'video'] as const).map((kind) => (
        <DevicePicker
          key={kind}
          label={words(kind === 'audio' ? 'microphone' : 'camera')}
          value={choice[kind]}
          devices={devices[kind]}
          onPick={(value) => pick(kind, value)}
        />
      ))}
      <label class="tick">
        <input type="checkbox" checked={shortcuts} onChange={(event) => onShortcuts(event.currentTarget.checked)} />
        {words('shortcuts')}
        <small>{words('shortcutsList')}</small>
      </label>
      <button class="primary" onClick={() => dialog.current?.close()}>
        {words('close')}
      </button>
    </dialog>
  );
}
