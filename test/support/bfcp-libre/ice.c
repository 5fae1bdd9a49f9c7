/*
 * Floor control over DTLS with ICE on Debian's libre, for tests: another stack's STUN, ICE, TLS and BFCP codec.
 *
 *   ice controlling|controlled UFRAG PWD
 *
 * Writes `listening PORT FINGERPRINT`, reads commands from standard input, one a line, and writes one line for everything
 * that happens:
 *
 *   remote UFRAG PWD PORT (on 127.0.0.1), hello CONFERENCE USER, request CONFERENCE USER FLOOR, quit
 */
#include <re.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	struct udp_sock *us;
	struct icem *icem;
	struct dtls_sock *sock;
	struct tls *tls;
	struct tls_conn *tc;
	uint16_t tid;
	char line[1024];
	size_t used;
} me;


static void tell(const char *text)
{
	(void)re_printf("%s\n", text);
	(void)fflush(stdout);
}


static void up(void *arg)
{
	uint8_t md[32];
	(void)arg;

	if (tls_peer_fingerprint(me.tc, TLS_FINGERPRINT_SHA256, md, sizeof(md)))
		return tell("no certificate");
	(void)re_printf("dtls %s %02X\n", tls_cipher_name(me.tc), md[0]);
	(void)fflush(stdout);
}


static void got(struct mbuf *mb, void *arg)
{
	struct bfcp_msg *msg;
	(void)arg;

	if (bfcp_msg_decode(&msg, mb))
		return tell("not BFCP");
	(void)re_printf("got primitive=%d r=%d tid=%u\n", msg->prim, msg->r, msg->tid);
	(void)fflush(stdout);
	mem_deref(msg);
}


static void gone(int err, void *arg)
{
	(void)arg;
	(void)re_printf("dtls closed %d\n", err);
	(void)fflush(stdout);
	me.tc = mem_deref(me.tc);
}


static void checked(int err, bool update, void *arg)
{
	const struct ice_cand *cand = err ? NULL : icem_selected_rcand(me.icem, 1);
	(void)arg;

	if (!cand) {
		(void)re_printf("ice failed %d\n", err);
		(void)fflush(stdout);
		return;
	}
	(void)re_printf("selected %J as %s%s\n", icem_lcand_addr(cand),
			ice_role2name(icem_local_role(me.icem)), update ? " again" : "");
	(void)fflush(stdout);
	if (!me.tc && dtls_connect(&me.tc, me.tls, me.sock, icem_lcand_addr(cand), up, got, gone, NULL))
		tell("no dtls");
}


static int say(enum bfcp_prim prim, const char *args)
{
	struct mbuf *mb = mbuf_alloc(256);
	unsigned conf = 0, user = 0, floor = 0;
	uint16_t id;
	int err;

	if (!mb)
		return ENOMEM;
	(void)sscanf(args, "%u %u %u", &conf, &user, &floor);
	id = (uint16_t)floor;
	if (prim == BFCP_FLOOR_REQUEST)
		err = bfcp_msg_encode(mb, BFCP_VER2, false, prim, conf, ++me.tid,
				      (uint16_t)user, 1, BFCP_FLOOR_ID | BFCP_MANDATORY, 0, &id);
	else
		err = bfcp_msg_encode(mb, BFCP_VER2, false, prim, conf, ++me.tid, (uint16_t)user, 0);
	if (!err) {
		mb->pos = 0;
		err = me.tc ? dtls_send(me.tc, mb) : ENOTCONN;
	}
	mem_deref(mb);
	return err;
}


static int meet(const char *args)
{
	char ufrag[257], pwd[257], cand[64];
	unsigned port;
	int err;

	if (sscanf(args, "%256s %256s %u", ufrag, pwd, &port) != 3)
		return EINVAL;
	(void)re_snprintf(cand, sizeof(cand), "1 1 UDP 2130706431 127.0.0.1 %u typ host", port);
	err = icem_sdp_decode(me.icem, ice_attr_ufrag, ufrag);
	err |= icem_sdp_decode(me.icem, ice_attr_pwd, pwd);
	err |= icem_sdp_decode(me.icem, ice_attr_cand, cand);
	return err ? err : icem_conncheck_start(me.icem);
}


static int command(const char *line)
{
	if (!strncmp(line, "remote ", 7))
		return meet(line + 7);
	if (!strncmp(line, "hello ", 6))
		return say(BFCP_HELLO, line + 6);
	if (!strncmp(line, "request ", 8))
		return say(BFCP_FLOOR_REQUEST, line + 8);
	if (strcmp(line, "quit"))
		return EINVAL;
	re_cancel();
	return 0;
}


static void typed(int flags, void *arg)
{
	const ssize_t n = read(STDIN_FILENO, me.line + me.used, sizeof(me.line) - 1 - me.used);
	char *end;
	(void)flags;
	(void)arg;

	if (n <= 0) {
		re_cancel();
		return;
	}
	me.used += (size_t)n;
	me.line[me.used] = '\0';
	while ((end = strchr(me.line, '\n')) != NULL) {
		int err;

		*end = '\0';
		err = command(me.line);
		if (err) {
			(void)re_printf("failed %m\n", err);
			(void)fflush(stdout);
		}
		me.used -= (size_t)(end + 1 - me.line);
		memmove(me.line, end + 1, me.used + 1);
	}
}


static void stopped(int sig)
{
	(void)sig;
	re_cancel();
}


static int open_up(char **argv)
{
	const enum ice_role role = strcmp(argv[1], "controlling") ? ICE_ROLE_CONTROLLED : ICE_ROLE_CONTROLLING;
	struct sa local;
	uint8_t md[32];
	int err;

	(void)sa_set_str(&local, "127.0.0.1", 0);
	err = udp_listen(&me.us, &local, NULL, NULL);
	err |= udp_local_get(me.us, &local);
	if (err)
		return err;
	err = icem_alloc(&me.icem, ICE_MODE_FULL, role, IPPROTO_UDP, 0, rand_u64(), argv[2], argv[3], checked, NULL);
	err |= icem_comp_add(me.icem, 1, me.us);
	err |= icem_cand_add(me.icem, 1, 0xffff, "lo", &local);
	err |= tls_alloc(&me.tls, TLS_METHOD_DTLSV1_2, NULL, NULL);
	err |= tls_set_selfsigned_rsa(me.tls, "libre", 2048);
	err |= dtls_listen(&me.sock, NULL, me.us, 4, 10, NULL, NULL);
	err |= tls_fingerprint(me.tls, TLS_FINGERPRINT_SHA256, md, sizeof(md));
	if (err)
		return err;
	(void)re_printf("listening %u ", sa_port(&local));
	for (size_t i = 0; i < sizeof(md); i++)
		(void)re_printf("%s%02X", i ? ":" : "", md[i]);
	tell("");
	return 0;
}


int main(int argc, char **argv)
{
	int err;

	if (argc < 4)
		return 2;
	err = libre_init();
	if (!err)
		err = open_up(argv);
	if (!err)
		err = fd_listen(STDIN_FILENO, FD_READ, typed, NULL);
	if (!err)
		err = re_main(stopped);
	if (err)
		(void)re_fprintf(stderr, "%m\n", err);
	mem_deref(me.tc);
	mem_deref(me.sock);
	mem_deref(me.icem);
	mem_deref(me.tls);
	mem_deref(me.us);
	libre_close();
	return err ? 1 : 0;
}
