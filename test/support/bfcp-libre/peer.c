/*
 * A BFCP peer on Debian's libre, for tests: another stack's codec and transactions.
 *
 *   peer udp|tcp client HOST PORT CONFERENCE USER FLOOR [VERSION]
 *   peer udp server CONFERENCE USER FLOOR
 *
 * Reads commands from standard input, one a line, and writes one line for everything that happens:
 *
 *   client: hello, query, request, release ID, requestquery ID, userquery, goodbye, quit
 *   server: revoke (whom it granted), far NAME (somebody else holds the floor), free, quit
 *
 * libre has no BFCP over TCP: the framing of it is here. Its header declares BFCP over DTLS, but the function says that it
 * is not implemented (1.1.0).
 */
#include <re.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	struct bfcp_conn *bc;
	struct tcp_conn *tc;
	struct mbuf *rx;
	struct sa dst;
	bool server, tcp;
	uint32_t conf;
	uint16_t user, floor, tid, granted;
	uint8_t ver;
	char line[256];
	size_t used;
} me;


static const char *status_of(const struct bfcp_attr *info)
{
	const struct bfcp_attr *group, *status;

	group = bfcp_attr_subattr(info, BFCP_OVERALL_REQ_STATUS);
	if (!group)
		group = bfcp_attr_subattr(info, BFCP_FLOOR_REQ_STATUS);
	status = group ? bfcp_attr_subattr(group, BFCP_REQUEST_STATUS) : NULL;
	return status ? bfcp_reqstatus_name(status->v.reqstatus.status) : "none";
}


static bool request_line(const struct bfcp_attr *attr, void *arg)
{
	const struct bfcp_attr *who, *name;
	(void)arg;

	if (attr->type != BFCP_FLOOR_REQ_INFO)
		return false;
	who = bfcp_attr_subattr(attr, BFCP_BENEFICIARY_INFO);
	name = who ? bfcp_attr_subattr(who, BFCP_USER_DISP_NAME) : NULL;
	(void)re_printf(" request=%u status=%s user=%d name=\"%s\"",
			attr->v.floorreqid, status_of(attr),
			who ? who->v.u16 : -1, name ? name->v.userdname : "");
	return false;
}


static void show(const char *how, const struct bfcp_msg *msg)
{
	const struct bfcp_attr *attr;

	(void)re_printf("%s primitive=%u version=%u r=%u tid=%u user=%u", how,
			msg->prim, msg->ver, msg->r, msg->tid, msg->userid);
	if ((attr = bfcp_msg_attr(msg, BFCP_FLOOR_ID)))
		(void)re_printf(" floor=%u", attr->v.floorid);
	if ((attr = bfcp_msg_attr(msg, BFCP_SUPPORTED_PRIMS)))
		(void)re_printf(" primitives=%zu", attr->v.supprim.primc);
	if ((attr = bfcp_msg_attr(msg, BFCP_SUPPORTED_ATTRS)))
		(void)re_printf(" attributes=%zu", attr->v.supattr.attrc);
	if ((attr = bfcp_msg_attr(msg, BFCP_ERROR_CODE)))
		(void)re_printf(" error=%d", attr->v.errcode.code);
	(void)bfcp_msg_attr_apply(msg, request_line, NULL);
	(void)re_printf("\n");
	(void)fflush(stdout);
}


static void answered(int err, const struct bfcp_msg *msg, void *arg)
{
	(void)arg;
	if (err || !msg)
		(void)re_printf("failed %m\n", err);
	else
		show("answer", msg);
	(void)fflush(stdout);
}


static void acknowledge(const struct bfcp_msg *msg)
{
	switch (msg->prim) {

	case BFCP_FLOOR_REQUEST_STATUS:
		(void)bfcp_reply(me.bc, msg, BFCP_FLOOR_REQ_STATUS_ACK, 0);
		break;

	case BFCP_FLOOR_STATUS:
		(void)bfcp_reply(me.bc, msg, BFCP_FLOOR_STATUS_ACK, 0);
		break;

	case BFCP_GOODBYE:
		(void)bfcp_reply(me.bc, msg, BFCP_GOODBYE_ACK, 0);
		break;

	default:
		break;
	}
}


static int floor_request_status(const struct bfcp_msg *req,
				enum bfcp_reqstat state)
{
	struct bfcp_reqstatus status = {state, 0};

	if (req)
		return bfcp_reply(me.bc, req, BFCP_FLOOR_REQUEST_STATUS, 1,
				  BFCP_FLOOR_REQ_INFO, 2, &me.granted,
				  BFCP_OVERALL_REQ_STATUS, 1, &me.granted,
				  BFCP_REQUEST_STATUS, 0, &status,
				  BFCP_FLOOR_REQ_STATUS, 1, &me.floor,
				  BFCP_REQUEST_STATUS, 0, &status);
	return bfcp_notify(me.bc, &me.dst, me.ver, BFCP_FLOOR_REQUEST_STATUS,
			   me.conf, me.user, 1,
			   BFCP_FLOOR_REQ_INFO, 2, &me.granted,
			   BFCP_OVERALL_REQ_STATUS, 1, &me.granted,
			   BFCP_REQUEST_STATUS, 0, &status,
			   BFCP_FLOOR_REQ_STATUS, 1, &me.floor,
			   BFCP_REQUEST_STATUS, 0, &status);
}


static void serve(const struct bfcp_msg *msg)
{
	static enum bfcp_prim prims[] = {1, 2, 4, 7, 8, 11, 12, 13, 14, 15,
					 16, 17};
	static enum bfcp_attrib attrs[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
					   12, 13, 14, 15, 16, 17, 18};
	struct bfcp_supprim supprim = {prims, ARRAY_SIZE(prims)};
	struct bfcp_supattr supattr = {attrs, ARRAY_SIZE(attrs)};

	me.dst = msg->src;
	me.ver = msg->ver;
	if (msg->confid != me.conf || msg->userid != me.user) {
		(void)bfcp_ereply(me.bc, msg, BFCP_USER_NOT_EXIST);
		return;
	}
	switch (msg->prim) {

	case BFCP_HELLO:
		(void)bfcp_reply(me.bc, msg, BFCP_HELLO_ACK, 2,
				 BFCP_SUPPORTED_PRIMS, 0, &supprim,
				 BFCP_SUPPORTED_ATTRS, 0, &supattr);
		break;

	case BFCP_FLOOR_QUERY:
		(void)bfcp_reply(me.bc, msg, BFCP_FLOOR_STATUS, 1,
				 BFCP_FLOOR_ID, 0, &me.floor);
		break;

	case BFCP_FLOOR_REQUEST:
		++me.granted;
		(void)floor_request_status(msg, BFCP_GRANTED);
		break;

	case BFCP_FLOOR_RELEASE:
		(void)floor_request_status(msg, BFCP_RELEASED);
		break;

	case BFCP_GOODBYE:
		(void)bfcp_reply(me.bc, msg, BFCP_GOODBYE_ACK, 0);
		break;

	default:
		(void)bfcp_ereply(me.bc, msg, BFCP_UNKNOWN_PRIM);
		break;
	}
}


static void received(const struct bfcp_msg *msg, void *arg)
{
	(void)arg;
	show("told", msg);
	if (me.server)
		serve(msg);
	else
		acknowledge(msg);
}


/* attributes: one FLOOR-ID or FLOOR-REQUEST-ID, or none */
static int ask(enum bfcp_prim prim, enum bfcp_attrib type, uint16_t *id)
{
	struct mbuf *mb;
	int err;

	if (!me.tcp && id)
		return bfcp_request(me.bc, &me.dst, me.ver, prim, me.conf,
				    me.user, answered, NULL, 1, type, 0, id);
	if (!me.tcp)
		return bfcp_request(me.bc, &me.dst, me.ver, prim, me.conf,
				    me.user, answered, NULL, 0);
	mb = mbuf_alloc(64);
	if (!mb)
		return ENOMEM;
	++me.tid;
	if (id)
		err = bfcp_msg_encode(mb, me.ver, false, prim, me.conf, me.tid,
				      me.user, 1, type, 0, id);
	else
		err = bfcp_msg_encode(mb, me.ver, false, prim, me.conf, me.tid,
				      me.user, 0);
	mb->pos = 0;
	if (!err)
		err = tcp_send(me.tc, mb);
	mem_deref(mb);
	return err;
}


static int far_holds(const char *name)
{
	struct bfcp_reqstatus status = {BFCP_GRANTED, 0};
	uint16_t id = 900, user = 901;

	return bfcp_notify(me.bc, &me.dst, me.ver, BFCP_FLOOR_STATUS, me.conf,
			   me.user, 2,
			   BFCP_FLOOR_ID, 0, &me.floor,
			   BFCP_FLOOR_REQ_INFO, 3, &id,
			   BFCP_OVERALL_REQ_STATUS, 1, &id,
			   BFCP_REQUEST_STATUS, 0, &status,
			   BFCP_FLOOR_REQ_STATUS, 1, &me.floor,
			   BFCP_REQUEST_STATUS, 0, &status,
			   BFCP_BENEFICIARY_INFO, 1, &user,
			   BFCP_USER_DISP_NAME, 0, name);
}


static int command(const char *line)
{
	uint16_t id = (uint16_t)atoi(strchr(line, ' ') ? strchr(line, ' ') : "");

	if (!strcmp(line, "quit"))
		re_cancel();
	else if (me.server && !strcmp(line, "revoke"))
		return floor_request_status(NULL, BFCP_REVOKED);
	else if (me.server && !strncmp(line, "far ", 4))
		return far_holds(line + 4);
	else if (me.server && !strcmp(line, "free"))
		return bfcp_notify(me.bc, &me.dst, me.ver, BFCP_FLOOR_STATUS,
				   me.conf, me.user, 1,
				   BFCP_FLOOR_ID, 0, &me.floor);
	else if (!strcmp(line, "hello"))
		return ask(BFCP_HELLO, 0, NULL);
	else if (!strcmp(line, "goodbye"))
		return ask(BFCP_GOODBYE, 0, NULL);
	else if (!strcmp(line, "query"))
		return ask(BFCP_FLOOR_QUERY, BFCP_FLOOR_ID, &me.floor);
	else if (!strcmp(line, "request"))
		return ask(BFCP_FLOOR_REQUEST, BFCP_FLOOR_ID, &me.floor);
	else if (!strcmp(line, "userquery"))
		return ask(BFCP_USER_QUERY, 0, NULL);
	else if (!strncmp(line, "release ", 8))
		return ask(BFCP_FLOOR_RELEASE, BFCP_FLOOR_REQUEST_ID, &id);
	else if (!strncmp(line, "requestquery ", 13))
		return ask(BFCP_FLOOR_REQUEST_QUERY, BFCP_FLOOR_REQUEST_ID,
			   &id);
	else
		return EINVAL;
	return 0;
}


static void typed(int flags, void *arg)
{
	ssize_t n = read(STDIN_FILENO, me.line + me.used,
			 sizeof(me.line) - 1 - me.used);
	char *end;
	(void)flags;
	(void)arg;

	if (n <= 0) {
		fd_close(STDIN_FILENO);
		re_cancel();
		return;
	}
	me.used += (size_t)n;
	me.line[me.used] = '\0';
	while ((end = strchr(me.line, '\n'))) {
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


static void tcp_up(void *arg)
{
	(void)arg;
	(void)re_printf("connected\n");
	(void)fflush(stdout);
}


static void tcp_got(struct mbuf *mb, void *arg)
{
	struct bfcp_msg *msg;
	(void)arg;

	me.rx->pos = me.rx->end;
	(void)mbuf_write_mem(me.rx, mbuf_buf(mb), mbuf_get_left(mb));
	me.rx->pos = 0;
	while (mbuf_get_left(me.rx) >= 12) {
		const size_t start = me.rx->pos;

		if (bfcp_msg_decode(&msg, me.rx)) {
			me.rx->pos = start;
			break;
		}
		show(msg->tid ? "answer" : "told", msg);
		mem_deref(msg);
	}
	memmove(me.rx->buf, mbuf_buf(me.rx), mbuf_get_left(me.rx));
	me.rx->end = mbuf_get_left(me.rx);
}


static void tcp_gone(int err, void *arg)
{
	(void)arg;
	(void)re_printf("closed %d\n", err);
	(void)fflush(stdout);
}


static int open_up(void)
{
	struct sa local;
	int err;

	(void)sa_set_str(&local, "127.0.0.1", 0);
	if (me.tcp) {
		me.rx = mbuf_alloc(1024);
		return tcp_connect(&me.tc, &me.dst, tcp_up, tcp_got, tcp_gone,
				   NULL);
	}
	err = bfcp_listen(&me.bc, BFCP_UDP, &local, NULL, received, NULL);
	if (!err) {
		(void)re_printf("listening %u\n", sa_port(&local));
		(void)fflush(stdout);
	}
	return err;
}


static void stopped(int sig)
{
	(void)sig;
	re_cancel();
}


int main(int argc, char **argv)
{
	const int at = argc > 2 && !strcmp(argv[2], "server") ? 3 : 5;
	int err;

	if (argc < at + 3)
		return 2;
	me.tcp = !strcmp(argv[1], "tcp");
	me.server = at == 3;
	me.conf = (uint32_t)strtoul(argv[at], NULL, 10);
	me.user = (uint16_t)atoi(argv[at + 1]);
	me.floor = (uint16_t)atoi(argv[at + 2]);
	me.ver = argc > at + 3 ? (uint8_t)atoi(argv[at + 3])
			       : (me.tcp ? BFCP_VER1 : BFCP_VER2);
	err = libre_init();
	if (!err && !me.server)
		err = sa_set_str(&me.dst, argv[3], (uint16_t)atoi(argv[4]));
	if (!err)
		err = open_up();
	if (!err)
		err = fd_listen(STDIN_FILENO, FD_READ, typed, NULL);
	if (!err)
		err = re_main(stopped);
	if (err)
		(void)re_fprintf(stderr, "%m\n", err);
	mem_deref(me.bc);
	mem_deref(me.tc);
	mem_deref(me.rx);
	libre_close();
	return err ? 1 : 0;
}
