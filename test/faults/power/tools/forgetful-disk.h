/*
 * The disk of forgetful-fs.c: what programs see, what is durable, and how the one becomes the other
 * or is lost. Included once.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <errno.h>

enum { SECTOR = 512, NAME_MAX_BYTES = 255 };

struct bytes {
  char *at;
  size_t length, room;
};

/* A write, or with `bytes` NULL a change of the length to `at`. */
struct change {
  struct change *next;
  size_t at, length;
  char *bytes;
};

struct entry {
  struct entry *next;
  struct node *node;
  char name[NAME_MAX_BYTES + 1];
};

/* A change of a folder: `from` goes, `to` becomes `node`; either name may be empty. */
struct name_change {
  struct name_change *next;
  struct node *node;
  char from[NAME_MAX_BYTES + 1], to[NAME_MAX_BYTES + 1];
};

struct node {
  struct node *next_of_all;
  ino_t number;
  mode_t mode;
  char label[NAME_MAX_BYTES + 1]; /* last name it was given */
  unsigned since_sync;            /* writes since the last sync */
  struct bytes seen, disk;
  struct change *changes, **changes_end;
  struct entry *names_seen, *names_disk;
  struct name_change *name_changes, **name_changes_end;
};

static struct node *all, *root;
static ino_t numbers = 1;
static unsigned long syncs, lost_bytes, lost_names, kept_sectors;
static uint64_t random_state = 1;

static uint64_t random_u64(void) { /* splitmix64 */
  uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static void *need(void *memory) {
  if (memory == NULL) abort();
  return memory;
}

static void resize(struct bytes *b, size_t length) {
  if (length > b->room) {
    b->room = length * 2 + 4096;
    b->at = need(realloc(b->at, b->room));
  }
  if (length > b->length) memset(b->at + b->length, 0, length - b->length);
  b->length = length;
}

static void put(struct bytes *b, size_t at, const char *from, size_t length) {
  if (at + length > b->length) resize(b, at + length);
  memcpy(b->at + at, from, length);
}

static struct node *new_node(mode_t mode) {
  struct node *node = need(calloc(1, sizeof *node));
  node->number = ++numbers;
  node->mode = mode;
  node->changes_end = &node->changes;
  node->name_changes_end = &node->name_changes;
  node->next_of_all = all;
  return all = node;
}

/* ---- names ---- */

static struct entry **entry_in(struct entry **names, const char *name) {
  while (*names != NULL && strcmp((*names)->name, name) != 0) names = &(*names)->next;
  return names;
}

static void change_names(struct entry **names, const struct name_change *change) {
  if (change->from[0] != '\0') {
    struct entry **gone = entry_in(names, change->from), *entry = *gone;
    if (entry != NULL) *gone = entry->next, free(entry);
  }
  if (change->to[0] == '\0') return;
  struct entry **at = entry_in(names, change->to);
  if (*at == NULL) {
    *at = need(calloc(1, sizeof **at));
    strcpy((*at)->name, change->to);
  }
  (*at)->node = change->node;
}

static void rename_in(struct node *folder, const char *from, const char *to, struct node *node) {
  struct name_change *change = need(calloc(1, sizeof *change));
  change->node = node;
  strcpy(change->from, from);
  strcpy(change->to, to);
  if (to[0] != '\0') strcpy(node->label, to);
  change_names(&folder->names_seen, change);
  *folder->name_changes_end = change;
  folder->name_changes_end = &change->next;
}

/* The node of a path; `parent` and `last` also when the last name does not exist. */
static int find(const char *path, struct node **found, struct node **parent, const char **last) {
  struct node *at = root, *above = NULL;
  const char *name = "";
  while (*path == '/') path += 1;
  while (*path != '\0') {
    size_t length = strcspn(path, "/");
    char part[NAME_MAX_BYTES + 1] = {0};
    if (length > NAME_MAX_BYTES) return -ENAMETOOLONG;
    if (at == NULL) return -ENOENT;
    if (!S_ISDIR(at->mode)) return -ENOTDIR;
    memcpy(part, path, length);
    name = path;
    above = at;
    struct entry *entry = *entry_in(&at->names_seen, part);
    at = entry == NULL ? NULL : entry->node;
    path += length;
    while (*path == '/') path += 1;
  }
  if (parent != NULL) *parent = above;
  if (last != NULL) *last = name;
  *found = at;
  return 0;
}

/* ---- what reaches the disk ---- */

static void apply(struct node *node, const struct change *change) {
  if (change->bytes == NULL) resize(&node->disk, change->at);
  else put(&node->disk, change->at, change->bytes, change->length);
}

static void forget_changes(struct node *node) {
  while (node->changes != NULL) {
    struct change *change = node->changes;
    node->changes = change->next;
    free(change->bytes);
    free(change);
  }
  node->changes_end = &node->changes;
  node->since_sync = 0;
}

static void forget_name_changes(struct node *folder) {
  while (folder->name_changes != NULL) {
    struct name_change *change = folder->name_changes;
    folder->name_changes = change->next;
    free(change);
  }
  folder->name_changes_end = &folder->name_changes;
}

static void sync_node(struct node *node) {
  for (struct change *c = node->changes; c != NULL; c = c->next) apply(node, c);
  forget_changes(node);
  for (struct name_change *c = node->name_changes; c != NULL; c = c->next) {
    change_names(&node->names_disk, c);
  }
  forget_name_changes(node);
  syncs += 1;
}

/*
 * Sectors are written whole and one by one: of the writes to a sector, the first few are in it and
 * the later ones are not. Whether the length is on the disk is a matter of its own.
 */
static void keep_some_sectors(struct node *node) {
  static const unsigned OUT_OF_8[] = {1, 4, 7};
  unsigned chance = OUT_OF_8[random_u64() % 3];
  size_t sectors = node->seen.length / SECTOR + 1;
  for (struct change *c = node->changes; c != NULL; c = c->next) {
    if (c->at + c->length > sectors * SECTOR) sectors = (c->at + c->length) / SECTOR + 1;
  }
  char *stopped = need(calloc(sectors, 1));
  for (struct change *c = node->changes; c != NULL; c = c->next) {
    for (size_t from = 0; c->bytes != NULL && from < c->length;) {
      size_t sector = (c->at + from) / SECTOR;
      size_t to = (sector + 1) * SECTOR - c->at;
      if (to > c->length) to = c->length;
      if (!stopped[sector] && random_u64() % 8 >= chance) stopped[sector] = 1;
      if (stopped[sector]) {
        lost_bytes += to - from;
      } else {
        put(&node->disk, c->at + from, c->bytes + from, to - from);
        kept_sectors += 1;
      }
      from = to;
    }
  }
  free(stopped);
  if (random_u64() % 2 && node->seen.length > node->disk.length) {
    resize(&node->disk, node->seen.length);
  }
}

/* Programs see what the disk holds, as after a restart. */
static void restart_from_disk(void) {
  for (struct node *node = all; node != NULL; node = node->next_of_all) {
    for (struct change *c = node->changes; c != NULL; c = c->next) lost_bytes += c->length;
    for (struct name_change *c = node->name_changes; c != NULL; c = c->next) lost_names += 1;
    forget_changes(node);
    forget_name_changes(node);
    resize(&node->seen, 0);
    if (node->disk.length > 0) put(&node->seen, 0, node->disk.at, node->disk.length);
    while (node->names_seen != NULL) {
      struct entry *entry = node->names_seen;
      node->names_seen = entry->next;
      free(entry);
    }
    for (struct entry *entry = node->names_disk; entry != NULL; entry = entry->next) {
      struct entry *copy = need(malloc(sizeof *copy));
      *copy = *entry;
      copy->next = node->names_seen;
      node->names_seen = copy;
    }
  }
}

static void cut_some(void) {
  for (struct node *node = all; node != NULL; node = node->next_of_all) {
    if (node->changes != NULL) keep_some_sectors(node);
    forget_changes(node);
    for (struct name_change *c = node->name_changes; c != NULL; c = c->next) {
      if (random_u64() % 2) change_names(&node->names_disk, c);
      else lost_names += 1;
    }
    forget_name_changes(node);
  }
  restart_from_disk();
}
