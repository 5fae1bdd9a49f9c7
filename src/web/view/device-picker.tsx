import { mediaAllowed, type Device, type DeviceChoice } from '../media.js';
import { useWords } from './language.js';

interface DevicePickerProps {
  label: string;
  value: DeviceChoice;
  devices: Device[];
  onPick: (value: DeviceChoice) => void;
}

/** How "none" is written where null cannot be: option values and storage. */
export const noDevice = 'none';

/** One of the devices, the system's default, or none. */
export function DevicePicker({ label, value, devices, onPick }: DevicePickerProps) {
  const words = useWords();
  const pick = (chosen: string): void => onPick(chosen === noDevice ? null : chosen);
  const known = value === null || value === '' || devices.some(({ id }) => id === value);
  return (
    <label>
      {label}
      <select value={value === null ? noDevice : known ? value : ''} onChange={(e) => pick(e.currentTarget.value)}>
        {mediaAllowed() && <option value="">{words('default')}</option>}
        {devices.map(({ id, label: text }, index) => (
          <option key={id} value={id}>
            {text === '' ? `${label} ${index + 1}` : text}
          </option>
        ))}
        <option value={noDevice}>{words('none')}</option>
      </select>
    </label>
  );
}
