// sse - a reader of server-sent events that keeps the state they tell, as a client of /v1/events would.
//
//   const reader = new Reader(`${server.url}/v1/events`);
//   await reader.open();  ...  reader.drop(); await reader.open();      goes on after the last event
//   reader.rooms                                                       Map: id -> {room, participants: Map, layout}

import assert from 'node:assert/strict';
import http from 'node:http';

export class Reader {
	rooms = new Map();
	calls = []; // as told, in order
	node = null; // as told last
	overloads = []; // likewise
	personals = []; // likewise
	presentations = []; // likewise
	keypads = []; // likewise
	waiting = new Map(); // who waits for a host, by id
	waited = []; // and how that ended
	endings = []; // of meetings, as told
	ended_rooms = []; // their lines
	ended_people = []; // likewise
	breakouts = []; // {event, data}
	trunks = []; // {event, data}
	outputs = []; // likewise, each with its event
	captions = []; // {event, data}
	messages = [];
	lastId = null;
	counts = {};
	levels = 0;
	ended = false;

	constructor(url) { this.url = url; }

	open() {
		return new Promise((resolve, reject) => {
			this.request = http.get(this.url, {agent: false, headers: this.lastId ? {'Last-Event-ID': this.lastId} : {}});
			this.request.on('error', (error) => {
				this.ended = true;
				reject(error);
			});
			this.request.on('response', (response) => {
				assert.equal(response.statusCode, 200);
				assert.equal(response.headers['content-type'], 'text/event-stream');
				this.ended = false;
				let rest = '';
				const mine = this.request;
				response.setEncoding('utf8').on('data', (text) => {
					if (this.request !== mine) return; /* dropped */
					rest += text;
					const parts = rest.split('\n\n');
					rest = parts.pop();
					for (const part of parts) this.take(part);
				});
				response.on('close', () => { if (this.request === mine) this.ended = true; });
				response.on('error', () => {});
				resolve();
			});
		});
	}

	// As a network that breaks: what was on the way is lost.
	drop() {
		const request = this.request;
		this.request = null;
		if (!request) return;
		request.on('error', () => {});
		request.destroy();
	}

	take(block) {
		const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
		if (fields.id) {
			const [boot, number] = fields.id.split('.');
			if (this.lastId && boot === this.lastId.split('.')[0] && fields.event && fields.event !== 'snapshot')
				assert.ok(Number(number) > Number(this.lastId.split('.')[1]), `${fields.id} after ${this.lastId}`);
			this.lastId = fields.id;
		}
		if (!fields.data) return;
		this.counts[fields.event] = (this.counts[fields.event] ?? 0) + 1;
		this.apply(fields.event, JSON.parse(fields.data));
	}

	apply(event, data) {
		const room = this.rooms.get(data.room);
		switch (event) {
		case 'reset': this.rooms.clear(); break;
		case 'snapshot':
			this.node = data.node;
			this.rooms = new Map(data.rooms.map(({room: r, participants, layout}) =>
				[r.id, {room: r, layout, participants: new Map(participants.map((p) => [p.id, p]))}]));
			break;
		case 'room.created':
			assert.ok(!this.rooms.has(data.id), `${data.id} is made twice`);
			this.rooms.set(data.id, {room: data, participants: new Map()});
			break;
		case 'room.updated': this.rooms.get(data.id).room = data; break;
		case 'room.removed': assert.ok(this.rooms.delete(data.id), `${data.id} was not known`); break;
		case 'participant.joined': assert.ok(!room.participants.has(data.participant.id)); /* falls through */
		case 'participant.updated': room.participants.set(data.participant.id, data.participant); break;
		case 'participant.left': assert.ok(room.participants.delete(data.id), `${data.id} was not known`); break;
		case 'participant.ended': this.ended_people.push(data); break;
		case 'waiting.joined': this.waiting.set(data.waiting.id, data.waiting); break;
		case 'waiting.left':
			assert.ok(this.waiting.delete(data.id), `${data.id} did not wait`);
			this.waited.push(data);
			break;
		case 'room.ending': this.endings.push(data); break;
		case 'room.ended': this.ended_rooms.push(data); break;
		case 'breakouts.updated': case 'breakouts.removed': this.breakouts.push({event, data}); break;
		case 'layout.updated': room.layout = data.layout; break;
		case 'view.updated': (room.views ??= []).splice(0, Infinity, ...room.views.filter((v) => v.id !== data.view.id), data.view); break;
		case 'view.removed': room.views = room.views.filter((v) => v.id !== data.id); break;
		case 'call.updated': this.calls.push(data); break;
		case 'announcement.updated': case 'announcement.removed': break;
		case 'trunk': case 'trunk.removed': this.trunks.push({event, data}); break;
		case 'output.updated':
		case 'output.removed': this.outputs.push({event, data}); break;
		case 'recording.updated': case 'recording.removed': break;
		case 'message': this.messages.push(data); break;
		case 'caption': case 'caption.interim': this.captions.push({event, data}); break;
		case 'levels': this.levels++; break;
		case 'personal': this.personals.push(data); break;
		case 'presentation.updated': this.presentations.push(data); break;
		case 'keypad': this.keypads.push(data); break;
		case 'node.updated': this.node = data; break;
		case 'overload': this.overloads.push(data); break;
		default: assert.fail(`event ${event}`);
		}
	}
}
