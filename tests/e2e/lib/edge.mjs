// edge - kamailio between browsers and the server: WebSocket on one side, UDP on the other, record-routed, as in front of a SIP network.
//
//   const edge = await startEdge(8180, 5990);       edge.url: for phone(..., {ws: edge.url}); await edge.stop();

import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {folder} from './media.mjs';
import {eventually} from './wait.mjs';

const FOLDERS = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/kamailio/modules/`);
export const hasEdge = FOLDERS.some((path) => existsSync(join(path, 'websocket.so')));
const modules = ['kex', 'tm', 'tmx', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'nathelper', 'xhttp', 'websocket'];

export async function startEdge(port, next) {
	const path = join(folder, `edge-${port}.cfg`);
	writeFileSync(path, `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
tcp_accept_no_cl=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
mpath="${FOLDERS.join(':')}"
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("rr", "enable_full_lr", 1)

request_route {
	if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
	if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
	if (proto == WS || proto == WSS) { force_rport(); add_contact_alias(); t_on_reply("TO_BROWSER"); }
	if (has_totag()) {
		if (!loose_route()) {
			if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
			sl_send_reply("404", "Not Here");
			exit;
		}
		if ($du == "") handle_ruri_alias();
		t_relay();
		exit;
	}
	if (!is_method("INVITE")) { sl_send_reply("405", "No"); exit; }
	record_route();
	$du = "sip:127.0.0.1:${next}";
	t_relay();
}

onreply_route[TO_BROWSER] {
	if (proto == WS || proto == WSS) add_contact_alias();
}

event_route[xhttp:request] {
	set_reply_close();
	set_reply_no_connect();
	if ($hdr(Upgrade) =~ "websocket") { if (ws_handle_handshake()) exit; }
	xhttp_reply("404", "Not Found", "", "");
}
`);
	const child = spawn('kamailio', ['-f', path, '-DD', '-E', '-m', '32', '-M', '4', '-Y', folder, '-w', folder], {stdio: ['ignore', 'pipe', 'pipe']});
	let text = '';
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more) => { text += more; });
	const ended = once(child, 'close');
	process.on('exit', () => child.kill('SIGKILL'));
	await eventually('kamailio listens', () => {
		if (child.exitCode !== null) throw new Error(text.slice(-2000));
		if (!execFileSync('ss', ['-Hltn', `sport = :${port}`], {encoding: 'utf8'})) throw new Error(`not yet: ${text.slice(-500)}`);
	}, 20000);
	const stop = async () => {
		child.kill('SIGTERM');
		await ended;
	};
	return {url: `ws://127.0.0.1:${port}/`, stop, text: () => text};
}
