const farewell = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';

/** What an event socket says last, whoever ended it. */
export const notice = `Content-Type: text/disconnect-notice\nContent-Length: ${farewell.length}\n\n${farewell}`;
