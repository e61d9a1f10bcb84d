/* SPDX-License-Identifier: GPL-2.0-only */
/* examples/bmc once more, in eBPF: a cache for memcached after BMC (Ghigoff et
 * al., NSDI 2021), in the form that the verifier wants. A request goes through
 * programs that call each other by tail calls, one for each step and one more
 * round for each key, since all of it at once is too much to verify. What they
 * tell each other is in a per-CPU map. Each loop has a constant bound. Under a
 * spin lock nothing is called.
 *
 * It decides by the same rules as examples/bmc when an answer may come from the
 * cache. Of the commands that change items it knows SET, one in a segment, over
 * TCP; every other command empties the cache.
 */
#include "bmc.h"

#define PORT htons(11211)
#define MAX_KEY 250
#define MAX_RECORD 1280 /* ours: 1,276; this is a multiple of 8 */
#define MAX_REPLY 1400
#define NUM_ENTRIES 4096
#define NUM_CONNS 1024
#define PATIENCE 1000000000ull /* nanoseconds */
#define FOREVER (~0ull)
#define MAX_SPACES 16

/* A request, or with an id of 0 a connection. */
struct ticket {
	u32 client, server;
	u16 port, id;
};

struct entry {
	struct bpf_spin_lock lock;
	u16 len, keylen;
	u32 pending, epoch;
	u64 until;
	struct ticket ticket;
	u8 record[MAX_RECORD]; /* "VALUE key flags len\r\nvalue\r\n" */
};

struct conn {
	struct bpf_spin_lock lock;
	u32 unanswered;
	u64 until;
	u32 slot, tracked, seq;
	struct ticket flow;
};

struct stats {
	u64 gets, hits, misses, writes, tracked, fills, flushes;
};

struct frame {
	u16 id, seq, total, reserved;
};

#define HEADERS (sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct frame))

/* What a step leaves to the next one. */
struct work {
	struct ticket ticket;
	u32 off;     /* of what is still to be parsed, in the packet */
	u32 end;     /* of the request */
	u32 keylen, slot, last, miss;
	u32 n;       /* bytes of the reply */
	u32 seq;
	u8 key[256];
	u8 reply[MAX_REPLY + MAX_RECORD + 8];
	u8 packet[2048]; /* egress */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NUM_ENTRIES);
	__type(key, u32);
	__type(value, struct entry);
} cache SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NUM_CONNS);
	__type(key, u32);
	__type(value, struct conn);
} conns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct stats);
} stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct work);
} works SEC(".maps");

enum { HASH_KEY, LOOK_UP, REPLY, SET_KEY, SET };
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 5);
	__type(key, u32);
	__type(value, u32);
} ingress_steps SEC(".maps");

enum { FILL, STORE, STORED };
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__type(key, u32);
	__type(value, u32);
} egress_steps SEC(".maps");

u32 epoch; /* how often all entries became invalid */
u64 quiet; /* until when no reply may fill an entry */

static __always_inline void *only(void *map)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(map, &zero);
}

static __always_inline u32 slot_of(u32 hash)
{
	return (hash ^ hash >> 16) % NUM_ENTRIES;
}

static __always_inline u32 slot_of_conn(const struct ticket *f)
{
	u32 h = f->client * 31 + f->server;

	h = h * 31 + f->port;
	return (h ^ h >> 16) % NUM_CONNS;
}

static __always_inline int same(const struct ticket *a, const struct ticket *b)
{
	return a->client == b->client && a->server == b->server && a->port == b->port && a->id == b->id;
}

/* Something that is not understood may have changed anything. */
static __always_inline int flush(void)
{
	struct stats *s = only(&stats);

	quiet = bpf_ktime_get_ns() + PATIENCE;
	__sync_fetch_and_add(&epoch, 1);
	if (s)
		s->flushes++;
	return XDP_PASS;
}

/* Ingress: what kind of packet it is. */
SEC("xdp")
int ingress(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end, *p;
	struct ethhdr *eth = (void *)data;
	struct iphdr *ip = (void *)(eth + 1);
	struct work *w = only(&works);
	struct stats *s = only(&stats);
	u32 ihl, off;

	if (!w || !s || (u8 *)(ip + 1) > end || eth->proto != htons(ETH_P_IP))
		return XDP_PASS;
	ihl = (ip->vihl & 15) * 4;
	if (ip->vihl >> 4 != 4 || ihl < sizeof(*ip) || ip->frag & htons(0x1fff))
		return XDP_PASS;
	p = (u8 *)ip + ihl;
	w->ticket.client = ip->saddr;
	w->ticket.server = ip->daddr;
	if (ip->protocol == IPPROTO_UDP) {
		struct udphdr *udp = (void *)p;
		struct frame *f = (void *)(udp + 1);
		u8 *cmd = (u8 *)(f + 1);

		if ((u8 *)f > end || udp->dest != PORT || cmd + 4 > end)
			return XDP_PASS;
		if (cmd[0] != 'g' || cmd[1] != 'e' || cmd[2] != 't' || cmd[3] != ' ')
			return flush();
		if (ihl != sizeof(*ip) || ip->frag & htons(0x2000) ||
		    ntohs(udp->len) > end - (u8 *)udp || ntohs(f->total) > 1)
			return XDP_PASS;
		s->gets++;
		w->ticket.port = udp->source;
		w->ticket.id = f->id;
		w->off = HEADERS + 4;
		w->end = HEADERS - sizeof(*udp) - sizeof(*f) + ntohs(udp->len); /* padding follows */
		w->n = 0;
		w->miss = 0;
		bpf_tail_call(ctx, &ingress_steps, HASH_KEY);
	} else if (ip->protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = (void *)p;
		u8 *cmd;

		if ((u8 *)(tcp + 1) > end || tcp->dest != PORT)
			return XDP_PASS;
		off = (tcp->off >> 4) * 4;
		if (off < sizeof(*tcp))
			return XDP_PASS;
		cmd = p + off;
		if (cmd + 1 > end)
			return XDP_PASS; /* no payload */
		if (cmd + 4 > end)
			return flush();
		if (cmd[0] == 'g' && cmd[1] == 'e' && cmd[2] == 't')
			return XDP_PASS;
		if (cmd[0] != 's' || cmd[1] != 'e' || cmd[2] != 't' || cmd[3] != ' ')
			return flush();
		w->ticket.port = tcp->source;
		w->ticket.id = 0;
		w->seq = tcp->seq;
		w->off = cmd + 4 - data;
		bpf_tail_call(ctx, &ingress_steps, SET_KEY);
	}
	return XDP_PASS;
}

/* Copies the next word of the packet to w->key and hashes it (FNV-1a). The
 * result is the byte behind it, or -1.
 */
static __always_inline int key(struct xdp_md *ctx, struct work *w)
{
	u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
	u32 off = w->off, hash = 2166136261, i;
	u8 *p, c = 0;

	if (off > 2000)
		return -1;
	p = data + off;
	for (i = 0; i < MAX_SPACES; i++) {
		if (p + 1 > end)
			return -1;
		if (*p != ' ')
			break;
		p++;
	}
	for (i = 0; i <= MAX_KEY; i++) {
		if (p + i + 1 > end)
			return -1;
		c = p[i];
		if (c <= ' ')
			break;
		if (i == MAX_KEY)
			return -1;
		w->key[i] = c;
		hash = (hash ^ c) * 16777619;
	}
	w->off = p + i - data;
	w->keylen = i;
	w->slot = slot_of(hash);
	return c;
}

/* GET, for each key: its hash. */
SEC("xdp")
int hash_key(struct xdp_md *ctx)
{
	struct work *w = only(&works);
	int c;

	if (!w)
		return XDP_PASS;
	c = key(ctx, w);
	if (c != ' ' && c != '\r')
		return XDP_PASS;
	w->last = c == '\r';
	if (w->last) {
		u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
		u32 off = w->off;

		if (off > 2300)
			return XDP_PASS;
		data += off;
		if (data + 2 > end || data[1] != '\n' || off + 2 != w->end)
			return XDP_PASS;
	}
	bpf_tail_call(ctx, &ingress_steps, w->keylen ? LOOK_UP : REPLY);
	return XDP_PASS;
}

/* GET, for each key: its record, or else a ticket. */
SEC("xdp")
int look_up(struct xdp_md *ctx)
{
	struct work *w = only(&works);
	struct entry *e;
	u32 keylen, len, i, n, ep, hit = 0;
	u64 now, q;

	if (!w)
		return XDP_PASS;
	e = bpf_map_lookup_elem(&cache, &w->slot);
	keylen = w->keylen;
	n = w->n;
	if (!e || keylen > MAX_KEY || n > MAX_REPLY)
		return XDP_PASS;
	ep = epoch;
	q = quiet;
	now = bpf_ktime_get_ns(); /* not possible under the lock */
	bpf_spin_lock(&e->lock);
	len = e->len;
	if (e->epoch == ep && len > 0 && len <= MAX_RECORD && e->keylen == keylen) {
		hit = 1;
		for (i = 0; i < MAX_KEY / 8; i++) {
			if (i * 8 + 8 > keylen)
				break;
			if (*(u64 *)(e->record + 6 + i * 8) != *(u64 *)(w->key + i * 8))
				hit = 0;
		}
		for (i = 0; i < 7; i++) {
			u32 at = (keylen & ~7) + i;

			if (at >= keylen)
				break;
			opaque(at);
			if (at < MAX_KEY && e->record[6 + at] != w->key[at])
				hit = 0;
		}
	}
	if (hit) {
		for (i = 0; i < MAX_RECORD / 8; i++) {
			if (i * 8 >= len)
				break;
			*(u64 *)(w->reply + n + i * 8) = *(u64 *)(e->record + i * 8);
		}
	} else {
		if (e->epoch != ep) {
			e->epoch = ep;
			e->len = 0;
		}
		e->ticket = (struct ticket){};
		if ((!e->pending || now >= e->until) && now >= q) {
			e->pending = 0;
			e->ticket = w->ticket;
		}
	}
	bpf_spin_unlock(&e->lock);
	if (hit)
		w->n = n + len;
	else
		w->miss = 1;
	bpf_tail_call(ctx, &ingress_steps, w->last ? REPLY : HASH_KEY);
	return XDP_PASS;
}

/* GET: the answer. */
SEC("xdp")
int reply(struct xdp_md *ctx)
{
	struct work *w = only(&works);
	struct stats *s = only(&stats);
	struct ethhdr *eth;
	struct iphdr *ip;
	struct udphdr *udp;
	struct frame *f;
	u32 n, sum, addr;
	u8 mac[6];
	u16 port;
	long had;

	if (!w || !s)
		return XDP_PASS;
	if (w->miss) {
		s->misses++;
		return XDP_PASS;
	}
	n = w->n;
	if (n == 0)
		return XDP_PASS;
	opaque(n); /* or clang makes one comparison of these, of n - 1 */
	if (n > MAX_REPLY - 8 - 5)
		return XDP_PASS;
	__builtin_memcpy(w->reply + n, "END\r\n", 5);
	n += 5;
	had = (long)ctx->data_end - (long)ctx->data;
	opaque(had); /* or clang makes 32-bit arithmetic of it, on pointers */
	if (bpf_xdp_adjust_tail(ctx, (long)(HEADERS + n) - had))
		return XDP_PASS;
	eth = (void *)(long)ctx->data;
	ip = (void *)(eth + 1);
	udp = (void *)(ip + 1);
	f = (void *)(udp + 1);
	if ((u8 *)(f + 1) > (u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
	__builtin_memcpy(mac, eth->src, 6);
	__builtin_memcpy(eth->src, eth->dst, 6);
	__builtin_memcpy(eth->dst, mac, 6);
	addr = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = addr;
	port = udp->source;
	udp->source = udp->dest;
	udp->dest = port;
	f->seq = 0;
	f->total = htons(1);
	f->reserved = 0;
	udp->check = 0;
	udp->len = htons(16 + n);
	sum = (u16)~ntohs(ip->check) + (u16)~ntohs(ip->len) + 36 + n;
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = htons((u16)~(sum + (sum >> 16)));
	ip->len = htons(36 + n);
	if (bpf_xdp_store_bytes(ctx, HEADERS, w->reply, n))
		return XDP_ABORTED;
	s->hits++;
	return XDP_TX;
}

/* SET: the key. */
SEC("xdp")
int set_key(struct xdp_md *ctx)
{
	struct work *w = only(&works);

	if (!w)
		return XDP_PASS;
	if (key(ctx, w) != ' ' || !w->keylen)
		return flush();
	bpf_tail_call(ctx, &ingress_steps, SET);
	return XDP_PASS;
}

/* Reads a number of up to ten digits and the byte behind it. */
static __always_inline u8 *number(u8 *p, u8 *end, u64 *value, u8 *behind)
{
	u64 v = 0;
	u32 i;

	for (i = 0; i < 11; i++) {
		if (p + 1 > end)
			return 0;
		*behind = *p++;
		if (*behind < '0' || *behind > '9')
			break;
		v = v * 10 + (*behind - '0');
	}
	*value = v;
	return i > 0 && i < 11 ? p : 0;
}

/* SET: nobody knows the item's value until memcached has answered. */
SEC("xdp")
int set(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end, *p, c = 0;
	struct work *w = only(&works);
	struct stats *s = only(&stats);
	u64 flags, exptime, size, now, until;
	u32 off, slot, seq, tracked = 0, known;
	struct ticket flow;
	struct entry *e;
	struct conn *k;

	if (!w || !s)
		return XDP_PASS;
	off = w->off;
	if (off > 2300)
		return flush();
	p = number(data + off + 1, end, &flags, &c);
	if (!p || c != ' ')
		return flush();
	p = number(p, end, &exptime, &c);
	if (!p || c != ' ')
		return flush();
	p = number(p, end, &size, &c);
	/* A word follows: noreply. More commands, or not all of this one: no. */
	if (!p || c != '\r' || p + 1 > end || *p != '\n' || end - p != size + 3)
		return flush();
	s->writes++;
	now = bpf_ktime_get_ns();
	until = exptime ? FOREVER : now + PATIENCE;
	flow = w->ticket;
	seq = w->seq;
	slot = slot_of_conn(&flow);
	k = bpf_map_lookup_elem(&conns, &slot);
	e = bpf_map_lookup_elem(&cache, &w->slot);
	if (!k || !e)
		return XDP_PASS;
	bpf_spin_lock(&k->lock);
	if (now >= k->until)
		k->unanswered = 0;
	known = k->unanswered && k->seq == seq && same(&k->flow, &flow);
	if (!known) {
		tracked = !k->unanswered;
		k->tracked = tracked;
		k->unanswered++;
		k->until = now + PATIENCE;
		k->slot = w->slot;
		k->seq = seq;
		k->flow = flow;
	}
	bpf_spin_unlock(&k->lock);
	s->tracked += tracked;
	bpf_spin_lock(&e->lock);
	e->len = 0;
	e->ticket = (struct ticket){};
	e->pending++;
	if (e->until < until)
		e->until = until;
	bpf_spin_unlock(&e->lock);
	return XDP_PASS;
}

/* Egress: what kind of packet it is. */
SEC("tc")
int egress(struct __sk_buff *skb)
{
	struct work *w = only(&works);
	struct iphdr *ip;
	struct udphdr *udp;
	struct frame *f;
	u32 len = skb->len;

	if (!w || skb->protocol != htons(ETH_P_IP) || len < 54)
		return TC_ACT_UNSPEC;
	if (bpf_skb_load_bytes(skb, 0, w->packet, 54))
		return TC_ACT_UNSPEC;
	ip = (void *)(w->packet + sizeof(struct ethhdr));
	udp = (void *)(ip + 1);
	f = (void *)(udp + 1);
	if (ip->vihl != 0x45 || ip->frag & htons(0x3fff) || udp->source != PORT)
		return TC_ACT_UNSPEC;
	w->ticket.client = ip->daddr;
	w->ticket.server = ip->saddr;
	w->ticket.port = udp->dest;
	w->ticket.id = 0;
	if (ip->protocol == IPPROTO_TCP) {
		bpf_tail_call(skb, &egress_steps, STORED);
		return TC_ACT_UNSPEC;
	}
	w->ticket.id = f->id;
	if (ip->protocol != IPPROTO_UDP || f->total != htons(1) ||
	    len > HEADERS + MAX_REPLY || ntohs(udp->len) != len - 34)
		return TC_ACT_UNSPEC;
	opaque(len);
	if (len < 54 || len > HEADERS + MAX_REPLY || bpf_skb_load_bytes(skb, 0, w->packet, len))
		return TC_ACT_UNSPEC;
	w->n = len;
	bpf_tail_call(skb, &egress_steps, FILL);
	return TC_ACT_UNSPEC;
}

/* A reply to GET: its key. memcached sends each record in a datagram. */
SEC("tc")
int fill(struct __sk_buff *skb)
{
	struct work *w = only(&works);
	u32 hash = 2166136261, i;
	u8 *p;

	if (!w)
		return TC_ACT_UNSPEC;
	p = w->packet + HEADERS;
	if (p[0] != 'V' || p[1] != 'A' || p[2] != 'L' || p[3] != 'U' || p[4] != 'E' || p[5] != ' ')
		return TC_ACT_UNSPEC;
	for (i = 0; i <= MAX_KEY; i++) {
		u8 c = p[6 + i];

		if (c <= ' ')
			break;
		hash = (hash ^ c) * 16777619;
	}
	w->keylen = i;
	w->slot = slot_of(hash);
	bpf_tail_call(skb, &egress_steps, STORE);
	return TC_ACT_UNSPEC;
}

/* A reply to GET: its record, if the ticket is the request's. */
SEC("tc")
int store(struct __sk_buff *skb)
{
	struct work *w = only(&works);
	struct stats *s = only(&stats);
	u32 keylen, at, i, size = 0, spaces = 0, stored = 0, ep = epoch;
	struct entry *e;

	if (!w || !s)
		return TC_ACT_UNSPEC;
	keylen = w->keylen;
	e = bpf_map_lookup_elem(&cache, &w->slot);
	if (!e || keylen == 0)
		return TC_ACT_UNSPEC;
	opaque(keylen);
	if (keylen > MAX_KEY)
		return TC_ACT_UNSPEC;
	at = HEADERS + 6 + keylen;
	/* " flags size\r\n" */
	for (i = 0; i < 18; i++) {
		u8 c = w->packet[at + i];

		if (c == '\r')
			break;
		if (c == ' ') {
			spaces++;
			size = 0;
		} else if (c >= '0' && c <= '9') {
			size = size * 10 + (c - '0');
		} else {
			return TC_ACT_UNSPEC;
		}
	}
	if (spaces != 2 || i == 18 || size > MAX_RECORD)
		return TC_ACT_UNSPEC;
	size = 6 + keylen + i + 2 + size + 2;
	opaque(size);
	if (size > 1276 || HEADERS + size > w->n)
		return TC_ACT_UNSPEC;
	bpf_spin_lock(&e->lock);
	if (same(&e->ticket, &w->ticket) && e->epoch == ep) {
		e->ticket = (struct ticket){};
		e->keylen = keylen;
		e->len = size;
		for (i = 0; i < MAX_RECORD / 8; i++) {
			if (i * 8 >= size)
				break;
			*(u64 *)(e->record + i * 8) = *(u64 *)(w->packet + HEADERS + i * 8);
		}
		stored = 1;
	}
	bpf_spin_unlock(&e->lock);
	s->fills += stored;
	return TC_ACT_UNSPEC;
}

/* An answer to SET. */
SEC("tc")
int stored(struct __sk_buff *skb)
{
	struct work *w = only(&works);
	u32 slot, done = 0, off, i;
	struct ticket flow;
	struct entry *e;
	struct conn *k;
	u64 now;
	u8 *p;

	if (!w)
		return TC_ACT_UNSPEC;
	off = 34 + (w->packet[46] >> 4) * 4;
	if (skb->len != off + 8 || bpf_skb_load_bytes(skb, off, w->reply, 8))
		return TC_ACT_UNSPEC;
	p = w->reply;
	for (i = 0; i < 8; i++)
		if (p[i] != "STORED\r\n"[i])
			return TC_ACT_UNSPEC;
	flow = w->ticket;
	slot = slot_of_conn(&flow);
	k = bpf_map_lookup_elem(&conns, &slot);
	if (!k)
		return TC_ACT_UNSPEC;
	now = bpf_ktime_get_ns();
	bpf_spin_lock(&k->lock);
	slot = k->slot;
	if (same(&k->flow, &flow)) {
		done = k->tracked && now < k->until;
		if (k->unanswered)
			k->unanswered--;
		k->tracked = 0;
	}
	bpf_spin_unlock(&k->lock);
	if (!done)
		return TC_ACT_UNSPEC;
	e = bpf_map_lookup_elem(&cache, &slot);
	if (!e)
		return TC_ACT_UNSPEC;
	bpf_spin_lock(&e->lock);
	if (e->until != FOREVER && e->pending)
		e->pending--;
	bpf_spin_unlock(&e->lock);
	return TC_ACT_UNSPEC;
}
