import type { ControlLink, MultimediaSystemControlMessage } from '../../../src/protocol/h323/control/contract.js';

/** A link on which some messages are never sent, as devices do that forget them. */
export function withheld(link: ControlLink, keeps: (pdu: MultimediaSystemControlMessage) => boolean): ControlLink {
  return {
    get state() {
      return link.state;
    },
    get way() {
      return link.way;
    },
    get path() {
      return link.path;
    },
    on: link.on,
    send: (pdu) => {
      if (!keeps(pdu)) link.send(pdu);
    },
  };
}
