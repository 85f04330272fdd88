/**
 * `quantlaxmi wal …`: its commands and their flags.
 * @module
 */
import type { Command } from 'commander';
import { JSON_FLAG, type Run } from './action.js';
import { walExport } from './commands/wal-export.js';
import { walCompress, walIndex } from './commands/wal-index.js';
import { walDump, walTail } from './commands/wal-read.js';
import { walSalvage } from './commands/wal-salvage.js';
import { walSeal } from './commands/wal-seal.js';
import { walStatCommand } from './commands/wal-stat.js';
import { walVerify } from './commands/wal-verify.js';
import { instant, positiveInteger, unsignedInteger } from './flag-values.js';

const addReaders = (wal: Command, run: Run): void => {
  wal
    .command('verify')
    .description('check every line, checksum, sequence number and chain hash')
    .argument('<dir>', 'session or run folder')
    .option('--canonical', 'also check that every line re-encodes to the same bytes')
    .option('--against <manifest>', 'compare with a manifest')
    .option('--anchor <place>', 'compare with an anchor: a file, or git:REPOSITORY#TAG')
    .option('--workers <n>', 'threads, one segment each (default: all cores)', positiveInteger)
    .option(...JSON_FLAG)
    .action(run('wal-verify', walVerify));
  wal
    .command('dump')
    .description('print events as JSON lines')
    .argument('<dir>', 'session or run folder')
    .option('--from <seq>', 'first sequence number', positiveInteger)
    .option('--to <seq>', 'last sequence number', positiveInteger)
    .option('--from-time <time>', 'received at or after: µs or 2024-08-09T00:00:04Z', instant)
    .option('--to-time <time>', 'received at or before', instant)
    .option('--type <types>', 'comma-separated event types')
    .action(run('wal-dump', walDump));
  wal
    .command('tail')
    .description('follow a log that is being written, as JSON lines')
    .argument('<dir>', 'session or run folder')
    .option('--from <seq>', 'first sequence number', positiveInteger)
    .option('--from-time <time>', 'received at or after: µs or 2024-08-09T00:00:04Z', instant)
    .option('--type <types>', 'comma-separated event types')
    .action(run('wal-tail', walTail));
  wal
    .command('stat')
    .description('counts, sizes and hashes')
    .argument('<dir>', 'session or run folder')
    .option(...JSON_FLAG)
    .action(run('wal-stat', walStatCommand));
};

const addWriters = (wal: Command, run: Run): void => {
  wal
    .command('seal')
    .description('recover the log of a killed writer and close it, with its manifest')
    .argument('<dir>', 'session or run folder')
    .option('--session <dir>', 'the session of a run, when it has moved')
    .option(...JSON_FLAG)
    .action(run('wal-seal', walSeal));
  wal
    .command('salvage')
    .description('write what can still be read of a damaged log into a new one, no evidence')
    .argument('<dir>', 'session or run folder; it is only read')
    .requiredOption('--out <dir>', 'folder of the new log; it must be empty or missing')
    .option(...JSON_FLAG)
    .action(run('wal-salvage', walSalvage));
  wal
    .command('index')
    .description('build the sparse indexes anew that let readers start anywhere quickly')
    .argument('<dir>', 'session or run folder')
    .option(...JSON_FLAG)
    .action(run('wal-index', walIndex));
  wal
    .command('compress')
    .description('compress sealed segments; every reader reads them as before')
    .argument('<dir>', 'session or run folder')
    .option('--format <format>', 'gzip, or zstd where Node has it', 'gzip')
    .option('--level <n>', '1 to 9 for gzip, 1 to 19 for zstd (default: 1)', positiveInteger)
    .option('--keep <n>', 'leave this many of the newest segments plain', unsignedInteger)
    .option(...JSON_FLAG)
    .action(run('wal-compress', walCompress));
  wal
    .command('export')
    .description('write the events as tables, one file per event type')
    .argument('<dir>', 'session or run folder')
    .requiredOption('--format <format>', 'parquet, arrow or csv')
    .option('--type <types>', 'comma-separated event types (default: all that occur)')
    .option('--from <seq>', 'first sequence number', positiveInteger)
    .option('--to <seq>', 'last sequence number', positiveInteger)
    .option('--out <folder>', 'where the files go (default: ./<name of dir>-<format>)')
    .option(...JSON_FLAG)
    .action(run('wal-export', walExport));
};

/** Adds the log tools. */
export const addWal = (cli: Command, run: Run): void => {
  const wal = cli.command('wal').description('look inside logs, mend, compress and export them');
  addReaders(wal, run);
  addWriters(wal, run);
};
