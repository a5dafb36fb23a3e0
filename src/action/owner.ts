import './no-event-file.ts';
import { context } from '@actions/github';

/** How other steps' messages name this step. */
export function describeOwner(): string {
  if (!process.env.GITHUB_REPOSITORY) return 'a step outside of a runner';
  const { owner, repo } = context.repo;
  // All jobs of a matrix have the same id. Those that run at the same time have different runners.
  const runner = process.env.RUNNER_NAME ? `, runner ${process.env.RUNNER_NAME}` : '';
  return `${owner}/${repo}, run ${context.runId}, job ${context.job}${runner}`;
}
