// trunks - what a provider is made of: a scripted registrar, a name server of SIP records, and kamailio.
//
//   const registrar = await new Registrar('127.0.0.1').open();      over UDP, with the passwords of `accounts`
//   registrar.script = (request) => ({code: 503, more: ['Retry-After: 2']});      null: as a registrar does
//   const dns = await nameServer({'NAPTR example.net': [...], 'SRV _sip._udp.example.net': [[10, 0, 5060, 'a.example.net']], ...});
//   const kamailio = await startKamailio(port, {alice: 'secret'});

import {execFileSync, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import tls from 'node:tls';
import {folder} from './media.mjs';
import {response} from './sip.mjs';
import {eventually} from './wait.mjs';

export const headerOf = (text, name) => new RegExp(`^${name}: *(.*)\r$`, 'mi').exec(text)?.[1];
export const fieldsOf = (text) => Object.fromEntries([...(text ?? '').matchAll(/(\w+)="?([^",\r]*)"?/g)].map(([, name, value]) => [name, value]));
const hash = (algorithm, text) => createHash(algorithm === 'SHA-256' ? 'sha256' : 'md5').update(text).digest('hex');

export function digestOf({algorithm = 'MD5', username, realm, password, method, uri, nonce, nc, cnonce}) {
	const h = (text) => hash(algorithm, text);
	return h(`${h(`${username}:${realm}:${password}`)}:${nonce}:${nc}:${cnonce}:auth:${h(`${method}:${uri}`)}`);
}

export class Registrar {
	constructor(address, accounts = {carrier: 'secret'}) {
		this.address = address;
		this.accounts = accounts;
		this.algorithm = 'SHA-256';
		this.realm = 'provider';
		this.expires = 60;
		this.min = 0;
		this.got = []; // REGISTER, with the time
		this.followed = [];
		this.bound = new Map();
		this.nonce = 0;
		this.script = null;
	}

	async open(port = 0) {
		this.socket = createSocket('udp4').unref();
		this.socket.on('message', (bytes, from) => this.take(bytes.toString('latin1'), from));
		this.socket.bind(port, this.address);
		await once(this.socket, 'listening');
		this.port = this.socket.address().port;
		return this;
	}

	close() { this.socket?.close(); }

	take(text, from) {
		if (text.startsWith('SIP/2.0')) return;
		if (text.startsWith('OPTIONS')) this.options = (this.options ?? 0) + 1;
		if (text.startsWith('REGISTER')) this.got.push({at: Date.now(), text});
		if (text.startsWith('INVITE')) this.invite = {text, from};
		else if (!text.startsWith('OPTIONS')) this.followed.push(text); // ACK, BYE ...
		const said = this.script?.(text) ?? this.judge(text);
		if (said.code) this.send(response(text, said.code, 'Scripted', said), from);
	}

	// The INVITE that came last is answered.
	answer(code, said) { this.send(response(this.invite.text, code, 'Scripted', said), this.invite.from); }

	send(text, {port, address}) { this.socket.send(Buffer.from(text), port, address); }

	challenge(more = '') {
		return {code: 401, more: [`WWW-Authenticate: Digest realm="${this.realm}", nonce="n${++this.nonce}", qop="auth,auth-int", algorithm=${this.algorithm}${more}`]};
	}

	judge(text) {
		if (text.startsWith('OPTIONS')) return {code: 200};
		if (!text.startsWith('REGISTER')) return {code: 0};
		const given = fieldsOf(headerOf(text, 'Authorization'));
		if (given.nonce !== `n${this.nonce}`) return this.challenge();
		const right = digestOf({algorithm: this.algorithm, ...given, realm: this.realm, password: this.accounts[given.username], method: 'REGISTER'});
		if (given.response !== right) return this.challenge();
		const asked = Number(headerOf(text, 'Expires')), contact = /<[^>]+>/.exec(headerOf(text, 'Contact'))[0];
		if (asked && asked < this.min) return {code: 423, more: [`Min-Expires: ${this.min}`]};
		if (!asked) this.bound.delete(contact);
		else this.bound.set(contact, given.username);
		return {code: 200, more: asked ? [`Contact: ${contact};expires=${this.expires}`] : []};
	}
}

// The same over TCP, or over TLS with a certificate {cert, key}: the last connection is `stream`, all are `streams`.
export class StreamRegistrar extends Registrar {
	constructor(address, certificate = null) {
		super(address);
		this.certificate = certificate;
		this.streams = [];
		this.texts = []; // all that came
	}

	async open(port = 0) {
		const serve = (stream) => {
			let rest = '';
			this.streams.push(stream);
			this.stream = stream;
			stream.setEncoding('latin1').on('error', () => {}).on('data', (more) => {
				rest += more;
				for (let end; (end = rest.indexOf('\r\n\r\n')) >= 0;) {
					const length = end + 4 + Number(/^Content-Length: *(\d+)/mi.exec(rest.slice(0, end))?.[1] ?? 0);
					if (rest.length < length) break;
					const text = rest.slice(0, length);
					rest = rest.slice(length);
					this.texts.push(text);
					this.take(text, stream);
				}
			});
		};
		const {certificate} = this;
		this.server = certificate ? tls.createServer({cert: readFileSync(certificate.cert), key: readFileSync(certificate.key)}, serve) : createServer(serve);
		this.server.on('tlsClientError', () => { this.refusals = (this.refusals ?? 0) + 1; }).unref().listen(port, this.address);
		await once(this.server, 'listening');
		this.port = this.server.address().port;
		return this;
	}

	send(text, stream = this.stream) { stream.write(text, 'latin1'); }

	close() {
		for (const stream of this.streams) stream.destroy();
		this.server?.close();
	}
}

// PEM files of an authority and of what it vouches for: {ca, cert, key}; names: "DNS:sip.test,IP:127.0.0.1".
export function authority(name, names) {
	const path = (end) => join(folder, `${name}-${end}.pem`);
	const make = (end, ...args) => {
		execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
			'-subj', `/CN=${name} ${end}`, '-keyout', path(`${end}-key`), '-out', path(end), ...args], {stdio: 'pipe'});
	};
	make('ca');
	make('cert', '-CA', path('ca'), '-CAkey', path('ca-key'), '-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=critical,CA:FALSE');
	return {ca: path('ca'), cert: path('cert'), key: path('cert-key')};
}

// ---- names

const label = (name) => Buffer.concat([...name.split('.').map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])), Buffer.from([0])]);
const short = (...numbers) => Buffer.from(numbers.flatMap((n) => [n >> 8, n & 255]));
const string = (text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const TYPES = {1: 'A', 28: 'AAAA', 33: 'SRV', 35: 'NAPTR'};
const data = {
	A: (address) => Buffer.from(address.split('.').map(Number)),
	SRV: ([priority, weight, port, target]) => Buffer.concat([short(priority, weight, port), label(target)]),
	NAPTR: ([order, preference, service, replacement]) =>
		Buffer.concat([short(order, preference), string('s'), string(service), string(''), label(replacement)]),
};

// Answers UDP questions from the table {'TYPE name': [data]}; others with "no such name".
export async function nameServer(table) {
	const socket = createSocket('udp4').unref(), asked = [];
	socket.on('message', (question, from) => {
		const parts = [];
		let at = 12;
		for (; question[at]; at += question[at] + 1) parts.push(question.toString('latin1', at + 1, at + 1 + question[at]));
		const name = parts.join('.').toLowerCase(), type = TYPES[question.readUInt16BE(at + 1)], end = at + 5;
		const found = table[`${type} ${name}`] ?? [];
		asked.push(`${type} ${name}`);
		const records = found.map((one) => {
			const bytes = data[type](one);
			return Buffer.concat([label(name), question.subarray(at + 1, end), short(0, 30, bytes.length), bytes]);
		});
		socket.send(Buffer.concat([question.subarray(0, 2), short(found.length ? 0x8180 : 0x8183, 1, found.length, 0, 0),
			question.subarray(12, end), ...records]), from.port, from.address);
	});
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	return {asked, address: `127.0.0.1:${socket.address().port}`, close: () => socket.close()};
}

// ---- kamailio: registrar and proxy with record-routing, in memory alone

const running = new Set();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

const modules = ['kex', 'tm', 'tmx', 'sl', 'rr', 'pv', 'maxfwd', 'usrloc', 'registrar', 'textops', 'siputils', 'auth', 'htable'];

// accounts: {name: password}. seconds: what it grants.
export async function startKamailio(port, accounts, {seconds = 60} = {}) {
	const path = join(folder, `kamailio-${port}.cfg`);
	const users = Object.entries(accounts).map(([name, password]) => `\t$sht(users=>${name}) = "${password}";`).join('\n');
	writeFileSync(path, `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
tcp_accept_aliases=yes
tcp_connection_lifetime=600
alias="pbx.test"
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/aarch64-linux-gnu/kamailio/modules/"
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("htable", "htable", "users=>size=4;")
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", ${seconds})
modparam("registrar", "min_expires", 1)
modparam("auth", "qop", "auth")
modparam("rr", "enable_full_lr", 1)

event_route[htable:mod-init] {
${users}
}

request_route {
	if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
	if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
	if (has_totag()) {
		if (loose_route()) { t_relay(); exit; }
		if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
		sl_send_reply("404", "Not Here");
		exit;
	}
	if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
	if (is_method("REGISTER")) {
		if (!pv_www_authenticate("pbx.test", "$sht(users=>$au)", "0")) { www_challenge("pbx.test", "1"); exit; }
		save("location");
		exit;
	}
	if (!is_method("INVITE")) { sl_send_reply("405", "No"); exit; }
	remove_hf("Route");
	if (!pv_proxy_authenticate("pbx.test", "$sht(users=>$au)", "0")) { proxy_challenge("pbx.test", "1"); exit; }
	consume_credentials();
	append_hf("P-Asserted-Identity: \\"Asserted by kamailio\\" <sip:$au@pbx.test>\\r\\n");
	record_route();
	if (!lookup("location")) { sl_send_reply("404", "Nobody"); exit; }
	t_relay();
}
`);
	const child = spawn('kamailio', ['-f', path, '-DD', '-E', '-m', '32', '-M', '4', '-Y', folder, '-w', folder],
		{stdio: ['ignore', 'pipe', 'pipe'], detached: false});
	let text = '';
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more) => { text += more; });
	running.add(child);
	const ended = once(child, 'close').then(() => running.delete(child));
	const stop = async () => {
		child.kill('SIGTERM');
		await ended;
	};
	try {
		await eventually('kamailio listens', () => {
			if (!running.has(child)) throw new Error(text.slice(-2000));
			const busy = execFileSync('ss', ['-Hlun', `sport = :${port}`], {encoding: 'utf8'});
			if (!busy) throw new Error(`not yet: ${text.slice(-500)}`);
		}, 20000);
	} catch (error) {
		child.kill('SIGKILL');
		throw error;
	}
	return {port, stop, log: () => text};
}
