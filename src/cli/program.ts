/**
 * The commands and their flags. Nothing is decided here: each action calls one function and prints
 * what it returns.
 * @module
 */
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { escapeControl, isQuantlaxmiError } from '../core/index.js';
import { PACKAGE_VERSION } from '../node/index.js';
import { JSON_FLAG, type Run, runner } from './action.js';
import { bookCommand } from './commands/book.js';
import { captureCommand } from './commands/capture.js';
import { captureNseCommand } from './commands/capture-nse.js';
import { captureZerodhaCommand } from './commands/capture-zerodha.js';
import { demoCommand } from './commands/demo.js';
import { gatesCommand } from './commands/gates.js';
import { loginZerodhaCommand } from './commands/login-zerodha.js';
import { paperCommand } from './commands/paper.js';
import { replayCommand } from './commands/replay.js';
import { exitCodeOf } from './exit-code.js';
import { instant, port, positiveInteger, unsigned64 } from './flag-values.js';
import type { ExitCode } from './outcome.js';
import { addEvidence } from './program-evidence.js';
import { addWal } from './program-wal.js';

const addCapture = (cli: Command, run: Run): void => {
  cli
    .command('demo')
    .description('the whole main job in one go, on the bundled fixture or a raw recording')
    .option(
      '--out <dir>',
      'where to put the session and its runs (default: a new temporary folder)',
    )
    .option('--data <file>', 'a raw Binance recording, one line = <receive time> <raw message>')
    .option('--market <market>', 'spot, usdm or coinm (default: read from the folder of --data)')
    .option(...JSON_FLAG)
    .action(run('demo', demoCommand));

  const capture = cli.command('capture').description('record a session');
  capture
    .command('binance')
    .description('from Binance, live; or with --from, from raw recordings of its streams')
    .requiredOption('--market <market>', 'spot, usdm or coinm')
    .option('--symbols <list>', 'comma-separated; with --from default: all of the recording')
    .option('--streams <list>', 'of each symbol, e.g. depth@100ms,bookTicker,trade')
    .option('--endpoint-ws <url>', 'base of WebSocket addresses, e.g. a local venue')
    .option('--endpoint-rest <url>', 'base of requests')
    .option('--testnet', "the venue's test network")
    .option('--raw', 'keep every frame and answer as it came, beside the log')
    .option('--duration <seconds>', 'stop after so long (default: until a signal)', positiveInteger)
    .option('--resume', 'go on with a session whose capture was killed or failed')
    .option('--from <file...>', 'raw recordings, or parts of a raw record, in order')
    .option('--snapshot <file...>', 'with --from: REST depth snapshots, if not in it')
    .option('--exchange-info <file>', 'with --from: exchangeInfo JSON, if not in it')
    .requiredOption('--out <dir>', 'session folder; must not hold a session, but for --resume')
    .option('--ack', 'print "A <seq>" on stderr whenever events became durable')
    .option(...JSON_FLAG)
    .action(run('capture', captureCommand));
  capture
    .command('nse')
    .description('from files of the NSE: F&O bhavcopies (UDiFF) and option chains')
    .requiredOption('--from <file...>', 'files in any order; recorded in the order of their times')
    .option('--kind <kind>', 'bhavcopy, chain-json, chain-export or chain-snapshot (default: told)')
    .option('--at <time>', 'when files that say no time were fetched: UTC, or µs', instant)
    .requiredOption('--out <dir>', 'session folder, must not hold a session yet')
    .option(...JSON_FLAG)
    .action(run('capture', captureNseCommand));
  addZerodha(cli, capture, run);
};

const addZerodha = (cli: Command, capture: Command, run: Run): void => {
  capture
    .command('zerodha')
    .description('from the ticker of Zerodha Kite, live; or with --from, from recorded frames')
    .option('--tokens <list>', 'instrument tokens, comma-separated')
    .option('--symbols <list>', 'instrument ids, e.g. NSE:FO:NIFTY26AUGFUT,NSE:EQ:INFY')
    .option('--mode <mode>', 'ltp, quote or full (default: full)')
    .option('--instruments <file>', 'instruments dump (default, live: asked of the venue)')
    .option('--endpoint-ws <url>', 'root of the ticker, e.g. a local venue')
    .option('--endpoint-rest <url>', 'root of requests')
    .option('--raw', 'keep every frame and answer as it came, beside the log')
    .option('--duration <seconds>', 'stop after so long (default: until a signal)', positiveInteger)
    .option('--resume', 'go on with a session whose capture was killed or failed')
    .option('--from <file...>', 'recorded frames, or parts of a raw record, in order')
    .requiredOption('--out <dir>', 'session folder; must not hold a session, but for --resume')
    .option('--ack', 'print "A <seq>" on stderr whenever events became durable')
    .option(...JSON_FLAG)
    .action(run('capture', captureZerodhaCommand));

  cli
    .command('login')
    .description('get the access token that a venue wants')
    .command('zerodha')
    .description("the address to log in at; with --request-token, the day's access token")
    .option('--request-token <token>', 'request_token of the address you were sent to')
    .option('--out <file>', 'file for the access token, mode 0600, to be loaded by a shell')
    .option('--print', 'print the access token too')
    .option('--endpoint-rest <url>', 'root of requests')
    .option(...JSON_FLAG)
    .action(run('login', loginZerodhaCommand));
};

const addRuns = (cli: Command, run: Run): void => {
  cli
    .command('paper')
    .description('a paper run: session, step, simulated venue, run log and manifest')
    .requiredOption('--session <dir>', 'a sealed session')
    .requiredOption('--strategy <module>', 'an ES module whose default export is a strategy')
    .requiredOption('--config <file>', 'JSON: { strategy, risk, venue, account }')
    .option('--out <dir>', 'run folder (default: <session>/runs/<run id>)')
    .option('--seed <n>', 'seed of the random streams', unsigned64, 0n)
    .option('--log <format>', 'log to stderr: json or text')
    .option('--metrics <port>', 'serve Prometheus text on loopback while it runs', port)
    .option(...JSON_FLAG)
    .action(run('paper', paperCommand));

  cli
    .command('replay')
    .description('re-execute a run and compare its decision trace')
    .argument('<run>', 'run folder')
    .option('--strategy <module>', 'another strategy module than the recorded one')
    .option('--session <dir>', 'the session, when it has moved')
    .option(...JSON_FLAG)
    .action(run('replay', replayCommand));

  cli
    .command('gates')
    .description('run gates, write their reports, bind their checksums into the run manifest')
    .argument('<run...>', 'run folders')
    .option('--only <ids>', 'comma-separated gate ids, e.g. G0,G4')
    .option('--config <file>', 'thresholds as JSON')
    .option('--junit <file>', 'also write JUnit XML')
    .option('--session <dir>', 'the session, when it has moved')
    .option(...JSON_FLAG)
    .action(run('gates', gatesCommand));
};

const addLogs = (cli: Command, run: Run): void => {
  addWal(cli, run);
  addEvidence(cli, run);

  cli
    .command('book')
    .description('the order book rebuilt from a session')
    .argument('<dir>', 'session folder')
    .requiredOption('--instrument <id>', 'e.g. BINANCE:USDM:BTCUSDT')
    .option('--at <seq>', 'after this event (default: the last)', positiveInteger)
    .option('--dump', 'every level: B <price> <qty> descending, A <price> <qty> ascending')
    .option('--price-decimals <n>', 'pad prices with zeros to this many digits', positiveInteger)
    .option('--qty-decimals <n>', 'pad quantities with zeros to this many digits', positiveInteger)
    .option(...JSON_FLAG)
    .action(run('book', bookCommand));
};

/** Builds the program; `report` receives the exit code of the action that ran. */
const program = (report: (code: ExitCode) => void): Command => {
  const run = runner(report);
  const cli = new Command('quantlaxmi')
    .description('Prove trading runs: capture, paper, replay, gates.')
    .version(PACKAGE_VERSION)
    .exitOverride()
    .showHelpAfterError()
    .enablePositionalOptions();
  addCapture(cli, run);
  addRuns(cli, run);
  addLogs(cli, run);
  return cli;
};

/** A stack is lines; each may quote a path, which may hold what moves a cursor. */
const stackOf = ({ stack = '' }: Error): string => stack.split('\n').map(escapeControl).join('\n');

/**
 * Runs one command line and returns its exit code; prints results on stdout, diagnostics on stderr.
 * @param argv - arguments after the command name
 */
export const runCommand = async (argv: readonly string[]): Promise<ExitCode> => {
  let code: ExitCode = 0;
  try {
    await program((reported) => {
      code = reported;
    }).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const known = isQuantlaxmiError(error);
    const label = known ? error.code : 'unexpected error';
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${pc.red(label)}: ${escapeControl(text)}\n`);
    if (!known && error instanceof Error) process.stderr.write(`${stackOf(error)}\n`);
    return exitCodeOf(error);
  }
};
