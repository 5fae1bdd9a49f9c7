import type { Clock } from '../../../base/clock.js';
import type {
  CommandMessage,
  IndicationMessage,
  MultimediaSystemControlMessage,
  RequestMessage,
  ResponseMessage,
} from '../h245/schema.js';
import { Countdown } from './countdown.js';

/** What every procedure of H.245 needs: the four kinds of messages, and time. */
export class Wire {
  constructor(
    readonly clock: Clock,
    /** Nothing can be answered yet: timers begin anew instead of running out. */
    private readonly held: () => boolean,
    private readonly sink: (pdu: MultimediaSystemControlMessage) => void,
  ) {}

  timer(): Countdown {
    return new Countdown(this.clock, this.held);
  }

  request(request: RequestMessage): void {
    this.sink({ request });
  }

  respond(response: ResponseMessage): void {
    this.sink({ response });
  }

  command(command: CommandMessage): void {
    this.sink({ command });
  }

  indicate(indication: IndicationMessage): void {
    this.sink({ indication });
  }
}
