/*
 * Cuts the power of one mounted file system: FS_IOC_SHUTDOWN without flushing the journal, so that
 * from here on nothing that was only in memory reaches the disk. Argument: the mount point.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)
#define WITHOUT_LOG_FLUSH 2u

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int fd = open(argv[1], O_RDONLY | O_DIRECTORY);
  if (fd < 0) return perror(argv[1]), 1;
  uint32_t how = WITHOUT_LOG_FLUSH;
  if (ioctl(fd, SHUTDOWN, &how) != 0) return perror("FS_IOC_SHUTDOWN"), 1;
  close(fd);
  return 0;
}
