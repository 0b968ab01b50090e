/* kinds - the kinds of events, in one table: for what is sent, and for docs/API.md.
 *
 *   X(id, name, data for readers of /v1/events, data for those of /s/{secret}/events, when)
 *      data "": they are not told
 *
 * In the data a name with a capital is a shape of control/json/shapes.h.
 * Thread  none; constant.
 */
#ifndef TS_CONTROL_EVENTS_KINDS_H
#define TS_CONTROL_EVENTS_KINDS_H

/* clang-format off */
#define TS_EVENTS(X) \
	X(SNAPSHOT, "snapshot", \
	  "{rooms: [{room: Room, participants: [Participant], layout: LayoutNow, " \
	  "views: [View]}], node: Node}", \
	  "{rooms: [{room: {id, locked, recorded, streamed, waiting, ends_ms}, " \
	  "participants: [Person]}], node: {state, deadline_ms}}", \
	  "First of all to a new reader, and after a reset: everything as it is") \
	X(RESET, "reset", "{}", "{}", \
	  "Last-Event-ID is unknown here or too long ago: forget all; a snapshot follows") \
	X(ROOM_CREATED, "room.created", "Room", \
	  "{id, locked, recorded, streamed, waiting, ends_ms}", \
	  "A room was made, over REST or by a join") \
	X(ROOM_UPDATED, "room.updated", "Room", \
	  "{id, locked, recorded, streamed, waiting, ends_ms}", \
	  "Something of the room changed, its layout included") \
	X(ROOM_REMOVED, "room.removed", "{id}", "{id}", \
	  "The room is gone; for who was in it the last event") \
	X(ROOM_ENDED, "room.ended", "a line of cdr.file", "", \
	  "A meeting is over: the last one has left its room, which may stay. The data is its " \
	  "line of cdr.file, docs/MODERATION.md; after room.removed where the room is gone") \
	X(ROOM_ENDING, "room.ending", "{room, ends_ms, because}", "{room, ends_ms, because}", \
	  "The meeting ends soon, told 5 minutes and 1 minute before; or at another time than " \
	  "was told; ends_ms null: not any more. because: duration, until or breakout") \
	X(BREAKOUTS, "breakouts.updated", "Breakouts with room", "", \
	  "People of a room were spread over breakouts, or come back (docs/MODERATION.md)") \
	X(BREAKOUTS_REMOVED, "breakouts.removed", "{room}", "", \
	  "Breakouts are over: who was there is back in the room, or left") \
	X(PARTICIPANT_JOINED, "participant.joined", \
	  "{room, participant: Participant, moved_from?}", \
	  "{room, participant: Person, moved_from?}", \
	  "Somebody joined; they may still be connecting. moved_from: they were moved here from " \
	  "that room") \
	X(PARTICIPANT_UPDATED, "participant.updated", "{room, participant: Participant}", \
	  "{room, participant: Person}", \
	  "State, name, mutes, sources, tiles or what they receive changed; of level_dbov " \
	  "alone levels tells") \
	X(PERSONAL, "personal", "{room, participant, personal: Personal}", \
	  "{room, participant, personal: Personal}", \
	  "What became of somebody's wish for a view of their own: they have it, or not, with " \
	  "the reason; null: they want none any more. Of participants only they are told") \
	X(PARTICIPANT_LEFT, "participant.left", "{room, id, moved_to?, waits?, ended?, because?}", \
	  "{room, id, moved_to?, waits?, ended?, because?}", \
	  "Somebody left; for themselves the last event, unless they were moved to another room: " \
	  "a snapshot of that one follows; or wait for a host now (waits true): waiting follows. " \
	  "ended true: the meeting ended, because of host-left or time-over") \
	X(PARTICIPANT_ENDED, "participant.ended", "a line of cdr.file", "", \
	  "Somebody is in no room any more, with when, why, how their media went, and the call; " \
	  "of guests who waited in vain too, and callers who were not let in (room null). The " \
	  "data is their line of cdr.file, docs/CALLS.md, whether there is a file or not") \
	X(WAITING_JOINED, "waiting.joined", "{room, waiting: Waiting}", "", \
	  "A guest waits for a host of the room, or waits again: it is no participant of it now; " \
	  "others there learn of it by `waiting` of room.updated") \
	X(WAITING_LEFT, "waiting.left", "{room, id, admitted, reason}", \
	  "{room, id, admitted, reason}", \
	  "They were let in (admitted, reason null), refused, or left. Of participants only they " \
	  "themselves are told; to who was let in a snapshot follows") \
	X(WAITING, "waiting", "", "{room}", \
	  "In place of a snapshot, to who waits for a host of that room") \
	X(LAYOUT_UPDATED, "layout.updated", "{room, layout: LayoutNow}", "", \
	  "The main view shows other people, or in other places") \
	X(VIEW_UPDATED, "view.updated", "{room, view: View}", "", \
	  "A view besides main was made or changed, or shows other people; docs/VIEWS.md") \
	X(VIEW_REMOVED, "view.removed", "{room, id}", "", \
	  "A view is gone; who received it receives main") \
	X(LEVELS, "levels", "{room, levels: [{id, level_dbov, speaking}]}", \
	  "{room, levels: [{id, level_dbov, speaking}]}", \
	  "Who is heard, and how loudly; at most 4 times a second, without an id, and not " \
	  "kept for who comes back") \
	X(CALL_UPDATED, "call.updated", "Call with room", "", \
	  "A SIP call began, rings, was answered, is held or ended") \
	X(TRUNK, "trunk", "Trunk", "", \
	  "A SIP trunk was made or changed, registers, is registered, or failed: with the " \
	  "reason and the time of the next try") \
	X(TRUNK_REMOVED, "trunk.removed", "{id}", "", "A SIP trunk is gone, by request") \
	X(RECORDING_UPDATED, "recording.updated", "Recording", "", \
	  "A recording began, was paused, went on in another file, ended, or its files are " \
	  "finished; participants learn of it by `recorded` of room.updated") \
	X(RECORDING_REMOVED, "recording.removed", "{room, id}", "", \
	  "A recording is gone, with its files: by request, or by age or quota") \
	X(MESSAGE, "message", "{room, message: Message}", "{room, message: Message}", \
	  "Somebody wrote a message (docs/TEXT.md). Of participants, one that is for one of them " \
	  "only those two are told") \
	X(CAPTION, "caption", "{room, caption: Caption}", "{room, caption: Caption}", \
	  "What somebody said, in its final words") \
	X(CAPTION_INTERIM, "caption.interim", "{room, caption: Caption}", \
	  "{room, caption: Caption}", \
	  "What somebody is saying, as far as it is known: the next one with its id replaces it. " \
	  "Without an id of the event, and not kept for who comes back") \
	X(ANNOUNCEMENT_UPDATED, "announcement.updated", "Announcement", "", \
	  "A sound is played into a room, by request or by its settings") \
	X(ANNOUNCEMENT_REMOVED, "announcement.removed", "{room, id, reason}", "", \
	  "It is over, or was stopped; or its file could not be played, with the reason") \
	X(OUTPUT_UPDATED, "output.updated", "Output", "", \
	  "An output of a room began, became live, was lost, is tried again or ended; " \
	  "participants learn of it by `streamed` of room.updated") \
	X(OUTPUT_REMOVED, "output.removed", "{room, id}", "", \
	  "An output is known no more: by request, or its room is gone") \
	X(INPUT_UPDATED, "input.updated", "Input", "", \
	  "Something was brought into a room, came or broke off, is tried again, failed or " \
	  "ended; participants see a participant") \
	X(INPUT_REMOVED, "input.removed", "{room, id}", "", \
	  "An input is gone: by request, or some time after its end") \
	X(PRESENTATION, "presentation.updated", "Presentation with room", "", \
	  "Somebody presents now, another one does, or nobody (docs/CONTENT.md); participants " \
	  "learn of it by `presenting` of participant.updated") \
	X(KEYPAD, "keypad", "{room, participant, keys, action, outcome}", "", \
	  "A participant pressed keys that mean something (docs/KEYPAD.md); action null: that " \
	  "began like such keys and is none. outcome: done, refused, failed or unknown") \
	X(NODE_UPDATED, "node.updated", "Node", "{state, deadline_ms}", \
	  "The server drains now (docs/OPERATING.md), until another time, or does not any " \
	  "more; for all rooms") \
	X(OVERLOAD, "overload", "{level, step, before, because}", "", \
	  "The server does less (docs/OVERLOAD.md), or more again: level and name of the " \
	  "step, the level before, the signal that was highest; /healthz tells it too")
/* clang-format on */

enum ts_event_kind {
#define X(id, name, api, person, when) TS_EVENT_##id,
	TS_EVENTS(X)
#undef X
};

#endif
