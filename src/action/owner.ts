import './no-event-file.ts';
import { context } from '@actions/github';

/** Whom a message about a lease of this step names. */
export function leaseOwner(): string {
  if (!process.env.GITHUB_REPOSITORY) return 'a step outside of a runner';
  const { owner, repo } = context.repo;
  return `${owner}/${repo}, run ${context.runId}, job ${context.job}`;
}
