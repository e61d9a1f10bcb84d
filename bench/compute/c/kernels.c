// SPDX-License-Identifier: Apache-2.0
/*
 * The kernels of kernels/*.go in plain C, statement by statement, for
 * comparison. Bounds are checked where the format demands it, as there.
 */
#include <stdint.h>
#include <stddef.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef long word;

void *memcpy(void *, const void *, size_t);

static u8 input[8192], buffer[4096];

static u64 le64(const u8 *p)
{
	u64 v;

	__builtin_memcpy(&v, p, 8);
	return v;
}

static u32 le32(const u8 *p)
{
	u32 v;

	__builtin_memcpy(&v, p, 4);
	return v;
}

static u64 rol(u64 x, int k) { return x << k | x >> (64 - k); }
static u32 ror32(u32 x, int k) { return x >> k | x << (32 - k); }

#define SIPROUND do { \
	v0 += v1; v2 += v3; v1 = rol(v1, 13) ^ v0; v3 = rol(v3, 16) ^ v2; v0 = rol(v0, 32); \
	v2 += v1; v0 += v3; v1 = rol(v1, 17) ^ v2; v3 = rol(v3, 21) ^ v0; v2 = rol(v2, 32); \
} while (0)

static u64 siphash(u64 k0, u64 k1, const u8 *p, size_t n)
{
	u64 v0 = k0 ^ 0x736f6d6570736575, v1 = k1 ^ 0x646f72616e646f6d;
	u64 v2 = k0 ^ 0x6c7967656e657261, v3 = k1 ^ 0x7465646279746573;
	u64 last = (u64)n << 56;

	for (; n >= 8; p += 8, n -= 8) {
		u64 m = le64(p);

		v3 ^= m;
		SIPROUND;
		SIPROUND;
		v0 ^= m;
	}
	for (size_t i = 0; i < n; i++)
		last |= (u64)p[i] << (8 * i);
	v3 ^= last;
	SIPROUND;
	SIPROUND;
	v0 ^= last;
	v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		SIPROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

static u64 run_siphash(void)
{
	u64 sum = 0;

	for (int n = 0; n < 256; n++)
		sum += siphash(1, 2, input + n, n + 8);
	return sum;
}

#define P1 11400714785074694791u
#define P2 14029467366897019727u
#define P3 1609587929392839161u
#define P4 9650029242287828579u
#define P5 2870177450012600261u

static u64 xxround(u64 acc, u64 in) { return rol(acc + in * P2, 31) * P1; }
static u64 xxmerge(u64 acc, u64 v) { return (acc ^ xxround(0, v)) * P1 + P4; }

static u64 xxhash(const u8 *p, size_t n)
{
	u64 total = n, h;

	if (n >= 32) {
		u64 v1 = P1 + P2, v2 = P2, v3 = 0, v4 = -P1;

		for (; n >= 32; p += 32, n -= 32) {
			v1 = xxround(v1, le64(p));
			v2 = xxround(v2, le64(p + 8));
			v3 = xxround(v3, le64(p + 16));
			v4 = xxround(v4, le64(p + 24));
		}
		h = rol(v1, 1) + rol(v2, 7) + rol(v3, 12) + rol(v4, 18);
		h = xxmerge(xxmerge(xxmerge(xxmerge(h, v1), v2), v3), v4);
	} else {
		h = P5;
	}
	h += total;
	for (; n >= 8; p += 8, n -= 8)
		h = rol(h ^ xxround(0, le64(p)), 27) * P1 + P4;
	if (n >= 4) {
		h = rol(h ^ le32(p) * P1, 23) * P2 + P3;
		p += 4;
		n -= 4;
	}
	for (; n; p++, n--)
		h = rol(h ^ *p * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}

static u64 run_xxhash(void)
{
	u64 sum = 0;

	for (int n = 0; n < 512; n++)
		sum += xxhash(input + n, n);
	return sum;
}

static const u32 K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_blocks(u32 *h, const u8 *p, size_t n)
{
	u32 w[64];

	for (; n >= 64; p += 64, n -= 64) {
		u32 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];

		for (int i = 0; i < 16; i++)
			w[i] = __builtin_bswap32(le32(p + 4 * i));
		for (int i = 16; i < 64; i++) {
			u32 x = w[i - 2], y = w[i - 15];

			w[i] = (ror32(x, 17) ^ ror32(x, 19) ^ x >> 10) + w[i - 7] +
				(ror32(y, 7) ^ ror32(y, 18) ^ y >> 3) + w[i - 16];
		}
		for (int i = 0; i < 64; i++) {
			u32 t1 = k + (ror32(e, 6) ^ ror32(e, 11) ^ ror32(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
			u32 t2 = (ror32(a, 2) ^ ror32(a, 13) ^ ror32(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));

			k = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
		}
		h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
	}
}

static u64 run_sha256(void)
{
	u32 h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	static u8 tail[64];

	sha256_blocks(h, input, 4096);
	tail[0] = 0x80;
	tail[62] = 4096 * 8 >> 8;
	sha256_blocks(h, tail, 64);
	return (u64)__builtin_bswap32(h[1]) << 32 | __builtin_bswap32(h[0]);
}

static u32 crc_table[8][256];

static u32 crc32(const u8 *p, size_t n)
{
	u32 c = ~0u;

	if (n >= 16) {
		for (; n > 8; p += 8, n -= 8) {
			c ^= le32(p);
			c = crc_table[0][p[7]] ^ crc_table[1][p[6]] ^ crc_table[2][p[5]] ^ crc_table[3][p[4]] ^
				crc_table[4][c >> 24] ^ crc_table[5][c >> 16 & 255] ^ crc_table[6][c >> 8 & 255] ^ crc_table[7][c & 255];
		}
	}
	for (; n; p++, n--)
		c = crc_table[0][(u8)c ^ *p] ^ c >> 8;
	return ~c;
}

static u64 run_crc32(void) { return crc32(input, sizeof input); }

static u8 encoded[4096];
static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(u8 *dst, const u8 *src, size_t n)
{
	size_t i = 0, j = 0;

	for (; i + 3 <= n; i += 3, j += 4) {
		u32 v = src[i] << 16 | src[i + 1] << 8 | src[i + 2];

		dst[j] = b64[v >> 18 & 63];
		dst[j + 1] = b64[v >> 12 & 63];
		dst[j + 2] = b64[v >> 6 & 63];
		dst[j + 3] = b64[v & 63];
	}
	if (i < n) {
		u32 v = src[i] << 16;

		if (i + 1 < n)
			v |= src[i + 1] << 8;
		dst[j] = b64[v >> 18 & 63];
		dst[j + 1] = b64[v >> 12 & 63];
		dst[j + 2] = i + 1 < n ? b64[v >> 6 & 63] : '=';
		dst[j + 3] = '=';
	}
}

static u64 run_base64(void)
{
	base64(encoded, input, 3072);
	return crc32(encoded, 64);
}

static const u8 dns[] = "\x03www\x07" "Example\x03" "com\x00\x04mail\xc0\x04\x0c" "a-long-label\xc0\x11";

static word dns_name(const u8 *msg, word len, word off, u8 *out)
{
	word n = 0, jumps = 0;

	for (;;) {
		if (off >= len)
			return -1;
		word c = msg[off];

		if (c == 0)
			return n;
		if ((c & 0xc0) == 0xc0) {
			if (off + 1 >= len || jumps > 8)
				return -1;
			off = (c & 0x3f) << 8 | msg[off + 1];
			jumps++;
		} else if (c > 63 || off + 1 + c > len || n + c + 1 > 256) {
			return -1;
		} else {
			for (word i = 1; i <= c; i++) {
				u8 b = msg[off + i];

				if (b >= 'A' && b <= 'Z')
					b += 'a' - 'A';
				out[n++] = b;
			}
			out[n++] = '.';
			off += c + 1;
		}
	}
}

static u64 run_dns(void)
{
	static const word offs[] = { 0, 17, 24 };
	u8 out[256] = { 0 };
	u64 sum = 0;

	memcpy(buffer, dns, sizeof dns - 1);
	for (int i = 0; i < 200; i++)
		for (int k = 0; k < 3; k++) {
			word n = dns_name(buffer, sizeof dns - 1, offs[k], out);

			sum += ((u64)n << 8) + out[0];
		}
	return sum;
}

static const char request[] = "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: test/1.0 (something rather long)\r\nAccept: text/html,application/xhtml+xml\r\nX-Forwarded-For: 10.1.2.3, 10.2.3.4\r\nContent-Length: 1234\r\nCookie: session=0123456789abcdef\r\n\r\nbody";

static word header(const u8 *p, word n, const char *name, word len, word *endp)
{
	word i = 0;

	while (i < n && p[i] != '\n')
		i++;
	i++;
	while (i < n && p[i] != '\r') {
		word j = 0;

		while (j < len && i + j < n) {
			u8 c = p[i + j];

			if (c >= 'A' && c <= 'Z')
				c |= 0x20;
			if (c != (u8)name[j])
				break;
			j++;
		}
		if (j == len && i + j < n && p[i + j] == ':') {
			word start = i + j + 1, end;

			while (start < n && p[start] == ' ')
				start++;
			end = start;
			while (end < n && p[end] != '\r')
				end++;
			*endp = end;
			return start;
		}
		while (i < n && p[i] != '\n')
			i++;
		i++;
	}
	*endp = -1;
	return -1;
}

static u64 run_header(void)
{
	static const struct { const char *s; word n; } names[] = { { "host", 4 }, { "content-length", 14 }, { "x-missing", 9 }, { "cookie", 6 } };
	u64 sum = 0;

	memcpy(buffer, request, sizeof request - 1);
	for (int i = 0; i < 50; i++)
		for (int k = 0; k < 4; k++) {
			word b, a = header(buffer, sizeof request - 1, names[k].s, names[k].n, &b);

			sum = sum * 31 + ((u64)a << 16) + b;
		}
	return sum;
}

static const char document[] = "{\"user\":{\"id\":12345,\"name\":\"a \\\"quoted\\\" name\",\"tags\":[\"x\",\"y\",{\"z\":[1,2,3]}]},\"items\":[{\"price\":10},{\"price\":20}],\"total\":98765,\"ok\":true}";

static word skip_string(const u8 *p, word n, word i)
{
	for (i++; i < n; i++) {
		if (p[i] == '\\')
			i++;
		else if (p[i] == '"')
			return i + 1;
	}
	return i;
}

static word skip_value(const u8 *p, word n, word i)
{
	word depth = 0;

	while (i < n) {
		u8 c = p[i];

		if (c == '"') {
			i = skip_string(p, n, i);
			if (depth == 0)
				return i;
			continue;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return i;
			if (--depth == 0)
				return i + 1;
		} else if (c == ',' && depth == 0) {
			return i;
		}
		i++;
	}
	return i;
}

static u64 json_number(const u8 *p, word n, const char *name, word len)
{
	word i = 1;

	while (i < n && p[i] == '"') {
		word end = skip_string(p, n, i);
		int same = end - i - 2 == len;

		for (word j = 0; same && j < len; j++)
			same = p[i + 1 + j] == (u8)name[j];
		i = end + 1;
		if (same) {
			u64 v = 0;

			while (i < n && p[i] >= '0' && p[i] <= '9')
				v = v * 10 + (p[i++] - '0');
			return v;
		}
		i = skip_value(p, n, i);
		if (i < n && p[i] == ',')
			i++;
	}
	return 0;
}

static u64 run_json(void)
{
	u64 sum = 0;

	memcpy(buffer, document, sizeof document - 1);
	for (int i = 0; i < 100; i++) {
		buffer[sizeof document - 1 - 16] = '0' + i % 10;
		sum += json_number(buffer, sizeof document - 1, "total", 5) + json_number(buffer, sizeof document - 1, "none", 4);
	}
	return sum;
}

static u8 next[64][256], out[64], fail[64];

static void aho_init(void)
{
	static const char *words[] = { "attack", "tack", "evil", "vile", "exec", "ecc", "passwd" };
	u8 states = 1, queue[64];
	int head = 0, tail = 0;

	for (int i = 0; i < 7; i++) {
		u8 s = 0;

		for (const char *w = words[i]; *w; w++) {
			if (!next[s][(u8)*w])
				next[s][(u8)*w] = states++;
			s = next[s][(u8)*w];
		}
		out[s] |= 1 << i;
	}
	for (int c = 0; c < 256; c++)
		if (next[0][c])
			queue[tail++] = next[0][c];
	while (head < tail) {
		u8 s = queue[head++];

		for (int c = 0; c < 256; c++) {
			u8 t = next[s][c];

			if (!t) {
				next[s][c] = next[fail[s]][c];
				continue;
			}
			fail[t] = next[fail[s]][c];
			out[t] |= out[fail[t]];
			queue[tail++] = t;
		}
	}
}

static word match(const u8 *p, word n, u8 *last)
{
	u8 s = 0;
	word count = 0;

	*last = 0;
	for (word i = 0; i < n; i++) {
		s = next[s % 64][p[i]];
		if (out[s % 64]) {
			count++;
			*last = out[s % 64];
		}
	}
	return count;
}

static u64 run_aho(void)
{
	static const char text[] = "attackevilexeccpasswd";
	u8 last, other;
	word n, m;

	for (int i = 0; i < (int)sizeof buffer; i++)
		buffer[i] = text[(i + i / 50) % 21];
	n = match(buffer, sizeof buffer, &last);
	m = match(input, sizeof input, &other);
	return ((u64)n << 16) + ((u64)m << 8) + last;
}

static u8 packed[4096];

static word pack(void)
{
	word n = 0;

	for (word i = 0; i < 60; i++) {
		word lit = i % 20, length = 4 + i * 3 % 40, off = 1 + i % 7;
		u8 token = lit >= 15 ? 0xf0 : lit << 4;

		token |= length - 4 >= 15 ? 15 : length - 4;
		packed[n++] = token;
		if (lit >= 15)
			packed[n++] = lit - 15;
		for (word j = 0; j < lit; j++)
			packed[n++] = input[i * 20 + j];
		if (i == 0) {
			packed[0] = 0xf0;
			n = 1;
			packed[n++] = 5;
			for (word j = 0; j < 20; j++)
				packed[n++] = input[j];
		}
		packed[n] = off;
		packed[n + 1] = 0;
		n += 2;
		if (length - 4 >= 15)
			packed[n++] = length - 4 - 15;
	}
	packed[n] = 0;
	return n + 1;
}

static word unpack(u8 *dst, word dlen, const u8 *src, word slen)
{
	word i = 0, n = 0;

	while (i < slen) {
		word token = src[i++], lit = token >> 4, off, length;

		if (lit == 15) {
			while (i < slen) {
				word c = src[i++];

				lit += c;
				if (c != 255)
					break;
			}
		}
		if (i + lit > slen || n + lit > dlen)
			return -1;
		for (word j = 0; j < lit; j++)
			dst[n + j] = src[i + j];
		i += lit;
		n += lit;
		if (i >= slen)
			return n;
		if (i + 2 > slen)
			return -1;
		off = src[i] | src[i + 1] << 8;
		i += 2;
		length = token & 15;
		if (length == 15) {
			while (i < slen) {
				word c = src[i++];

				length += c;
				if (c != 255)
					break;
			}
		}
		length += 4;
		if (off == 0 || off > n || n + length > dlen)
			return -1;
		for (word j = 0; j < length; j++, n++)
			dst[n] = dst[n - off];
	}
	return n;
}

static u64 run_lz4(void)
{
	word n = pack();
	u64 sum = 0;

	for (int i = 0; i < 10; i++)
		sum += unpack(buffer, sizeof buffer, packed, n);
	return (sum << 8) + buffer[500];
}

static u32 numbers[1000];

#define SWAP(x, y) do { u32 t_ = (x); (x) = (y); (y) = t_; } while (0)

static void sort(u32 *a, word n)
{
	while (n > 12) {
		word m = n / 2, hi = n - 1, i = 0, j = hi;
		u32 pivot;

		if (a[m] < a[0])
			SWAP(a[m], a[0]);
		if (a[hi] < a[0])
			SWAP(a[hi], a[0]);
		if (a[hi] < a[m])
			SWAP(a[hi], a[m]);
		pivot = a[m];
		while (i <= j) {
			while (a[i] < pivot)
				i++;
			while (a[j] > pivot)
				j--;
			if (i <= j) {
				SWAP(a[i], a[j]);
				i++;
				j--;
			}
		}
		if (j + 1 < n - i) {
			sort(a, j + 1);
			a += i;
			n -= i;
		} else {
			sort(a + i, n - i);
			n = j + 1;
		}
	}
	for (word i = 1; i < n; i++) {
		u32 x = a[i];
		word j = i;

		for (; j > 0 && a[j - 1] > x; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

static u64 run_sort(void)
{
	u32 x = 7;

	for (int i = 0; i < 1000; i++)
		numbers[i] = x = x * 1664525 + 1013904223;
	sort(numbers, 1000);
	return numbers[0] ^ (u64)numbers[500] << 16 ^ (u64)numbers[999] << 32;
}

struct top {
	u32 heap[16];
	word n;
};

static void add(struct top *t, u32 x)
{
	word i;

	if (t->n < 16) {
		for (i = t->n++; i > 0 && t->heap[(i - 1) / 2] > x; i = (i - 1) / 2)
			t->heap[i] = t->heap[(i - 1) / 2];
		t->heap[i] = x;
		return;
	}
	if (x <= t->heap[0])
		return;
	for (i = 0;;) {
		word c = 2 * i + 1;

		if (c >= t->n)
			break;
		if (c + 1 < t->n && t->heap[c + 1] < t->heap[c])
			c++;
		if (t->heap[c] >= x)
			break;
		t->heap[i] = t->heap[c];
		i = c;
	}
	t->heap[i] = x;
}

static u64 run_topk(void)
{
	u64 sum = 0;

	for (u32 round = 0; round < 8; round++) {
		struct top t = { 0 };
		u32 x = round;

		for (u32 i = 0; i < 1000; i++) {
			x = x * 1664525 + 1013904223;
			add(&t, (x >> 8) + (i << 8));
		}
		sum = sum * 31 + t.heap[0];
	}
	return sum;
}

/* What package initialisation is in Go. */
void kernels_init(void)
{
	u32 x = 1;

	for (int i = 0; i < (int)sizeof input; i++) {
		x = x * 1664525 + 1013904223;
		input[i] = x >> 24;
	}
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		crc_table[0][i] = c;
	}
	for (int i = 0; i < 256; i++)
		for (int j = 1; j < 8; j++)
			crc_table[j][i] = crc_table[0][crc_table[j - 1][i] & 255] ^ crc_table[j - 1][i] >> 8;
	aho_init();
}

u64 kernel(int number)
{
	switch (number) {
	case 0: return run_siphash();
	case 1: return run_xxhash();
	case 2: return run_sha256();
	case 3: return run_crc32();
	case 4: return run_base64();
	case 5: return run_dns();
	case 6: return run_header();
	case 7: return run_aho();
	case 8: return run_json();
	case 9: return run_lz4();
	case 10: return run_sort();
	case 11: return run_topk();
	}
	return 0;
}
