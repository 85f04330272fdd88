/*
 * A file system for tests, in memory, that forgets what was not synced.
 *
 * Every file has two contents: what programs see, and what the disk holds. A write changes the
 * first and waits in a list; fsync and fdatasync bring the list to the disk. Every folder has two
 * sets of names likewise, and only an fsync of the folder itself brings names to the disk: an fsync
 * of a file does not make its name durable. That is the least POSIX allows, and less than ext4
 * gives, so a missing sync of a folder shows here and not there.
 *
 * Commands are lines written to /.control, answers are read from it:
 *   cut none                     the power fails: everything unsynced is gone
 *   cut some SEED                the power fails: of the unsynced sectors and names, some are gone
 *   torn-op END N PARTS KEEP     at the Nth write to a file whose name ends in END, divide it into
 *                                PARTS, bring those in KEEP (1,3) to the disk, then fail as `cut`
 *   torn-seq END N LENGTH KEEP   at the Nth time LENGTH writes reach such a file without a sync
 *                                between them, bring the KEEPth of them to the disk, then fail
 *   cut-at N none|some SEED      as `cut`, before the Nth call from now that changes or syncs
 *   thaw                         forget an armed fault and take calls again
 * When an armed fault strikes, the calling process is killed and every call fails until `thaw`.
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include "forgetful-disk.h"
#include <fuse.h>
#include <signal.h>

static struct node *control;
static int frozen;
static unsigned cut_at;  /* calls until the power fails; 0 never */
static int cut_all = 1;  /* whether everything unsynced goes then */
static unsigned long writes, strikes;

static struct {
  enum { NOTHING, TORN_OP, TORN_SEQ } kind;
  char end[NAME_MAX_BYTES + 1];
  unsigned occurrence, count, keep, seen;
} armed;

static void strike(int all_goes) {
  if (all_goes) restart_from_disk();
  else cut_some();
  strikes += 1;
  frozen = 1;
  armed.kind = NOTHING;
  cut_at = 0;
  kill(fuse_get_context()->pid, SIGKILL);
}

/* To be asked by every call that changes or syncs, before it does. */
static int power_fails(void) {
  if (frozen) return 1;
  if (cut_at == 0 || --cut_at > 0) return 0;
  strike(cut_all);
  return 1;
}

static int is_kept(unsigned one) { return (armed.keep >> one) & 1; }

/* Called after each write; true when the fault struck. */
static int strike_if_armed(struct node *node, const struct change *change) {
  size_t end = strlen(armed.end), label = strlen(node->label);
  if (armed.kind == NOTHING || label < end) return 0;
  if (strcmp(node->label + label - end, armed.end) != 0) return 0;
  if (armed.kind == TORN_SEQ && node->since_sync != armed.count) return 0;
  if (++armed.seen != armed.occurrence) return 0;
  if (armed.kind == TORN_OP) {
    size_t part = (change->length + armed.count - 1) / armed.count;
    for (unsigned i = 0; i < armed.count; i += 1) {
      size_t from = i * part, to = from + part > change->length ? change->length : from + part;
      if (is_kept(i + 1) && from < to) {
        put(&node->disk, change->at + from, change->bytes + from, to - from);
      }
    }
  } else {
    unsigned one = 0;
    for (struct change *c = node->changes; c != NULL; c = c->next) {
      if (c->bytes != NULL && is_kept(one += 1)) apply(node, c);
    }
  }
  strike(1);
  return 1;
}

/* ---- commands ---- */

static int command(const char *line) {
  char end[NAME_MAX_BYTES + 1] = "", keep[64] = "";
  unsigned occurrence = 0, count = 0;
  unsigned long long seed = 0;
  if (strcmp(line, "cut none") == 0) return restart_from_disk(), 0;
  if (sscanf(line, "cut some %llu", &seed) == 1) return random_state = seed, cut_some(), 0;
  if (strcmp(line, "thaw") == 0) return frozen = 0, cut_at = 0, armed.kind = NOTHING, 0;
  if (sscanf(line, "cut-at %u some %llu", &occurrence, &seed) == 2) {
    return cut_at = occurrence, cut_all = 0, random_state = seed, 0;
  }
  if (sscanf(line, "cut-at %u %63s", &occurrence, keep) == 2 && strcmp(keep, "none") == 0) {
    return cut_at = occurrence, cut_all = 1, 0;
  }
  int op = sscanf(line, "torn-op %255s %u %u %63s", end, &occurrence, &count, keep) == 4;
  int seq = sscanf(line, "torn-seq %255s %u %u %63s", end, &occurrence, &count, keep) == 4;
  if ((!op && !seq) || occurrence == 0 || count == 0 || count > 30) return -EINVAL;
  memset(&armed, 0, sizeof armed);
  armed.kind = op ? TORN_OP : TORN_SEQ;
  strcpy(armed.end, end);
  armed.occurrence = occurrence;
  armed.count = count;
  for (char *part = strtok(keep, ","); part != NULL; part = strtok(NULL, ",")) {
    armed.keep |= 1u << atoi(part); /* "0" keeps nothing: parts count from 1 */
  }
  return 0;
}

static int answer(char *into, size_t room) {
  return snprintf(into, room,
                  "{\"writes\":%lu,\"syncs\":%lu,\"strikes\":%lu,\"lostBytes\":%lu,"
                  "\"lostNames\":%lu,\"keptSectors\":%lu}\n",
                  writes, syncs, strikes, lost_bytes, lost_names, kept_sectors);
}

/* ---- calls ---- */

static struct node *held(struct fuse_file_info *fi) { return (struct node *)(uintptr_t)fi->fh; }

static int node_of(const char *path, struct fuse_file_info *fi, struct node **node) {
  if (fi != NULL && fi->fh != 0) return *node = held(fi), 0;
  if (strcmp(path, "/.control") == 0) return *node = control, 0;
  int failed = find(path, node, NULL, NULL);
  return failed ? failed : *node == NULL ? -ENOENT : 0;
}

static int fs_getattr(const char *path, struct stat *st, struct fuse_file_info *fi) {
  struct node *node;
  int failed = node_of(path, fi, &node);
  if (failed) return failed;
  memset(st, 0, sizeof *st);
  st->st_ino = node->number;
  st->st_mode = node->mode;
  st->st_nlink = S_ISDIR(node->mode) ? 2 : 1;
  st->st_size = (off_t)node->seen.length;
  st->st_blksize = 4096;
  st->st_blocks = (blkcnt_t)(node->seen.length / 512 + 1);
  return 0;
}

static int add(const char *path, mode_t mode, struct node *node, struct node **made) {
  struct node *found, *folder;
  const char *name;
  int failed = find(path, &found, &folder, &name);
  if (failed) return failed;
  if (power_fails()) return -EIO;
  if (found != NULL || folder == NULL) return -EEXIST;
  *made = node == NULL ? new_node(mode) : node;
  rename_in(folder, "", name, *made);
  return 0;
}

static int fs_mkdir(const char *path, mode_t mode) {
  struct node *made;
  return add(path, (mode & 07777) | S_IFDIR, NULL, &made);
}

static int fs_create(const char *path, mode_t mode, struct fuse_file_info *fi) {
  struct node *made;
  int failed = add(path, (mode & 07777) | S_IFREG, NULL, &made);
  if (!failed) fi->fh = (uintptr_t)made;
  return failed;
}

static int fs_link(const char *from, const char *to) {
  struct node *node, *made;
  int failed = node_of(from, NULL, &node);
  return failed ? failed : add(to, 0, node, &made);
}

static int fs_truncate(const char *path, off_t length, struct fuse_file_info *fi) {
  struct node *node;
  int failed = node_of(path, fi, &node);
  if (failed || node == control) return failed;
  if (power_fails()) return -EIO;
  struct change *change = need(calloc(1, sizeof *change));
  change->at = (size_t)length;
  resize(&node->seen, (size_t)length);
  *node->changes_end = change;
  node->changes_end = &change->next;
  return 0;
}

static int fs_open(const char *path, struct fuse_file_info *fi) {
  struct node *node;
  int failed = node_of(path, NULL, &node);
  if (failed) return failed;
  if (frozen && node != control) return -EIO;
  fi->fh = (uintptr_t)node;
  return fi->flags & O_TRUNC ? fs_truncate(path, 0, fi) : 0;
}

static int fs_unlink(const char *path) {
  struct node *node, *folder;
  const char *name;
  int failed = find(path, &node, &folder, &name);
  if (failed) return failed;
  if (power_fails()) return -EIO;
  if (node == NULL) return -ENOENT;
  rename_in(folder, name, "", node);
  return 0;
}

static int fs_rmdir(const char *path) {
  struct node *node;
  int failed = node_of(path, NULL, &node);
  if (failed) return failed;
  return node->names_seen == NULL ? fs_unlink(path) : -ENOTEMPTY;
}

static int fs_rename(const char *from, const char *to, unsigned flags) {
  struct node *node, *target, *folder, *other;
  const char *name, *new_name;
  int failed = find(from, &node, &folder, &name);
  if (!failed) failed = find(to, &target, &other, &new_name);
  if (failed) return failed;
  if (power_fails()) return -EIO;
  if (node == NULL) return -ENOENT;
  if (flags != 0) return -EINVAL;
  if (folder != other) return -EXDEV; /* a log renames within one folder only */
  rename_in(folder, name, new_name, node);
  return 0;
}

static int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *fi) {
  struct node *node;
  int failed = node_of(path, fi, &node);
  if (failed) return failed;
  if (power_fails()) return -EIO;
  node->mode = (node->mode & S_IFMT) | (mode & 07777);
  return 0;
}

static int fs_read(const char *path, char *into, size_t length, off_t at,
                   struct fuse_file_info *fi) {
  (void)path;
  struct node *node = held(fi);
  char text[512];
  const char *from = node->seen.at;
  size_t size = node->seen.length;
  if (node == control) from = text, size = (size_t)answer(text, sizeof text);
  else if (frozen) return -EIO;
  if ((size_t)at >= size) return 0;
  if (length > size - (size_t)at) length = size - (size_t)at;
  memcpy(into, from + at, length);
  return (int)length;
}

static int fs_write(const char *path, const char *from, size_t length, off_t at,
                    struct fuse_file_info *fi) {
  (void)path;
  struct node *node = held(fi);
  if (node == control) {
    char line[512] = "";
    if (length >= sizeof line) return -EINVAL;
    memcpy(line, from, length);
    line[strcspn(line, "\n")] = '\0';
    int failed = command(line);
    return failed ? failed : (int)length;
  }
  if (power_fails()) return -EIO;
  struct change *change = need(calloc(1, sizeof *change));
  change->at = (size_t)at;
  change->length = length;
  change->bytes = need(malloc(length + 1));
  memcpy(change->bytes, from, length);
  put(&node->seen, (size_t)at, from, length);
  *node->changes_end = change;
  node->changes_end = &change->next;
  node->since_sync += 1;
  writes += 1;
  return strike_if_armed(node, change) ? -EIO : (int)length;
}

static int fs_fsync(const char *path, int only_data, struct fuse_file_info *fi) {
  (void)path, (void)only_data;
  if (power_fails()) return -EIO;
  sync_node(held(fi));
  return 0;
}

static int fs_readdir(const char *path, void *into, fuse_fill_dir_t fill, off_t at,
                      struct fuse_file_info *fi, enum fuse_readdir_flags flags) {
  (void)path, (void)at, (void)flags;
  if (frozen) return -EIO;
  fill(into, ".", NULL, 0, 0);
  fill(into, "..", NULL, 0, 0);
  for (struct entry *e = held(fi)->names_seen; e != NULL; e = e->next) {
    struct stat st = {.st_ino = e->node->number, .st_mode = e->node->mode};
    fill(into, e->name, &st, 0, 0);
  }
  return 0;
}

static int fs_statfs(const char *path, struct statvfs *st) {
  (void)path;
  memset(st, 0, sizeof *st);
  st->f_bsize = st->f_frsize = 4096;
  st->f_blocks = st->f_bfree = st->f_bavail = 1 << 18;
  st->f_namemax = NAME_MAX_BYTES;
  return 0;
}

static void *fs_init(struct fuse_conn_info *conn, struct fuse_config *config) {
  (void)conn;
  config->use_ino = 1;
  config->nullpath_ok = 1;
  config->hard_remove = 1; /* an open file may lose its name without being renamed */
  config->direct_io = 1;   /* the only cache is ours */
  config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;
  return NULL;
}

static const struct fuse_operations CALLS = {
    .init = fs_init,       .getattr = fs_getattr,   .mkdir = fs_mkdir,   .create = fs_create,
    .link = fs_link,       .truncate = fs_truncate, .open = fs_open,     .unlink = fs_unlink,
    .rmdir = fs_rmdir,     .rename = fs_rename,     .chmod = fs_chmod,   .read = fs_read,
    .write = fs_write,     .fsync = fs_fsync,       .opendir = fs_open,  .readdir = fs_readdir,
    .fsyncdir = fs_fsync,  .statfs = fs_statfs,
};

int main(int argc, char **argv) {
  root = new_node(S_IFDIR | 0755);
  control = new_node(S_IFREG | 0600);
  return fuse_main(argc, argv, &CALLS, NULL);
}
