/*
 * Preloaded: shortens positional writes to log segments and performs what is left, as a file
 * system may. SHORT_SEED drives the lengths, SHORT_COUNT names a file that grows by a byte per
 * shortened write. With SHORT_FAIL_AT=n only the n-th write is shortened, and SHORT_FAILS writes
 * after it fail with ENOSPC: libuv itself goes on after a short write, and hands the short count
 * up only when going on fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off64_t);

static unsigned state;
static int writes;

static int is_segment(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return strstr(path, ".wal.jsonl") != NULL;
}

static void count_one(void) {
  const char *file = getenv("SHORT_COUNT");
  if (file == NULL) return;
  int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fd < 0) return;
  if (write(fd, ".", 1) != 1) abort();
  close(fd);
}

static ssize_t shorten(int fd, const void *bytes, size_t n, off64_t at, const char *name) {
  pwrite_fn real = (pwrite_fn)dlsym(RTLD_NEXT, name);
  const char *fail = getenv("SHORT_FAIL_AT");
  int fail_at = fail == NULL ? 0 : atoi(fail);
  if (!is_segment(fd)) return real(fd, bytes, n, at);
  writes += 1;
  if (writes == 1) state = getenv("SHORT_SEED") == NULL ? 1 : (unsigned)atoi(getenv("SHORT_SEED"));
  int fails = getenv("SHORT_FAILS") == NULL ? 0 : atoi(getenv("SHORT_FAILS"));
  if (fail_at > 0 && writes > fail_at && writes <= fail_at + fails) {
    errno = ENOSPC;
    return -1;
  }
  if ((fail_at > 0 && writes != fail_at) || n < 2) return real(fd, bytes, n, at);
  state = state * 1664525u + 1013904223u;
  count_one();
  return real(fd, bytes, 1 + (state >> 8) % (n - 1), at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
  return shorten(fd, bytes, n, at, "pwrite64");
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
  return shorten(fd, bytes, n, at, "pwrite");
}
