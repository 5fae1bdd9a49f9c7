import { systemClock } from '../../../src/base/clock.js';
import type { Conference, Member } from './conference.js';

/** What `json_list compact` says of a conference, in FreeSWITCH's order. */
export function listed(conference: Conference): Record<string, unknown> {
  const { name, members, profile, uuid, locked } = conference;
  return {
    ...{
      conference_name: name,
      member_count: members.length,
      ghost_count: 0,
      rate: profile === 'wideband' ? 48000 : 8000,
    },
    ...{ run_time: secondsSince(conference.startedAt), conference_uuid: uuid, canvas_count: 0, max_bw_in: 0 },
    ...{ force_bw_in: 0, video_floor_packets: 0, locked, destruct: false, wait_mod: false, audio_always: true },
    ...{ running: true, answered: true, enforce_min: true, bridge_to: false, dynamic: true, exit_sound: true },
    ...{ enter_sound: true, recording: conference.recordings.any, video_bridge: false, video_floor_only: false },
    ...{ video_rfc4579: false, variables: {}, members: members.map((member) => listedMember(conference, member)) },
  };
}

function listedMember(conference: Conference, member: Member): Record<string, unknown> {
  const { channel } = member;
  return {
    ...{ type: 'caller', id: member.id, flags: flagsOf(conference, member), uuid: channel.uuid },
    ...{ caller_id_name: channel.caller.name, caller_id_number: channel.caller.user },
    ...{ join_time: secondsSince(member.joinedAt), last_talking: 0, energy: member.energy },
    ...{ volume_in: member.volumeIn, volume_out: 0, 'output-volume': 0, 'input-volume': 0 },
  };
}

function flagsOf(conference: Conference, member: Member): Record<string, boolean> {
  return {
    ...{ can_hear: member.hear, can_see: true, can_speak: member.speak, hold: member.hold },
    ...{ mute_detect: member.muteDetect, talking: member.talking, has_video: false, video_bridge: false },
    ...{ has_floor: conference.floor === member, is_moderator: member.moderator, end_conference: false },
    ...{ mandatory_member_end_conference: false, pass_digits: false },
  };
}

function secondsSince(at: number): number {
  return Math.floor((systemClock.now() - at) / 1000);
}
