import { legContract } from './leg.js';
import { h323Stage, sipStage } from './leg-stages.js';

// Neither deviates in what the suite asks. Outside it: a held H.323 device may go on sending, since its empty capability set
// speaks only of what it receives (H.323 §8.4.6), where one of SIP has put both directions into its description.
describe('a leg by SIP', () => legContract(sipStage));
describe('a leg by H.323', () => legContract(h323Stage));
