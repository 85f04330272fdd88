/** A paper run that kills itself at a record of its own log. */
import { paperRun, parseRunConfig, resumeRun } from 'quantlaxmi/node';

const spec = JSON.parse(process.argv[2] ?? '{}') as {
  readonly session: string;
  readonly strategyModule: string;
  readonly out: string;
  readonly config: unknown;
  readonly killAtSeq: number;
};

if (spec.killAtSeq < 0) await resumeRun(spec.out);
else {
  await paperRun({
    ...{ session: spec.session, strategyModule: spec.strategyModule, out: spec.out, seed: 42n },
    config: parseRunConfig(spec.config),
    onProgress: ({ seq }) => {
      if (seq >= spec.killAtSeq) process.kill(process.pid, 'SIGKILL');
    },
  });
}
