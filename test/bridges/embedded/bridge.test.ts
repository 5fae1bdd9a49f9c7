import { audioBridgeContract } from '../../contract/audio-bridge.js';
import { embeddedHarness } from './harness.js';
import { planeHarness } from './plane-harness.js';

audioBridgeContract('embedded mixer, G.711', () => embeddedHarness(['PCMU', 'PCMA']));
audioBridgeContract('embedded mixer, mixed codecs', () => embeddedHarness(['opus', 'G722', 'PCMU']));
audioBridgeContract('embedded mixer behind the media plane', () => planeHarness(['PCMU', 'opus', 'G722']));
